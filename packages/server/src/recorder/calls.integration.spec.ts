import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { requestFrame } from '@memkit/testing';
import type { Duplex } from 'node:stream';
import { createServer, type CallConditions, type MemcacheServer, type RecordedCall } from '../index.js';

const NOW = 1_700_000_000;
let server: MemcacheServer;

beforeEach(() => {
  server = createServer({ recordCalls: 100, clock: { now: () => NOW } });
});
afterEach(() => server.close());

const NOOP = 'mn\r\n';

/** Sends text and waits until the server has answered all of it; gives the connection for more. */
async function say(request: string, stream = server.connect()): Promise<Duplex> {
  const before = server.calls.count({ command: 'other' });
  stream.resume().on('error', () => undefined);
  stream.write(Buffer.from(request + NOOP, 'latin1'));
  await server.calls.waitFor(() => server.calls.count({ command: 'other' }) > before);
  return stream;
}

/** What was recorded, without the requests that only mark an end. */
function calls(): readonly RecordedCall[] {
  return server.calls.list((call) => call.command !== 'other');
}

const eight = '\0'.repeat(8);
const counter = '\0\0\0\0\0\0\0\x01\0\0\0\0\0\0\0\x05\0\0\0\0';

describe('calls', () => {
  it('tell command, keys, protocol, connection, time, outcome and sizes', async () => {
    await say('set user:42 0 0 3\r\nAda\r\nget user:42\r\n');
    expect(calls()).toEqual([
      {
        number: 1,
        connection: 1,
        protocol: 'text',
        command: 'set',
        keys: ['user:42'],
        keyCount: 1,
        at: NOW,
        outcome: 'stored',
        hits: 0,
        fault: undefined,
        valueBytes: 3,
        replyBytes: 8,
      },
      {
        number: 2,
        connection: 1,
        protocol: 'text',
        command: 'get',
        keys: ['user:42'],
        keyCount: 1,
        at: NOW,
        outcome: 'hit',
        hits: 1,
        fault: undefined,
        valueBytes: 0,
        replyBytes: 29,
      },
    ]);
  });

  it.each<[string, string, readonly string[]]>([
    ['get', 'get a\r\nget none\r\nget a b\r\nget a none\r\n', ['hit', 'miss', 'hit', 'partial']],
    ['gets', 'gets a\r\n', ['hit']],
    ['gat and touch', 'gat 0 a\r\ngat 0 none\r\ntouch a 0\r\ntouch none 0\r\n', ['hit', 'miss', 'hit', 'miss']],
    ['touch noreply', 'touch a 0 noreply\r\ntouch none 0 noreply\r\n', ['hit', 'miss']],
    ['set', 'set c 0 0 1\r\nx\r\nset c 0 0 1 noreply\r\nx\r\n', ['stored', 'stored']],
    ['set of bad data', 'set c 0 0 1\r\nxy\r\n', []],
    ['set of too much', `set c 0 0 1048577\r\n${'x'.repeat(1_048_577)}\r\n`, ['server-error']],
    ['add', 'add a 0 0 1\r\nx\r\nadd a 0 0 1 noreply\r\nx\r\n', ['not-stored', 'not-stored']],
    ['replace', 'replace none 0 0 1\r\nx\r\nreplace a 0 0 1\r\nx\r\n', ['not-stored', 'stored']],
    ['append', 'append none 0 0 1\r\nx\r\nprepend a 0 0 1 noreply\r\nx\r\n', ['not-stored', 'stored']],
    ['cas', 'cas a 0 0 1 99\r\nx\r\ncas none 0 0 1 99\r\nx\r\n', ['exists', 'miss']],
    ['cas noreply', 'cas a 0 0 1 99 noreply\r\nx\r\ncas none 0 0 1 9 noreply\r\nx\r\n', ['exists', 'miss']],
    ['delete', 'delete a\r\ndelete a\r\n', ['deleted', 'miss']],
    ['delete noreply', 'delete a noreply\r\ndelete a noreply\r\n', ['deleted', 'miss']],
    ['incr', 'incr n 1\r\nincr none 1\r\nincr a 1\r\n', ['changed', 'miss', 'client-error']],
    [
      'incr noreply',
      'incr n 1 noreply\r\nincr none 1 noreply\r\nincr a 1 noreply\r\n',
      ['changed', 'miss', 'client-error'],
    ],
    ['version, stats, flush', 'version\r\nstats\r\nflush_all\r\n', ['ok', 'ok', 'ok']],
    ['mg', 'mg a v\r\nmg a\r\nmg none v\r\nmg none v q\r\nmg new N30 v\r\n', ['hit', 'hit', 'miss', 'miss', 'miss']],
    [
      'ms',
      'ms c 1\r\nx\r\nms c 1 q\r\nx\r\nms a 1 ME\r\nx\r\nms a 1 C99\r\nx\r\n',
      ['stored', 'stored', 'not-stored', 'exists'],
    ],
    ['md', 'md a\r\nmd b q\r\nmd none\r\nmd none q\r\n', ['deleted', 'deleted', 'miss', 'miss']],
    [
      'ma',
      'ma n\r\nma n q\r\nma none\r\nma new N0 J1\r\nma a\r\n',
      ['changed', 'changed', 'miss', 'changed', 'client-error'],
    ],
  ])('%s › have the outcome the client was told, or would have been', async (_, request, outcomes) => {
    await say('set a 0 0 3\r\nAda\r\nset b 0 0 1\r\nx\r\nset n 0 0 1\r\n7\r\n');
    server.calls.clear();
    await say(request);
    expect(calls().map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  it('have outcomes in binary too, quiet or not', async () => {
    await say('set a 0 0 3\r\nAda\r\nset n 0 0 1\r\n7\r\n');
    server.calls.clear();
    const requests: [string, string][] = [
      [requestFrame(0x00, { key: 'a' }), 'hit'],
      [requestFrame(0x00, { key: 'none' }), 'miss'],
      [requestFrame(0x09, { key: 'a' }), 'hit'],
      [requestFrame(0x09, { key: 'none' }), 'miss'],
      [requestFrame(0x1d, { key: 'a', extras: '\0\0\0\0' }), 'hit'],
      [requestFrame(0x24, { key: 'none', extras: '\0\0\0\0' }), 'miss'],
      [requestFrame(0x01, { key: 'b', extras: eight, value: 'x' }), 'stored'],
      [requestFrame(0x11, { key: 'b', extras: eight, value: 'x' }), 'stored'],
      [requestFrame(0x02, { key: 'b', extras: eight, value: 'x' }), 'not-stored'],
      [requestFrame(0x03, { key: 'none', extras: eight, value: 'x' }), 'not-stored'],
      [requestFrame(0x0e, { key: 'none', value: 'x' }), 'not-stored'],
      [requestFrame(0x05, { key: 'n', extras: counter }), 'changed'],
      [requestFrame(0x15, { key: 'new', extras: counter }), 'changed'],
      [requestFrame(0x05, { key: 'a', extras: counter }), 'client-error'],
      [requestFrame(0x04, { key: 'b' }), 'deleted'],
      [requestFrame(0x04, { key: 'b' }), 'miss'],
      [requestFrame(0x14, { key: 'n' }), 'deleted'],
      [requestFrame(0x0b), 'ok'],
    ];
    const stream = server.connect();
    stream.resume().write(Buffer.from(requests.map(([bytes]) => bytes).join('') + requestFrame(0x0a), 'latin1'));
    await server.calls.waitFor({ command: 'other' });
    expect(calls().map(({ outcome }) => outcome)).toEqual(requests.map(([, outcome]) => outcome));
    expect(new Set(calls().map(({ protocol }) => protocol))).toEqual(new Set(['binary']));
  });

  it('say that meta was spoken', async () => {
    await say('mg a v\r\nget a\r\n');
    expect(calls().map(({ protocol }) => protocol)).toEqual(['meta', 'text']);
  });

  it('show keys as a person writes them', async () => {
    await say(`get ${Buffer.from('größe').toString('latin1')}\r\n`);
    expect(server.calls.count({ key: 'größe' })).toBe(1);
  });

  it('keep the first hundred keys of a request, and the number of all', async () => {
    const keys = Array.from({ length: 150 }, (_, at) => `key-${String(at)}`);
    await say(`get ${keys.join(' ')}\r\n`);
    expect(calls()[0]).toMatchObject({ keys: keys.slice(0, 100), keyCount: 150, outcome: 'miss' });
  });

  it('count the hits of a reply that is sent in parts', async () => {
    const value = 'v'.repeat(100_000);
    await say(Array.from({ length: 9 }, (_, at) => `set big-${String(at)} 0 0 100000\r\n${value}\r\n`).join(''));
    server.calls.clear();
    await say(`get ${Array.from({ length: 10 }, (_, at) => `big-${String(at)}`).join(' ')}\r\n`);
    const [call] = calls();
    expect(call).toMatchObject({ outcome: 'partial', hits: 9 });
    expect(call?.replyBytes).toBeGreaterThan(900_000);
  });

  it('tell the fault a request met, and what came of it', async () => {
    const { faults } = server;
    await say('set a 0 0 1\r\nx\r\n');
    server.calls.clear();
    faults.forKeys('drop').dropAfter(2);
    faults.forKeys('fail').fail();
    faults.forKeys('evict').evict();
    faults.forKeys('silence').silence();
    faults.forKeys('delay').delay('1h');
    for (const key of ['evict', 'fail', 'drop', 'silence', 'delay']) {
      const stream = server.connect();
      stream.resume().write(`get ${key}\r\n`);
      if (key === 'delay') await say('', server.connect());
      else await server.calls.waitFor({ key });
    }
    expect(server.calls.count({ key: 'delay' })).toBe(0);
    faults.clear();
    expect(calls().map(({ keys, fault, outcome, replyBytes }) => [keys[0], fault, outcome, replyBytes])).toEqual([
      ['evict', 'evict', 'miss', 5],
      ['fail', 'fail', 'fault', 43],
      ['drop', 'drop', 'miss', 2],
      ['silence', 'silence', 'fault', 0],
      ['delay', 'delay', 'miss', 5],
    ]);
  });

  it('hold a delayed request whose client has left as a fault', async () => {
    const late = server.faults.on('get').delay('1h');
    const stream = server.connect();
    stream.write('get a\r\n');
    await say('');
    expect(late.happened).toBe(1);
    stream.destroy();
    await server.close();
    expect(await server.calls.waitFor({ command: 'get' })).toMatchObject({ fault: 'delay', outcome: 'fault' });
  });

  it('never hold a value, a username or a password', async () => {
    await server.close();
    server = createServer({ recordCalls: 100, sasl: { username: 'ada', password: 'lovelace' } });
    const stream = server.connect();
    stream
      .resume()
      .write(
        Buffer.from(
          requestFrame(0x21, { key: 'PLAIN', value: '\0ada\0lovelace' }) +
            requestFrame(0x01, { key: 'k', extras: eight, value: 'secret' }) +
            requestFrame(0x0a),
          'latin1',
        ),
      );
    await server.calls.waitFor({ command: 'other' });
    expect(calls().map(({ command, outcome }) => [command, outcome])).toEqual([
      ['login', 'ok'],
      ['set', 'stored'],
    ]);
    expect(JSON.stringify(server.calls.list())).not.toMatch(/ada|lovelace|secret|PLAIN/);
  });

  it.each(['ascii', 'memcachier'] as const)('never hold the words of a login in text (%s)', async (login) => {
    await server.close();
    server = createServer({ recordCalls: 100, login, accounts: { username: 'ada', password: 'lovelace' } });
    const data = login === 'ascii' ? 'ada lovelace' : 'lovelace';
    await say(`set ada 0 0 ${String(data.length)}\r\n${data}\r\nget key\r\n`);
    expect(calls().map(({ command, keys }) => [command, ...keys])).toEqual([['login'], ['get', 'key']]);
    expect(JSON.stringify(server.calls.list())).not.toMatch(/ada|lovelace/);
  });

  it('refused for want of a login are told apart', async () => {
    await server.close();
    server = createServer({ recordCalls: 100, sasl: { username: 'ada', password: 'lovelace' } });
    const stream = server.connect();
    stream.resume().write(Buffer.from(requestFrame(0x00, { key: 'k' }), 'latin1'));
    expect(await server.calls.waitFor({ key: 'k' })).toMatchObject({ outcome: 'refused' });
  });
});

describe('server.calls', () => {
  beforeEach(async () => {
    await say('get user:1\r\nset user:1 0 0 1\r\nx\r\nget user:1\r\n');
    await say('get team:1 user:2\r\ndelete user:1\r\n');
  });

  it.each<[string, CallConditions, number]>([
    ['a command', { command: 'get' }, 3],
    ['several commands', { command: ['set', 'delete'] }, 2],
    ['a key', { key: 'user:1' }, 4],
    ['a pattern', { key: 'user:*' }, 5],
    ['several patterns', { key: ['team:*', /2$/] }, 1],
    ['an outcome', { outcome: 'miss' }, 2],
    ['several outcomes', { outcome: ['hit', 'stored'] }, 2],
    ['a connection', { connection: 2, command: ['get', 'delete'] }, 2],
    ['all of it', { command: 'get', key: 'user:*', outcome: 'hit', connection: 1 }, 1],
  ])('counts by %s', (_, filter, count) => {
    expect(server.calls.count(filter)).toBe(count);
    expect(server.calls.list(filter)).toHaveLength(count);
  });

  it('lists by a function, oldest first', () => {
    const numbers = server.calls.list(({ protocol }) => protocol === 'text').map(({ number }) => number);
    expect(numbers).toEqual([1, 2, 3, 5, 6]);
  });

  it('forgets at clear(), and numbers go on', async () => {
    server.calls.clear();
    expect(server.calls.list()).toEqual([]);
    await say('get a\r\n');
    expect(calls()).toMatchObject([{ number: 8 }]);
  });

  it('waits for a call that is still to come', async () => {
    const waiting = server.calls.waitFor({ key: 'late' });
    await say('get late\r\n');
    expect(await waiting).toMatchObject({ command: 'get', keys: ['late'] });
  });

  it('gives up waiting in time, and says what was seen last', async () => {
    await expect(server.calls.waitFor({ key: 'never' }, { timeout: '1ms' })).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringMatching(/not made within 1 ms, and the last one was other \(ok\).*server\.calls\.list/),
    });
  });

  it('rejects with what the filter throws, and answers the client', async () => {
    const failure = new TypeError('no such field');
    const waiting = server.calls.waitFor((call) => {
      if (call.keys[0] === 'bad') throw failure;
      return false;
    });
    waiting.catch(() => undefined);
    await say('get bad\r\n');
    await expect(waiting).rejects.toBe(failure);
  });

  it.each<[string, () => unknown, string]>([
    ['an unknown condition', () => server.calls.count({ keys: 'a' } as never), 'Did you mean "key"?'],
    ['an unknown command', () => server.calls.count({ command: 'fetch' as never }), 'Known commands'],
    ['an unknown outcome', () => server.calls.count({ outcome: 'hot' as never }), 'Known outcomes'],
    ['an empty pattern', () => server.calls.count({ key: '' }), 'a pattern is empty'],
  ])('refuses %s, which no call could ever meet', (_, ask, message) => {
    expect(ask).toThrow(message);
  });
});

describe('recordCalls', () => {
  it('bounds what is kept, and tells what was forgotten', async () => {
    await server.close();
    server = createServer({ recordCalls: 3 });
    await say('get a\r\nget b\r\nget c\r\nget d\r\n');
    expect(server.calls.list().map(({ keys, command }) => keys[0] ?? command)).toEqual(['c', 'd', 'other']);
    expect(server.calls.forgotten).toBe(2);
  });

  it('is off unless it is given, and then looking fails instead of finding nothing', async () => {
    await server.close();
    server = createServer();
    expect(server.calls.isRecording).toBe(false);
    for (const look of [
      () => server.calls.list(),
      () => server.calls.count(),
      () => server.calls.forgotten,
      () => {
        server.calls.clear();
      },
    ]) {
      expect(look).toThrow('createServer({ recordCalls: 1000 })');
    }
    await expect(server.calls.waitFor({})).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
  });
});
