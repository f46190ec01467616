import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { inspect, promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startMemcached, type RealMemcached } from '@memkit/testing';
import type { AuthOptions, ProtocolChoice } from '../options/memcache-options.js';
import { serverCounters } from '../telemetry/server-counters.js';
import type { ConnectionEvent } from './connection-options.js';
import { Connection } from './connection.js';
import { asking, item, within } from './spec-support/asking.js';
import { WayIn } from './way-in.js';

const HOST = '127.0.0.1';
const alice = { username: 'alice', password: 's3cret' };

interface Subject {
  readonly connection: Connection;
  readonly events: ConnectionEvent[];
}

const opened: Connection[] = [];

function connectTo(port: number, protocol: ProtocolChoice, auth?: AuthOptions): Subject {
  const events: ConnectionEvent[] = [];
  const way = new WayIn({ server: { host: HOST, port }, protocol, auth, onEvent: (event) => events.push(event) });
  const limits = { maxQueuedRequests: 1000, maxQueuedBytes: 1e8, reconnect: { initialDelayMs: 1, maxDelayMs: 5 } };
  const connection = new Connection(way, limits, serverCounters());
  opened.push(connection);
  return { connection, events };
}

afterEach(async () => {
  await Promise.all(opened.splice(0).map((connection) => connection.close(0)));
});

describe.each(['meta', 'binary'] as const)('a connection that speaks %s to a real memcached', (protocol) => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached();
  });
  afterAll(() => server.stop());

  it('stores and reads bytes, flags and CAS tokens as they were', async () => {
    const { connection } = connectTo(server.port, protocol);
    const data = Buffer.from([0, 255, 13, 10, 69, 78, 68, 13, 10]);
    await expect(
      connection.send(asking.store('set', 'bytes', item(data, { flags: 0xffff_ffff })), within(2000)),
    ).resolves.toBe('stored');
    const read = await connection.send(asking.gets('bytes'), within(2000));
    expect(read?.data).toEqual(data);
    expect(read?.flags).toBe(0xffff_ffff);
    expect(read?.cas).toBeGreaterThan(0n);
    await expect(connection.send(asking.get('bytes'), within(2000))).resolves.toMatchObject({
      cas: 0n,
      flags: 0xffff_ffff,
    });
  });

  it('reads a value larger than any chunk, and an empty one', async () => {
    const { connection } = connectTo(server.port, protocol);
    const large = Buffer.alloc(1_000_000, 'memkit ');
    await connection.send(asking.store('set', 'large', item(large)), within(2000));
    await connection.send(asking.store('set', 'empty', item('')), within(2000));
    const [first, second] = await Promise.all([
      connection.send(asking.get('large'), within(2000)),
      connection.send(asking.get('empty'), within(2000)),
    ]);
    expect(first?.data.equals(large)).toBe(true);
    expect(second?.data).toHaveLength(0);
  });

  it('answers a miss with undefined or false', async () => {
    const { connection } = connectTo(server.port, protocol);
    await expect(connection.send(asking.get('absent'), within(2000))).resolves.toBeUndefined();
    await expect(connection.send(asking.delete('absent'), within(2000))).resolves.toBe(false);
    await expect(connection.send(asking.touch('absent', 60), within(2000))).resolves.toBe(false);
    const input = { direction: 'increment', by: 1n, initial: undefined, exptime: 0 } as const;
    await expect(connection.send(asking.arithmetic('absent', input), within(2000))).resolves.toBeUndefined();
  });

  it('reads a reply that came in time although the process was busy past the deadline', async () => {
    const { connection } = connectTo(server.port, protocol);
    await connection.send(asking.store('set', 'patient', item('here')), within(2000));
    const reply = connection.send(asking.get('patient'), within(50));
    // The request leaves in the turn that ends now; the busy loop begins in the next, before any reply was read.
    await new Promise((resolve) => process.nextTick(resolve));
    const busyUntil = performance.now() + 200;
    while (performance.now() < busyUntil);
    await expect(reply).resolves.toMatchObject({ data: Buffer.from('here') });
  });

  it('tells apart the four outcomes of storing', async () => {
    const { connection } = connectTo(server.port, protocol);
    const key = `outcomes-${protocol}`;
    const store = (mode: 'set' | 'add' | 'replace', at: string, cas = 0n) =>
      connection.send(asking.store(mode, at, item('v', { cas })), within(2000));
    await expect(store('replace', key)).resolves.toBe('not_stored');
    await expect(store('add', key)).resolves.toBe('stored');
    await expect(store('add', key)).resolves.toBe('not_stored');
    const read = await connection.send(asking.gets(key), within(2000));
    await expect(store('set', key, read?.cas)).resolves.toBe('stored');
    await expect(store('set', key, read?.cas)).resolves.toBe('exists');
    await expect(store('set', `${key}-absent`, 1n)).resolves.toBe('not_found');
  });

  it('counts exactly beyond what a number holds', async () => {
    const { connection } = connectTo(server.port, protocol);
    const key = `counter-${protocol}`;
    const count = (direction: 'increment' | 'decrement', by: bigint) =>
      connection.send(asking.arithmetic(key, { direction, by }), within(2000));
    await expect(count('increment', 1n)).resolves.toBeUndefined();
    await connection.send(asking.store('set', key, item('9007199254740993')), within(2000));
    await expect(count('increment', 2n)).resolves.toBe(9_007_199_254_740_995n);
    await expect(count('decrement', 9_007_199_254_740_990n)).resolves.toBe(5n);
    await expect(count('decrement', 7n)).resolves.toBe(0n);
  });

  it('rejects counting what is not a number and keeps the connection', async () => {
    const { connection, events } = connectTo(server.port, protocol);
    await connection.send(asking.store('set', 'words', item('words')), within(2000));
    const input = { direction: 'increment', by: 1n, initial: undefined, exptime: 0 } as const;
    await expect(connection.send(asking.arithmetic('words', input), within(2000))).rejects.toMatchObject({
      code: 'MEMCACHE_NOT_A_NUMBER',
      key: 'words',
      server: `${HOST}:${server.port}`,
      command: 'increment',
      message: expect.stringContaining('set one first'),
    });
    await expect(connection.send(asking.get('words'), within(2000))).resolves.toMatchObject({ flags: 0 });
    expect(events.map(({ type }) => type)).toEqual(['connected']);
  });

  it('rejects an item that is too large and keeps the connection', async () => {
    const { connection, events } = connectTo(server.port, protocol);
    const tooLarge = item(Buffer.alloc(1_048_577));
    await expect(connection.send(asking.store('set', 'whale', tooLarge), within(2000))).rejects.toMatchObject({
      code: 'MEMCACHE_ITEM_TOO_LARGE',
      key: 'whale',
      message: expect.stringContaining('raise memcached -I'),
    });
    await expect(connection.send(asking.version(), within(2000))).resolves.toMatch(/^\d+\.\d+/);
    expect(events.map(({ type }) => type)).toEqual(['connected']);
  });

  it('touches, deletes and flushes', async () => {
    const { connection } = connectTo(server.port, protocol);
    await connection.send(asking.store('set', 'é', item('v')), within(2000));
    await expect(connection.send(asking.touch('é', 60), within(2000))).resolves.toBe(true);
    await expect(connection.send(asking.delete('é'), within(2000))).resolves.toBe(true);
    await connection.send(asking.store('set', 'gone', item('v')), within(2000));
    await connection.send(asking.flush(), within(2000));
    await expect(connection.send(asking.get('gone'), within(2000))).resolves.toBeUndefined();
  });

  it('reads statistics, whole and by group, between other requests', async () => {
    const { connection } = connectTo(server.port, protocol);
    const [before, general, settings, after] = await Promise.all([
      connection.send(asking.version(), within(2000)),
      connection.send(asking.stats(''), within(2000)),
      connection.send(asking.stats('settings'), within(2000)),
      connection.send(asking.version(), within(2000)),
    ]);
    expect(general['version']).toBe(before);
    expect(settings['item_size_max']).toBe('1048576');
    expect(after).toBe(before);
  });

  it('answers a thousand requests of one tick in order', async () => {
    const { connection } = connectTo(server.port, protocol);
    const numbers = Array.from({ length: 500 }, (_, index) => index);
    const writes = numbers.map((n) => connection.send(asking.store('set', `n${n}`, item(`value ${n}`)), within(5000)));
    const reads = numbers.map((n) => connection.send(asking.get(`n${n}`), within(5000)));
    await Promise.all(writes);
    const values = (await Promise.all(reads)).map((read) => read?.data.toString());
    expect(values).toEqual(numbers.map((n) => `value ${n}`));
  });
});

describe('a connection whose server goes away', () => {
  it('rejects requests in flight at once when the server is killed, and recovers when it is back', async () => {
    const server = await startMemcached();
    const { connection, events } = connectTo(server.port, 'meta');
    await connection.send(asking.store('set', 'a', item('1')), within(2000));
    server.pause();
    const inFlight = connection.send(asking.get('a'), within(30_000));
    await new Promise((resolve) => setImmediate(resolve));
    await Promise.all([
      expect(inFlight).rejects.toMatchObject({
        code: 'MEMCACHE_CONNECTION_LOST',
        key: 'a',
        server: server.address,
        message: expect.stringContaining('The client reconnects by itself'),
      }),
      server.stop('SIGKILL'),
    ]);
    await expect(connection.send(asking.get('a'), within(2000))).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      key: 'a',
      message: expect.stringContaining('ECONNREFUSED'),
    });
    await server.restart();
    await recovered(() => connection.send(asking.get('a'), within(2000)));
    expect(events.filter(({ type }) => type === 'connected')).toHaveLength(2);
    await server.stop();
  });

  it('rejects with TIMEOUT while the server hangs, gives the connection up, and recovers', async () => {
    const server = await startMemcached();
    const { connection, events } = connectTo(server.port, 'meta');
    await connection.send(asking.version(), within(2000));
    server.pause();
    await expect(connection.send(asking.get('a'), within(150))).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      key: 'a',
      command: 'get',
      message: expect.stringMatching(/no reply within \d+ ms .* or raise the timeout/s),
    });
    expect(events.map(({ type }) => type)).toEqual(['connected', 'disconnected']);
    server.resume();
    await expect(connection.send(asking.get('a'), within(2000))).resolves.toBeUndefined();
    await server.stop();
  });

  it('fails at once with the reason when nobody listens on the port', async () => {
    const port = await freePort();
    const { connection } = connectTo(port, 'meta');
    const waiting = ['a', 'b'].map((key) => connection.send(asking.get(key), within(30_000)));
    for (const [index, request] of waiting.entries()) {
      await expect(request).rejects.toMatchObject({
        code: 'MEMCACHE_CONNECT_FAILED',
        key: ['a', 'b'][index],
        server: `${HOST}:${port}`,
        message: expect.stringMatching(/connect ECONNREFUSED.*Check that the server runs/s),
      });
    }
  });
});

describe('a program with an idle connection', () => {
  it('ends without close(), and not before its requests are answered', async () => {
    const server = await startMemcached();
    const script = `
      import { connectServer, defaultSettings } from '@memkit/core/internal';
      const server = { host: '${HOST}', port: ${server.port}, weight: 1, tls: false, sizeRule: 'memcached' };
      const link = connectServer(server, defaultSettings);
      const version = { name: 'version', key: '', bytes: 0, request: (driver) => driver.version() };
      process.stdout.write(await link.send(version, performance.now() + 60000));
    `;
    const register = fileURLToPath(new URL('../../../../tools/swc-register.mjs', import.meta.url));
    const args = ['--import', register, '--conditions=@memkit/source', '--input-type=module', '-e', script];
    const cwd = fileURLToPath(new URL('../..', import.meta.url));
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 30_000 });
    expect(stdout).toMatch(/^\d+\.\d+/);
    await server.stop();
  });
});

describe('a connection with credentials', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ sasl: alice });
  });
  afterAll(() => server.stop());

  it('logs in and works', async () => {
    const { connection, events } = connectTo(server.port, 'binary', alice);
    await connection.send(asking.store('set', 'a', item('1')), within(2000));
    await expect(connection.send(asking.get('a'), within(2000))).resolves.toMatchObject({ data: Buffer.from('1') });
    expect(events).toEqual([{ type: 'connected' }]);
  });

  it('rejects every waiting request when the password is wrong, and shows it to nobody', async () => {
    const wrong = { username: 'alice', password: 'hunter2-secret' };
    const { connection, events } = connectTo(server.port, 'binary', wrong);
    const waiting = await Promise.allSettled(['a', 'b'].map((key) => connection.send(asking.get(key), within(5000))));
    for (const [index, result] of waiting.entries()) {
      expect(result).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'MEMCACHE_AUTH_FAILED',
          key: ['a', 'b'][index],
          message: expect.stringContaining('Check the credentials'),
        },
      });
    }
    expect(inspect([waiting, connection, events], { depth: 20, showHidden: true })).not.toContain('hunter2');
    expect(events.map(({ type }) => type)).toEqual(['disconnected']);
  });

  it('goes on without login where memcached knows no SASL, and says so once', async () => {
    const plain = await startMemcached();
    const { connection, events } = connectTo(plain.port, 'binary', alice);
    await expect(connection.send(asking.version(), within(2000))).resolves.toMatch(/^\d/);
    await plain.stop('SIGKILL');
    await plain.restart();
    await recovered(() => connection.send(asking.version(), within(2000)));
    expect(events.map(({ type }) => type).filter((type) => type === 'authSkipped')).toHaveLength(1);
    await plain.stop();
  });

  it('asks for credentials when binary requests are refused for lack of a login', async () => {
    const { connection } = connectTo(server.port, 'binary');
    await expect(connection.send(asking.get('a'), within(2000))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringContaining('give username and password'),
    });
  });
});

/** Tries until the connection is allowed to try again; the backoff of these specs ends after 5 ms. */
async function recovered<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + 5000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setImmediate(resolve));
    }
  }
}
