import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { FaultCommand, MemcacheServer } from '@memkit/server';
import { freePort, startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';
import type { MemcacheOptions } from '../options/memcache-options.js';
import type { WarningMessage } from '../telemetry/channels.js';

let server: MemcacheServer;
let address: string;
let clients: Memcache[];
let warnings: WarningMessage[];

function listen(message: unknown): void {
  warnings.push(message as WarningMessage);
}

beforeEach(async () => {
  const { createServer } = await import('@memkit/server');
  server = createServer();
  const { host, port } = await server.listen();
  address = `${host}:${String(port)}`;
  clients = [];
  warnings = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(async () => {
  unsubscribe('memkit:core:warning', listen);
  await Promise.all(clients.map((memcache) => memcache.close()));
  await server.close();
});

function client(options: MemcacheOptions = {}): Memcache {
  const memcache = createMemcache({ servers: address, timeout: '5s', ...options });
  clients.push(memcache);
  return memcache;
}

type Call = (memcache: Memcache) => Promise<unknown>;

describe('after a lost connection', () => {
  it.each<[string, FaultCommand, Call, unknown]>([
    ['get', 'get', (memcache) => memcache.get('key'), 1],
    ['getMany', 'get', (memcache) => memcache.getMany(['key']), new Map([['key', 1]])],
    ['gets', 'get', (memcache) => memcache.gets('key').then((item) => item?.value), 1],
    ['set', 'set', (memcache) => memcache.set('key', 2), true],
    ['delete', 'delete', (memcache) => memcache.delete('key'), true],
    ['touch', 'touch', (memcache) => memcache.touch('key', '1m'), true],
  ])('%s › is repeated once, and published', async (name, fault, call, result) => {
    const memcache = client();
    await memcache.set('key', 1);
    server.faults.on(fault).times(1).close();
    expect(await call(memcache)).toEqual(result);
    expect(warnings).toMatchObject([
      {
        event: 'retry',
        server: address,
        command: name,
        error: { code: 'MEMCACHE_CONNECTION_LOST' },
      },
    ]);
  });

  it.each<[string, FaultCommand, Call]>([
    ['increment', 'increment', (memcache) => memcache.increment('key')],
    ['decrement', 'decrement', (memcache) => memcache.decrement('key')],
    ['add', 'add', (memcache) => memcache.add('new', 1)],
    ['replace', 'replace', (memcache) => memcache.replace('key', 2)],
    [
      'set with cas',
      'set',
      async (memcache) => memcache.set('key', 2, { cas: (await memcache.gets('key'))?.cas ?? 1n }),
    ],
  ])('%s › is not repeated, because it may have happened', async (_, fault, call) => {
    const memcache = client();
    await memcache.set('key', 1);
    server.faults.on(fault).times(1).close();
    await expect(call(memcache)).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECTION_LOST',
      server: address,
      retryable: true,
      message: expect.stringContaining('a write may or may not have happened'),
    });
    expect(await memcache.get('key')).toBe(1);
  });

  it('a second loss › rejects', async () => {
    const memcache = client();
    await memcache.set('key', 1);
    server.faults.on('get').times(2).close();
    await expect(memcache.get('key')).rejects.toMatchObject({ retryable: true, server: address });
  });
});

describe('options', () => {
  it('timeout › bounds each operation of a silent server', async () => {
    const memcache = client({ timeout: '40ms' });
    server.faults.silence();
    await expect(memcache.get('key')).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT', key: 'key', server: address });
  });

  it('timeout of a call › wins over the client', async () => {
    const memcache = client({ timeout: '20d' });
    server.faults.silence();
    const error: unknown = await memcache.get('key', { timeout: '20ms' }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
    // Nothing will ever answer, and close() waits for what is under way.
    server.faults.clear();
  });

  it('maxQueuedRequests › refuses what would wait beyond it, and the others go through', async () => {
    const memcache = client({ maxQueuedRequests: 2 });
    const results = await Promise.allSettled(['a', 'b', 'c'].map((key) => memcache.get(key)));
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected']);
    expect(results[2]).toMatchObject({ reason: { code: 'MEMCACHE_QUEUE_FULL', key: 'c', server: address } });
  });
});

describe('reconnect', () => {
  let memcached: RealMemcached | undefined;

  afterEach(async () => {
    await memcached?.stop();
  });

  /** A client whose first attempt was refused, by a server that has come up since. */
  async function comeTooEarly(reconnect: MemcacheOptions['reconnect']) {
    const port = await freePort();
    const memcache = client({ servers: `127.0.0.1:${String(port)}`, ...(reconnect && { reconnect }) });
    await expect(memcache.get('key')).rejects.toMatchObject({ code: 'MEMCACHE_CONNECT_FAILED' });
    memcached = await startMemcached({ port });
    return memcache;
  }

  it('waits the initialDelay before it tries again, and rejects with the last reason until then', async () => {
    const memcache = await comeTooEarly({ initialDelay: '1h' });
    // Longer than the default: without the option the client would be connected by then.
    await delay(60);
    await expect(memcache.get('key')).rejects.toMatchObject({ code: 'MEMCACHE_CONNECT_FAILED' });
  });

  it('waits no longer than the maxDelay', async () => {
    const memcache = await comeTooEarly({ maxDelay: '1ms' });
    await delay(2);
    await expect(memcache.get('key')).resolves.toBeUndefined();
  });
});

describe('a command without a key', () => {
  it.each<[string, Call]>([
    ['stats', (memcache) => memcache.stats()],
    ['version', (memcache) => memcache.version()],
    ['flush', (memcache) => memcache.flush()],
  ])('%s › rejects with the error of the only server', async (name, call) => {
    const memcache = client();
    await server.close();
    await expect(call(memcache)).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      command: name,
      server: address,
    });
  });
});
