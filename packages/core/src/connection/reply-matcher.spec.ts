import { describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import { ByteWriter } from '@memkit/protocol/internal';
import { ForwardedRequest } from '../cluster/link-request.js';
import { createDriver } from '../drivers/create-driver.js';
import { endedTogether, needsMore, type GetsTogether, type WireRequest } from '../drivers/protocol-driver.js';
import { serverCounters } from '../telemetry/server-counters.js';
import type { ConnectionFailure } from './connection-errors.js';
import { OneByOne } from './one-by-one.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { ReplayJournal } from './replay-journal.js';
import { ReplayLane } from './replay-lane.js';
import { ReplyMatcher } from './reply-matcher.js';
import { RequestLedger } from './request-ledger.js';
import { SocketSession } from './socket-session.js';
import { ask } from './spec-support/asking.js';

const limits = { maxQueuedRequests: 9, maxQueuedBytes: 999, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } };
const now = () => 100;

const failed = (name: 'CLIENT_ERROR' | 'SERVER_ERROR' | 'UNEXPECTED_REPLY' | 'CONNECT_FAILED') => {
  throw new MemcacheError(name, { action: 'Cannot get' });
};

function setTheStage() {
  const told: string[] = [];
  const ledger = new RequestLedger('cache:11211', limits, serverCounters(), () => undefined);
  const opener = () => {
    throw new Error('nothing is opened here');
  };
  const owner = { room: undefined, opened: () => undefined, received: () => undefined, ended: () => undefined };
  const session = new SocketSession(opener, now, owner);
  const backoff = new ReconnectBackoff({ initialDelayMs: 1000, maxDelayMs: 1000 }, () => 0);
  backoff.failed(0, { name: 'CONNECT_FAILED', detail: 'the last attempt failed' });
  const journal = new ReplayJournal(now, () => undefined);
  const lane = new ReplayLane({ journal, number: 0, timeoutMs: 50 }, now);
  const tell = (what: string) => (failure: ConnectionFailure) => told.push(`${what}: ${failure.name}`);
  const matcher = new ReplyMatcher(session, ledger, new OneByOne(ledger.pending, now), backoff, lane, {
    lost: tell('lost'),
    refused: tell('refused'),
    schedule: () => told.push('schedule'),
    replay: () => told.push('replay'),
  });
  /** A request that is written and whose reply is read by `decode`. */
  const send = (key: string, decode: WireRequest<unknown>['decode'], more: Partial<WireRequest<unknown>> = {}) => {
    const request = { encode: () => undefined, decode, ...more };
    const entry = new ForwardedRequest<unknown>(
      ask('get', key, () => request),
      { at: 1000 },
      {
        resolve: (result) => told.push(`${key} resolved: ${String(result)}`),
        reject: (error) => told.push(`${key} rejected: ${error instanceof MemcacheError ? error.code : 'other'}`),
      },
    );
    ledger.accept(entry);
    ledger.pending.takeUnsent();
    entry.request = request;
    entry.writtenAt = 50;
    return entry;
  };
  return { told, ledger, session, backoff, journal, lane, matcher, send };
}

describe('ReplyMatcher', () => {
  it('gives replies to requests in order, however many replies a request has', () => {
    const { told, matcher, send } = setTheStage();
    send('a', (reply) => (reply === 'last' ? 'whole' : needsMore));
    send('b', (reply) => reply);
    for (const reply of ['part', 'part', 'last', 'b']) matcher.replied(reply);
    expect(told).toEqual(['a resolved: whole', 'b resolved: b']);
  });

  it('gives one reply to all requests that it ends', () => {
    const { told, matcher, send } = setTheStage();
    send('a', () => endedTogether, { resultAtEnd: 'A' });
    send('b', () => 'B');
    send('c', (reply) => reply);
    matcher.replied('end');
    expect(told).toEqual(['a resolved: A', 'b resolved: B']);
  });

  it('gives it to nobody any more when the first of them has ended the session', () => {
    const { told, ledger, session, matcher, send } = setTheStage();
    const ends = () => {
      session.end();
      return endedTogether;
    };
    send('a', ends, { resultAtEnd: 'A' });
    send('b', () => 'B');
    matcher.replied('end');
    expect(told).toEqual(['a resolved: A']);
    expect(ledger.pending.peek()?.command.key).toBe('b');
  });

  it('skips the reply of a request that was given up', () => {
    const { told, ledger, matcher, send } = setTheStage();
    const late = send('a', () => 'A');
    send('b', () => 'B');
    ledger.rejectWith(late, new MemcacheError('TIMEOUT', { action: 'Cannot get' }));
    matcher.replied('');
    matcher.replied('');
    expect(told).toEqual(['a rejected: MEMCACHE_TIMEOUT', 'b resolved: B']);
  });

  it('takes the first reply that is understood for a proof of the server', () => {
    const { session, backoff, matcher, send } = setTheStage();
    send('a', () => needsMore);
    expect([session.isProven, backoff.waitMs(1)]).toEqual([false, 499]);
    matcher.replied('');
    expect([session.isProven, backoff.waitMs(1)]).toEqual([true, 0]);
  });

  it('gives the session up for a reply nobody asked for', () => {
    const { told, matcher } = setTheStage();
    matcher.replied('');
    expect(told).toEqual(['lost: UNEXPECTED_REPLY']);
  });

  it.each([
    ['goes on after an error of the server', 'SERVER_ERROR', {}, []],
    ['ends when the server took a request for malformed', 'CLIENT_ERROR', {}, ['lost: CONNECTION_LOST']],
    ['ends when a reply does not fit', 'UNEXPECTED_REPLY', {}, ['lost: CONNECTION_LOST']],
    ['ends when items may follow the error', 'SERVER_ERROR', { goesOnBehindErrors: true }, ['lost: CONNECTION_LOST']],
  ] as const)('%s', (_, name, more, ends) => {
    const { told, session, ledger, matcher, send } = setTheStage();
    send('a', () => failed(name), more);
    send('b', () => 'B');
    matcher.replied('');
    expect(told).toEqual([`a rejected: MEMCACHE_${name}`, ...ends]);
    expect(session.isProven).toBe(true);
    expect(ledger.pending.peek()?.command.key).toBe('b');
  });

  it('lets no request have the error of a server that refuses the connection', () => {
    const { told, session, ledger, matcher, send } = setTheStage();
    send('a', () => failed('CONNECT_FAILED'));
    matcher.replied('');
    expect(told).toEqual(['refused: CONNECT_FAILED']);
    expect([session.isProven, ledger.unsettled]).toEqual([false, 1]);
  });

  it('lets gets that travelled together wait again after an error, which may be that of one of them', () => {
    const { told, ledger, matcher, send } = setTheStage();
    const gets = createDriver('text', 'cache:11211', { isLoggedIn: false }).getTogether?.() as GetsTogether;
    for (const key of ['a', 'b']) {
      gets.add(key).encode(new ByteWriter());
      send(key, () => failed('SERVER_ERROR'), { together: gets });
    }
    matcher.replied('');
    expect(told).toEqual(['schedule']);
    expect([ledger.pending.peek(), ledger.pending.unsentLength]).toEqual([undefined, 2]);
  });

  it('gives the reason to the request whose reply could not be read, and the session up', () => {
    const { told, ledger, matcher, send } = setTheStage();
    send('a', () => 'A');
    send('b', () => 'B');
    matcher.garbled(new MemcacheError('UNEXPECTED_REPLY', { action: 'Cannot read a reply' }));
    expect(told).toEqual(['a rejected: MEMCACHE_UNEXPECTED_REPLY', 'lost: CONNECTION_LOST']);
    expect(ledger.pending.peek()?.command.key).toBe('b');
  });

  it('wants the journal replayed before the first answer after a deadline is given', () => {
    const { told, journal, lane, matcher, send } = setTheStage();
    send('a', () => 'A');
    send('b', () => 'B');
    journal.add('old', 0);
    matcher.replied('');
    lane.deadlinePassed();
    matcher.replied('');
    expect(told).toEqual(['a resolved: A', 'replay', 'b resolved: B']);
  });
});
