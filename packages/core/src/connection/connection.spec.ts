/** Faults a real memcached cannot show, played by a stream the spec holds the other end of. */
import { getEventListeners } from 'node:events';
import { nextTick } from 'node:process';
import { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { serverCounters } from '../telemetry/server-counters.js';
import type { ConnectionEvent, ConnectionLimits, WayInOptions } from './connection-options.js';
import { ForwardedRequest } from '../cluster/link-request.js';
import { Connection } from './connection.js';
import { ReplayJournal } from './replay-journal.js';
import { ask, asking, item, within } from './spec-support/asking.js';
import { WayIn } from './way-in.js';

const server = { host: 'cache.example', port: 11_211 };

/** The server's end of one connection. */
class FarEnd {
  received = '';
  writes = 0;
  readonly stream: Duplex;
  #answer: ((request: string) => string | undefined) | undefined;

  constructor(answer?: (request: string) => string | undefined) {
    this.#answer = answer;
    this.stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        this.writes += 1;
        this.received += chunk.toString('latin1');
        done();
        const reply = this.#answer?.(chunk.toString('latin1'));
        if (reply !== undefined) this.say(reply);
      },
    });
  }

  say(reply: string): void {
    this.stream.push(Buffer.from(reply, 'latin1'));
  }
}

const opened: Connection[] = [];

interface Subject {
  readonly connection: Connection;
  readonly events: ConnectionEvent[];
  readonly ends: FarEnd[];
}

function connect(open: () => FarEnd, options: Partial<WayInOptions & ConnectionLimits> = {}): Subject {
  const events: ConnectionEvent[] = [];
  const ends: FarEnd[] = [];
  const way = new WayIn({
    server,
    protocol: 'meta',
    openSocket: () => {
      const end = open();
      ends.push(end);
      return end.stream;
    },
    onEvent: (event) => events.push(event),
    ...options,
  });
  const limits = {
    maxQueuedRequests: 100,
    maxQueuedBytes: 1_000_000,
    reconnect: { initialDelayMs: 1000, maxDelayMs: 1000 },
    ...options,
  };
  const connection = new Connection(way, limits, serverCounters());
  opened.push(connection);
  return { connection, events, ends };
}

/** Until what was sent in this tick has left. */
const written = () => new Promise((resolve) => setImmediate(resolve));
const silent = () => new FarEnd();
const count = { direction: 'increment', by: 1n, initial: undefined, exptime: 0 } as const;
const misses = () => new FarEnd((request) => 'EN\r\n'.repeat(request.split('\r\n').length - 1));

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close(0)));
});

describe('a connection', () => {
  it('connects with the first request, not before', async () => {
    const { connection, ends, events } = connect(misses);
    expect(connection.state).toBe('idle');
    expect(ends).toHaveLength(0);
    await connection.send(asking.get('a'), within(1000));
    expect(connection.state).toBe('ready');
    expect(events).toEqual([{ type: 'connected' }]);
  });

  it('writes the requests of one tick at once', async () => {
    const { connection, ends } = connect(misses);
    await connection.send(asking.get('first'), within(1000));
    await Promise.all(['a', 'b', 'c'].map((key) => connection.send(asking.get(key), within(1000))));
    expect(ends[0]?.writes).toBe(2);
    expect(ends[0]?.received).toBe('mg first v f O1\r\nmg a v f O2\r\nmg b v f O3\r\nmg c v f O4\r\n');
  });

  it.each([
    ['the only busy connection', 1, 2],
    ['one of several busy connections', 2, 1],
  ])('%s (of %i) sends the requests of two ticks of one turn in %i writes', async (_, busy, writes) => {
    const subjects = Array.from({ length: busy }, () => connect(silent));
    for (const { connection } of subjects) connection.send(asking.get('a'), within(5000)).catch(() => undefined);
    await written();
    const { connection, ends } = subjects[0] ?? connect(silent);
    const before = ends[0]?.writes ?? 0;
    for (const key of ['b', 'c']) {
      connection.send(asking.get(key), within(5000)).catch(() => undefined);
      await new Promise<void>((resolve) => {
        nextTick(resolve);
      });
    }
    await written();
    expect((ends[0]?.writes ?? 0) - before).toBe(writes);
  });

  it('skips the reply of a request that timed out', async () => {
    const { connection, ends } = connect(silent);
    const short = connection.send(asking.get('short'), within(20));
    const long = connection.send(asking.get('long'), within(5000));
    await expect(short).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT', key: 'short' });
    expect(connection.pendingCount).toBe(1);
    ends[0]?.say('VA 5 f0 O1\r\nshort\r\nVA 4 f0 O2\r\nlong\r\n');
    await expect(long).resolves.toMatchObject({ data: Buffer.from('long') });
  });

  it('gives up a server that is silent for a whole deadline, and hints at a login nobody made', async () => {
    let connections = 0;
    const { connection, events } = connect(() => (connections++ === 0 ? silent() : misses()));
    const first = connection.send(asking.get('a'), within(600));
    const second = connection.send(asking.get('b'), within(60_000));
    await expect(first).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringContaining('give username and password'),
    });
    await expect(second).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECTION_LOST',
      message: expect.stringMatching(/has not answered for \d+ ms/),
    });
    expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    await expect(connection.send(asking.get('c'), within(1000))).resolves.toBeUndefined();
  });

  it('calls silence a timeout for all requests of a tick, whose deadlines differ by fractions of a millisecond', async () => {
    let now = 0;
    const { connection } = connect(silent, { now: () => now });
    const requests = Promise.allSettled(
      [150, 150.5].map((deadlineAt, at) => connection.send(asking.get(`${at}`), deadlineAt)),
    );
    await written();
    now = 150.2;
    const codes = (await requests).map((result) => result.status === 'rejected' && result.reason.code);
    expect(codes).toEqual(['MEMCACHE_TIMEOUT', 'MEMCACHE_TIMEOUT']);
  });

  it('keeps a connection that still brings bytes when one request is late', async () => {
    const { connection, ends } = connect(silent);
    const late = connection.send(asking.get('late'), within(150));
    await delay(50);
    ends[0]?.say('VA 100000 f0\r\n');
    await expect(late).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
    expect(connection.state).toBe('ready');
  });

  it.each([
    ['garbage', 'what is this?\r\n', 'MEMCACHE_UNEXPECTED_REPLY', 'no word memcached uses'],
    [
      'another kind of server',
      'HTTP/1.1 400 Bad Request\r\n\r\n',
      'MEMCACHE_UNEXPECTED_REPLY',
      'an HTTP server answered',
    ],
    ['a reply of another command', 'NF\r\n', 'MEMCACHE_UNEXPECTED_REPLY', 'the server answered NF'],
    ['a malformed request', 'CLIENT_ERROR bad data chunk\r\n', 'MEMCACHE_CLIENT_ERROR', 'bad data chunk'],
  ])('is renewed after %s', async (_, reply, code, reason) => {
    let connections = 0;
    const { connection, ends } = connect(() => (connections++ === 0 ? silent() : misses()));
    const proven = connection.send(asking.get('proven'), within(1000));
    const bad = connection.send(asking.get('bad'), within(1000));
    const behind = connection.send(asking.get('behind'), within(1000));
    await written();
    ends[0]?.say(`EN\r\n${reply}`);
    await proven;
    await expect(bad).rejects.toMatchObject({
      code,
      key: 'bad',
      server: 'cache.example:11211',
      message: expect.stringContaining(reason),
    });
    await expect(behind).rejects.toMatchObject({ code: 'MEMCACHE_CONNECTION_LOST', key: 'behind' });
    await expect(connection.send(asking.get('next'), within(1000))).resolves.toBeUndefined();
    expect(ends).toHaveLength(2);
  });

  it('rejects what is in flight when the server hangs up in the middle of a reply', async () => {
    const { connection, ends } = connect(silent);
    const requests = ['a', 'b', 'c'].map((key) => connection.send(asking.get(key), within(60_000)));
    await written();
    ends[0]?.say('EN\r\nVA 100 f0\r\nhalf');
    ends[0]?.stream.push(null);
    const results = await Promise.allSettled(requests);
    expect(results[0]).toEqual({ status: 'fulfilled', value: undefined });
    expect(results[1]).toMatchObject({ reason: { code: 'MEMCACHE_CONNECTION_LOST', key: 'b' } });
    expect(results[2]).toMatchObject({ reason: { code: 'MEMCACHE_CONNECTION_LOST', key: 'c' } });
  });

  it('closes the connection when a reply comes that nobody asked for', async () => {
    const { connection, ends, events } = connect(misses);
    await connection.send(asking.get('a'), within(1000));
    ends[0]?.say('HD\r\n');
    await new Promise((resolve) => setImmediate(resolve));
    expect(events.at(-1)).toMatchObject({ type: 'disconnected', error: { code: 'MEMCACHE_UNEXPECTED_REPLY' } });
    expect(connection.state).toBe('idle');
  });

  it.each(['meta', 'binary'] as const)(
    'takes "too many open connections" for a refused connection, which may be tried elsewhere (%s)',
    async (protocol) => {
      const full = () => new FarEnd(() => 'ERROR Too many open connections\r\n');
      const { connection, ends } = connect(full, { protocol });
      const refusal = {
        code: 'MEMCACHE_CONNECT_FAILED',
        message: expect.stringMatching(/as many connections as it allows.*Raise memcached -c/),
      };
      const first = connection.send(asking.get('a'), within(60_000));
      const second = connection.send(asking.arithmetic('n', count), within(60_000));
      await expect(first).rejects.toMatchObject({ ...refusal, key: 'a' });
      await expect(second).rejects.toMatchObject({ ...refusal, key: 'n' });
      await expect(connection.send(asking.get('b'), within(60_000))).rejects.toMatchObject({ ...refusal, key: 'b' });
      expect(ends).toHaveLength(1);
    },
  );

  it('fails requests at once while it may not reconnect, with the reason of the last attempt', async () => {
    let now = 0;
    let attempts = 0;
    const { connection } = connect(silent, {
      openSocket: () => {
        attempts += 1;
        return Promise.reject(Object.assign(new Error('refused'), { code: 'ECONNREFUSED', syscall: 'connect' }));
      },
      now: () => now,
      random: () => 0.999,
    });
    const failure = { code: 'MEMCACHE_CONNECT_FAILED', message: expect.stringContaining('connect ECONNREFUSED') };
    await expect(connection.send(asking.get('a'), 10_000)).rejects.toMatchObject({ ...failure, key: 'a' });
    now = 900;
    await expect(connection.send(asking.get('b'), 10_000)).rejects.toMatchObject({ ...failure, key: 'b' });
    expect(attempts).toBe(1);
    now = 1000;
    await expect(connection.send(asking.get('c'), 10_000)).rejects.toMatchObject({ ...failure, key: 'c' });
    expect(attempts).toBe(2);
  });

  it('does not let an attempt to connect outlive the deadline of those who wait', async () => {
    const { connection } = connect(misses, { openSocket: () => new Promise<Duplex>(() => undefined) });
    await expect(connection.send(asking.get('a'), within(30))).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      key: 'a',
      message: expect.stringContaining('connecting took longer than'),
      hint: expect.stringContaining('part of this process'),
    });
  });

  it('settles many different deadlines with one timer, each in its turn', async () => {
    const { connection } = connect(silent);
    const order: string[] = [];
    const wait = (key: string, ms: number) =>
      connection.send(asking.get(key), within(ms)).catch(() => {
        order.push(key);
      });
    const last = wait('last', 3000);
    await Promise.all([wait('past', -1), wait('first', 5), wait('second', 10)]);
    await wait('third', 5);
    await last;
    expect(order.toSorted()).toEqual(['first', 'last', 'past', 'second', 'third']);
    expect(order.slice(-2)).toEqual(['third', 'last']);
    expect(connection.pendingCount).toBe(0);
  });

  it('refuses more requests than may wait', async () => {
    const { connection } = connect(silent, { maxQueuedRequests: 2 });
    const waiting = ['a', 'b'].map((key) => connection.send(asking.get(key), within(50)));
    await expect(connection.send(asking.get('c'), within(50))).rejects.toMatchObject({
      code: 'MEMCACHE_QUEUE_FULL',
      key: 'c',
      message: expect.stringMatching(/2 requests wait.*Send less at once/s),
    });
    await Promise.allSettled(waiting);
  });

  it('refuses more bytes than may wait, counts them again once they are answered, and lets one large value through', async () => {
    const { connection, ends } = connect(silent, { maxQueuedBytes: 100 });
    const big = connection.send(asking.store('set', 'big', item('x'.repeat(500))), within(5000));
    await expect(connection.send(asking.get('small'), within(5000))).rejects.toMatchObject({
      code: 'MEMCACHE_QUEUE_FULL',
      key: 'small',
      message: expect.stringMatching(/requests of 503 bytes wait.*5 more would exceed the limit of 100/s),
    });
    await written();
    ends[0]?.say('HD O1\r\n');
    await expect(big).resolves.toBe('stored');
    const small = ['one', 'two'].map((key) => connection.send(asking.get(key), within(5000)));
    await written();
    ends[0]?.say('EN O2\r\nEN O3\r\n');
    await expect(Promise.all(small)).resolves.toEqual([undefined, undefined]);
  });

  it('never tells a caller anything before the call has returned', async () => {
    const { connection } = connect(misses, { maxQueuedRequests: 1 });
    const told: string[] = [];
    const receiver = (name: string) => ({
      resolve: () => told.push(`${name} resolved`),
      reject: () => told.push(`${name} rejected`),
    });
    connection.request(new ForwardedRequest<unknown>(asking.get('a'), { at: within(1000) }, receiver('a')));
    connection.request(new ForwardedRequest<unknown>(asking.get('full'), { at: within(1000) }, receiver('full')));
    connection.request(
      new ForwardedRequest<unknown>(
        asking.get('aborted'),
        { at: within(1000), signal: AbortSignal.abort() },
        receiver('aborted'),
      ),
    );
    expect(told).toEqual([]);
    while (told.length < 3) await written();
    expect(told).toEqual(['full rejected', 'aborted rejected', 'a resolved']);
  });

  it('connects once although a rejected caller tries again at once', async () => {
    let connections = 0;
    const { connection, ends } = connect(() => (connections++ === 0 ? silent() : misses()));
    const proven = connection.send(asking.get('proven'), within(5000));
    const again = new Promise((resolve, reject) => {
      const retry = () => {
        connection.request(
          new ForwardedRequest<unknown>(asking.get('again'), { at: within(5000) }, { resolve, reject }),
        );
      };
      connection.request(
        new ForwardedRequest<unknown>(asking.get('lost'), { at: within(5000) }, { resolve, reject: retry }),
      );
    });
    await written();
    ends[0]?.say('EN O1\r\n');
    await proven;
    // Another request has not left yet when the server hangs up.
    ends[0]?.stream.push(null);
    const waiting = new Promise((resolve, reject) => {
      ends[0]?.stream.prependOnceListener('end', () => {
        connection.request(
          new ForwardedRequest<unknown>(asking.get('waiting'), { at: within(5000) }, { resolve, reject }),
        );
      });
    });
    await expect(Promise.all([again, waiting])).resolves.toEqual([undefined, undefined]);
    expect(ends).toHaveLength(2);
  });

  it('finishes what is on its way before it closes, and refuses what comes later', async () => {
    const { connection, ends } = connect(silent);
    const request = connection.send(asking.get('a'), within(5000));
    const closed = connection.close(5000);
    await expect(connection.send(asking.get('late'), within(5000))).rejects.toMatchObject({
      code: 'MEMCACHE_CLIENT_CLOSED',
      key: 'late',
    });
    ends[0]?.say('EN\r\n');
    await expect(request).resolves.toBeUndefined();
    await closed;
    expect(connection.state).toBe('closed');
    expect(ends[0]?.stream.destroyed).toBe(true);
  });

  it('rejects with CLIENT_CLOSED what is unanswered when the time to drain is over', async () => {
    const { connection } = connect(silent);
    const request = connection.send(asking.get('a'), within(60_000));
    await Promise.all([
      expect(request).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED', key: 'a' }),
      connection.close(10),
    ]);
  });

  it('waits longer after each refused login and never shows the password', async () => {
    let now = 0;
    let logins = 0;
    const refused = Buffer.alloc(24);
    refused.writeUInt16BE(0x8121, 0);
    refused.writeUInt16BE(0x0020, 6);
    const { connection } = connect(
      () =>
        new FarEnd(() => {
          logins += 1;
          return refused.toString('latin1');
        }),
      {
        protocol: 'binary',
        auth: { username: 'alice', password: 'hunter2' },
        reconnect: { initialDelayMs: 10, maxDelayMs: 1000 },
        now: () => now,
        random: () => 0.999,
      },
    );
    const attempt = () => connection.send(asking.get('a'), 100_000).catch((error: unknown) => error);
    for (now of [0, 5, 10, 15, 29, 30]) {
      const failure = await attempt();
      expect(failure).toMatchObject({ code: 'MEMCACHE_AUTH_FAILED', message: expect.not.stringContaining('hunter2') });
    }
    // At 0, after 10 ms, after 20 more.
    expect(logins).toBe(3);
  });

  it('rejects a request that cannot be written and keeps its half out of the stream', async () => {
    const { connection, ends } = connect(misses);
    await connection.send(asking.get('a'), within(1000));
    const impossible = ask('get', 'impossible', () => ({
      encode: () => {
        throw new RangeError('out of range');
      },
      decode: () => undefined,
    }));
    await expect(connection.send(impossible, within(1000))).rejects.toMatchObject({
      code: 'MEMCACHE_CLIENT_ERROR',
      key: 'impossible',
    });
    await expect(connection.send(asking.get('b'), within(1000))).resolves.toBeUndefined();
    expect(ends.map(({ received }) => received)).toEqual(['mg a v f O1\r\n', 'mg b v f O1\r\n']);
  });
});

describe('an aborted request', () => {
  it('that is aborted already sends nothing and does not connect', async () => {
    const { connection, ends } = connect(silent);
    const reason = new Error('the page is gone');
    await expect(connection.send(asking.get('a'), within(5000), AbortSignal.abort(reason))).rejects.toBe(reason);
    expect(ends).toHaveLength(0);
  });

  it('is never written when it was still waiting', async () => {
    const { connection, ends } = connect(misses);
    const controller = new AbortController();
    const request = connection.send(asking.get('unwanted'), within(5000), controller.signal);
    const other = connection.send(asking.get('wanted'), within(5000));
    controller.abort();
    await expect(request).rejects.toBe(controller.signal.reason);
    await other;
    expect(ends[0]?.received).toBe('mg wanted v f O1\r\n');
  });

  it('that was written leaves its reply to nobody, and the next request its own', async () => {
    const { connection, ends } = connect(silent);
    const controller = new AbortController();
    const request = connection.send(asking.get('a'), within(5000), controller.signal);
    const next = connection.send(asking.get('b'), within(5000));
    await written();
    controller.abort();
    await expect(request).rejects.toBe(controller.signal.reason);
    expect(connection.pendingCount).toBe(1);
    ends[0]?.say('VA 1 f0 O1\r\na\r\nVA 1 f0 O2\r\nb\r\n');
    await expect(next).resolves.toMatchObject({ data: Buffer.from('b') });
  });

  it('lets go of its signal once it is settled, of which hundreds share one listener', async () => {
    const { connection } = connect(misses);
    const { signal } = new AbortController();
    const keys = Array.from({ length: 50 }, (_, at) => `key-${at}`);
    const requests = keys.map((key) => connection.send(asking.get(key), within(5000), signal));
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    await Promise.all(requests);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });
});

describe('a key to be deleted first', () => {
  it('whose delete timed out before it could leave is deleted with the next sign of life', async () => {
    const writes: { text: string; done: () => void }[] = [];
    // Full after each write, until it is done.
    const stream = new Duplex({
      read: () => undefined,
      writableHighWaterMark: 1,
      write: (chunk: Buffer, _encoding, done) => writes.push({ text: chunk.toString('latin1'), done }),
    });
    const way = new WayIn({ server, protocol: 'meta', openSocket: () => stream });
    const limits = { maxQueuedRequests: 9, maxQueuedBytes: 9999, reconnect: { initialDelayMs: 1, maxDelayMs: 1 } };
    const journal = new ReplayJournal(way.now, () => undefined);
    const connection = new Connection(way, limits, serverCounters(), { journal, number: 0, timeoutMs: 20 });
    opened.push(connection);
    const request = connection.send(asking.get('a'), within(5000));
    while (writes.length === 0) await written();
    journal.add('old', 0);
    connection.replay();
    while (connection.pendingCount > 1) await delay(5);
    expect(journal.size).toBe(1);
    stream.push('EN O1\r\n');
    await request;
    writes[0]?.done();
    while (writes.length === 1) await written();
    expect(writes.map(({ text }) => text)).toEqual(['mg a v f O1\r\n', 'md old O2\r\n']);
    stream.push('NF O2\r\n');
    while (journal.size > 0) await written();
  });
});
