import { describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import { ForwardedRequest } from '../cluster/link-request.js';
import { serverCounters } from '../telemetry/server-counters.js';
import { isStuck, rejectOverdue, silenceFailure } from './overdue.js';
import { RequestLedger } from './request-ledger.js';
import { SocketSession } from './socket-session.js';
import { asking } from './spec-support/asking.js';

const limits = { maxQueuedRequests: 9, maxQueuedBytes: 999, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } };
const nobody = { resolve: () => undefined, reject: () => undefined };

function setTheStage() {
  const told = new Map<string, unknown>();
  const ledger = new RequestLedger('cache:11211', limits, serverCounters(), () => undefined);
  const accept = (key: string, at: number) => {
    const receiver = { resolve: () => undefined, reject: (error: unknown) => told.set(key, error) };
    const entry = new ForwardedRequest<unknown>(asking.get(key), { at }, receiver);
    ledger.accept(entry);
    return entry;
  };
  return { ledger, told, accept };
}

describe('rejectOverdue', () => {
  it('rejects what is due, frees its place, and says when to look again', () => {
    const { ledger, told, accept } = setTheStage();
    accept('late', 100);
    accept('later', 300);
    accept('next', 200);
    expect(rejectOverdue(ledger, undefined, undefined, 100)).toEqual({ count: 1, isSilent: false, next: 200 });
    expect(told.get('late')).toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringContaining('waited behind 2 others'),
    });
    expect([told.size, ledger.pending.length]).toEqual([1, 2]);
  });

  it('does nothing before the first deadline', () => {
    const { ledger, told, accept } = setTheStage();
    accept('a', 100);
    expect(rejectOverdue(ledger, undefined, undefined, 99)).toEqual({ count: 0, isSilent: false, next: 100 });
    expect(told.size).toBe(0);
  });

  it('takes a deadline that is closer than the grain for passed, and counts the wait until now', () => {
    const { ledger, told, accept } = setTheStage();
    const entry = accept('a', 102);
    ledger.pending.takeUnsent();
    entry.writtenAt = 40;
    expect(rejectOverdue(ledger, undefined, undefined, 100, 104).count).toBe(1);
    expect(told.get('a')).toBeInstanceOf(MemcacheError);
    expect(told.get('a')).toMatchObject({ message: expect.stringContaining('no reply within 60 ms') });
    // Its reply may come and has to be skipped.
    expect(ledger.pending.peek()).toBe(entry);
  });
});

describe('a session', () => {
  it('is stuck when the oldest request was given up a second ago', () => {
    const first = new ForwardedRequest<unknown>(asking.get('a'), { at: 100 }, nobody);
    expect(isStuck(first, 1100)).toBe(false);
    first.isSettled = true;
    expect([isStuck(first, 1099), isStuck(first, 1100), isStuck(undefined, 1100)]).toEqual([false, true, false]);
  });

  it('that is given up for its silence says how long that was', () => {
    const opener = () => {
      throw new Error('nothing is opened here');
    };
    const owner = { room: undefined, opened: () => undefined, received: () => undefined, ended: () => undefined };
    const session = new SocketSession(opener, () => 500, owner);
    expect(silenceFailure(session, 1750)).toEqual({
      name: 'CONNECTION_LOST',
      detail: 'the server has not answered for 1,250 ms',
    });
  });
});
