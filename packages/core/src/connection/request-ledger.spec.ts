import { describe, expect, it } from '@jest/globals';
import { ForwardedRequest } from '../cluster/link-request.js';
import { serverCounters } from '../telemetry/server-counters.js';
import type { ConnectionFailure } from './connection-errors.js';
import { RequestLedger } from './request-ledger.js';
import { asking } from './spec-support/asking.js';

const limits = { maxQueuedRequests: 9, maxQueuedBytes: 999, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } };
const lost: ConnectionFailure = { name: 'CONNECTION_LOST', detail: 'the server closed the connection' };

function setTheStage() {
  const rejected: string[] = [];
  const busy: boolean[] = [];
  const ledger = new RequestLedger('cache:11211', limits, serverCounters(), (isBusy) => busy.push(isBusy));
  const requestOf = (key: string) =>
    new ForwardedRequest<unknown>(
      asking.get(key),
      { at: 1000 },
      { resolve: () => undefined, reject: () => rejected.push(key) },
    );
  const accept = (key: string) => {
    const entry = requestOf(key);
    ledger.accept(entry);
    return entry;
  };
  const write = () => {
    const entry = ledger.pending.takeUnsent();
    if (entry !== undefined) entry.writtenAt = 1;
  };
  return { ledger, rejected, busy, accept, write, requestOf };
}

const keysOf = (entries: Iterable<{ readonly command: { readonly key: string } }>) =>
  [...entries].map(({ command }) => command.key);

describe('RequestLedger', () => {
  it('rejects what was sent on a lost connection, and keeps what waits for the next one', () => {
    const { ledger, rejected, busy, accept, write } = setTheStage();
    for (const key of ['sent', 'first', 'second']) accept(key);
    write();
    const waiting = ledger.rejectSent(lost);
    expect(rejected).toEqual(['sent']);
    expect(keysOf(waiting)).toEqual(['first', 'second']);
    expect([ledger.pending.length, ledger.unsettled, ledger.bytes]).toEqual([0, 2, 11]);
    ledger.putBack(waiting);
    expect(keysOf(ledger.pending)).toEqual(['first', 'second']);
    expect(busy).toEqual([true]);
  });

  it('rejects the deletes of the journal though they wait, since the next connection takes them again', () => {
    const { ledger, rejected, accept, requestOf } = setTheStage();
    accept('waiting');
    const replay = requestOf('replay');
    replay.isReplay = true;
    ledger.acceptFirst([replay]);
    ledger.putBack(ledger.rejectSent(lost));
    expect(rejected).toEqual(['replay']);
    expect(keysOf(ledger.pending)).toEqual(['waiting']);
  });

  it('does not put back what was settled meanwhile', () => {
    const { ledger, accept } = setTheStage();
    const [gone] = ['gone', 'kept'].map(accept);
    const waiting = ledger.rejectSent(lost);
    ledger.rejectWith(gone!, new Error('aborted'));
    ledger.putBack(waiting);
    expect(keysOf(ledger.pending)).toEqual(['kept']);
  });

  it('rejects everything once, sent or not, and is idle then', () => {
    const { ledger, rejected, busy, accept, write } = setTheStage();
    for (const key of ['sent', 'waiting']) accept(key);
    write();
    ledger.rejectAll(lost);
    ledger.rejectAll(lost);
    expect(rejected).toEqual(['sent', 'waiting']);
    expect([ledger.pending.length, ledger.unsettled, ledger.bytes]).toEqual([0, 0, 0]);
    expect(busy).toEqual([true, false]);
  });
});
