/** What a fault must not leave behind: sockets, timers, a command carried out twice, a healthy server marked down. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type Memcache, type MemcacheOptions } from '@memkit/core';
import { startFaultProxy, startMemcached, type Fault, type FaultProxy, type RealMemcached } from '@memkit/testing';
import { PROTOCOLS } from './fault-matrix/fault-table.js';
import { LiveResources } from './fault-matrix/live-resources.js';

jest.setTimeout(20_000);

let server: RealMemcached;
let proxy: FaultProxy;
let clients: Memcache[];

beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.stop('SIGKILL'));

beforeEach(async () => {
  proxy = await startFaultProxy(server.port);
  clients = [];
});
afterEach(async () => {
  await Promise.all(clients.map((memcache) => memcache.close()));
  await proxy.stop();
});

function clientFor(options: MemcacheOptions): Memcache {
  const memcache = createMemcache({
    servers: proxy.address,
    timeout: '150ms',
    reconnect: { initialDelay: '5ms', maxDelay: '50ms' },
    environment: {},
    ...options,
  });
  clients.push(memcache);
  return memcache;
}

describe.each(PROTOCOLS)('close() over %s', (protocol) => {
  let resources: LiveResources;
  beforeEach(() => {
    resources = new LiveResources('packages/core/src');
  });
  afterEach(() => {
    resources.stop();
  });

  const faults: readonly (Fault | 'none')[] = [
    'none',
    'refuse',
    'stall',
    'silence',
    'fin-inside-reply',
    'reset',
    'trickle',
    'garbage',
    'stray-behind',
  ];

  it.each(faults)('leaves no socket and no timer after the fault %s', async (fault) => {
    const memcache = clientFor({ protocol });
    await memcache.set('key', 'value', { timeout: '5s' });
    expect(await resources.list()).not.toEqual([]);
    if (fault !== 'none') await proxy.fault.set(fault);
    for (let time = 0; time < 3; time += 1) {
      await Promise.allSettled([memcache.get('key'), memcache.set('key', 'value'), memcache.getMany(['a', 'b'])]);
    }
    await memcache.close();
    expect(await resources.list()).toEqual([]);
  });

  it('leaves none of a server that is down and of the one that took over', async () => {
    const memcache = clientFor({ protocol, servers: [proxy.address, server.address] });
    const keys = Array.from({ length: 40 }, (_, at) => `key-${String(at)}`);
    await Promise.all(keys.map((key) => memcache.set(key, 'value', { timeout: '5s' })));
    await proxy.fault.set('refuse');
    for (let time = 0; time < 3; time += 1) await Promise.allSettled(keys.map((key) => memcache.get(key)));
    await memcache.close();
    expect(await resources.list()).toEqual([]);
  });

  it('ends what is under way, and leaves nothing', async () => {
    const memcache = clientFor({ protocol, timeout: '30s' });
    await memcache.set('key', 'value');
    await proxy.fault.set('silence');
    const underWay = Promise.allSettled([memcache.get('key'), memcache.increment('count')]);
    await memcache.close();
    const codes = (await underWay).map((outcome) => (outcome.status === 'rejected' ? outcome.reason.code : 'resolved'));
    expect(codes).toEqual(['MEMCACHE_CLIENT_CLOSED', 'MEMCACHE_CLIENT_CLOSED']);
    expect(await resources.list()).toEqual([]);
    await expect(memcache.get('key')).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
  });
});

describe.each(PROTOCOLS)('after a fault over %s', (protocol) => {
  const losses: readonly Fault[] = [
    'silence',
    'fin-before-reply',
    'fin-inside-reply',
    'reset',
    'half-header',
    'garbage',
  ];
  it.each([
    ...losses.map((fault) => ['increment', fault, '10', '11'] as const),
    ...losses.map((fault) => ['append', fault, 'a', 'ab'] as const),
  ])(
    'an %s whose reply is lost to %s › is carried out once and never repeated',
    async (command, fault, before, after) => {
      const memcache = clientFor({ protocol, failover: 'none' });
      const direct = clientFor({ servers: server.address, timeout: '5s' });
      await direct.set('key', before);
      await memcache.get('key', { timeout: '5s' });
      await proxy.fault.set(fault);
      const lost = command === 'append' ? memcache.append('key', 'b') : memcache.increment('key');
      await expect(lost).rejects.toMatchObject({ key: 'key' });
      await proxy.fault.clear();
      await recovered(() => memcache.get('key'));
      expect(await direct.get('key')).toBe(after);
    },
  );

  it('items that are too large › are refused one after another while the server stays up', async () => {
    const other = await startMemcached();
    const events: unknown[] = [];
    const listen = (message: unknown): void => void events.push((message as { event: unknown }).event);
    subscribe('memkit:core:warning', listen);
    const memcache = clientFor({
      protocol,
      servers: [proxy.address, other.address],
      // More than the servers store, so that they are asked.
      itemSizeMax: 4_000_000,
      timeout: '5s',
    });
    // Bytes that no compression makes smaller.
    const large = randomBytes(1_500_000);
    const keys = Array.from({ length: 20 }, (_, at) => `key-${String(at)}`);
    for (const key of keys) {
      await expect(memcache.set(key, large)).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE', key });
      expect(await memcache.set(key, 'small')).toBe(true);
      expect(await memcache.get(key)).toBe('small');
    }
    unsubscribe('memkit:core:warning', listen);
    expect(events).toEqual([]);
    await other.stop('SIGKILL');
  });
});

describe.each(PROTOCOLS)('three servers that all fail, over %s', (protocol) => {
  it.each<Fault>(['refuse', 'silence', 'reset'])(
    '%s › every call says so in time, and all work again when the fault is over',
    async (fault) => {
      const more = await Promise.all([startFaultProxy(server.port), startFaultProxy(server.port)]);
      const proxies = [proxy, ...more];
      const memcache = clientFor({
        protocol,
        servers: proxies.map(({ address }) => address),
        health: { downTime: '20ms', maxDownTime: '50ms' },
      });
      const keys = Array.from({ length: 30 }, (_, at) => `all-${String(at)}`);
      await Promise.all(keys.map((key) => memcache.set(key, key, { timeout: '5s' })));
      await Promise.all(proxies.map((one) => one.fault.set(fault)));
      const codes = /^MEMCACHE_(CONNECT_FAILED|CONNECTION_LOST|TIMEOUT|NO_SERVER_AVAILABLE)$/;
      for (let time = 0; time < 5; time += 1) {
        for (const outcome of await Promise.allSettled(keys.map((key) => memcache.get(key)))) {
          expect(outcome).toMatchObject({ status: 'rejected', reason: { code: expect.stringMatching(codes) } });
        }
      }
      await Promise.all(proxies.map((one) => one.fault.clear()));
      const found = await recovered(() => memcache.getMany(keys));
      expect([...found]).toEqual(keys.map((key) => [key, key]));
      await Promise.all(more.map((one) => one.stop()));
    },
  );
});

/** Tries until it works; the client itself waits between its attempts to reconnect. */
async function recovered<Result>(attempt: () => Promise<Result>): Promise<Result> {
  const giveUpAt = performance.now() + 10_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (performance.now() > giveUpAt) throw error;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }
}
