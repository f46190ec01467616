/** A memcached that dies under load, and one that is out of reach while something is invalidated. */
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createCache, type Cache, type CacheOptions, type ReadOutcome } from '@memkit/cache';
import { createMemcache, type Memcache } from '@memkit/core';
import { startFaultProxy, startMemcached, type FaultProxy, type RealMemcached } from '@memkit/testing';

// The client decides when it finds the server again; no assertion depends on how long.
jest.setTimeout(30_000);

describe('memcached killed under load, with stale values allowed', () => {
  let server: RealMemcached;
  let client: Memcache;
  let stopReading = (): Promise<unknown> => Promise.resolve();
  beforeEach(async () => {
    server = await startMemcached();
    client = createMemcache({ servers: server.address, environment: {}, timeout: '500ms' });
  });
  afterEach(async () => {
    await stopReading();
    await client.close();
    await server.stop('SIGKILL');
  });

  const keys = Array.from({ length: 20 }, (_, at) => `key:${String(at)}`);

  /** 100 callers read all keys until told to stop; what each read came to. */
  function readOn(cache: Cache, load: () => Promise<string>) {
    let isOn = true;
    const outcomes: ReadOutcome[] = [];
    const failures: unknown[] = [];
    const reading = Array.from({ length: 100 }, async (_, at) => {
      for (let round = at; isOn; round += 1) {
        try {
          const { outcome } = await cache.read(keys[round % keys.length] ?? '', load);
          outcomes.push(outcome);
        } catch (error) {
          failures.push(error);
        }
        await delay(5);
      }
    });
    stopReading = () => {
      isOn = false;
      return Promise.all(reading);
    };
    /** Until so many more reads have ended, and one of them so; or one has failed. */
    const until = async (outcome: ReadOutcome, count = 1): Promise<void> => {
      const before = outcomes.length;
      const isReached = (): boolean => outcomes.length >= before + count && outcomes.includes(outcome, before);
      while (failures.length === 0 && !isReached()) await delay(5);
    };
    return { failures, until };
  }

  it.each<[string, CacheOptions, boolean, ReadOutcome]>([
    ['the loaders run', {}, true, 'bypass'],
    ['and loaders that fail, too: what this process saw last is served', { near: {} }, false, 'stale'],
  ])('fails no call: %s', async (_what, options, isSourceUp, expected) => {
    let isUp = true;
    const load = jest.fn(async () => {
      await delay(1);
      if (!isUp) throw new RangeError('the source is down');
      return 'value';
    });
    const cache = createCache({ client, ttl: '100ms', staleFor: '1h', ...options });
    const load100 = readOn(cache, load);
    await load100.until('hit', 1000);
    isUp = isSourceUp;
    await server.stop('SIGKILL');
    await load100.until(expected, 2000);
    isUp = true;
    await server.restart();
    await load100.until('miss');
    await stopReading();
    expect(load100.failures).toEqual([]);
  });
});

describe('an invalidation that does not reach memcached', () => {
  let server: RealMemcached;
  let proxy: FaultProxy;
  let client: Memcache;
  let direct: Memcache;
  beforeEach(async () => {
    server = await startMemcached();
    proxy = await startFaultProxy(server.port);
    client = createMemcache({ servers: proxy.address, environment: {}, timeout: '500ms' });
    direct = createMemcache({ servers: server.address, environment: {} });
  });
  afterEach(async () => {
    await client.close();
    await direct.close();
    await proxy.stop();
    await server.stop();
  });

  it.each<[string, (cache: Cache) => Promise<void>]>([
    ['invalidate', (cache) => cache.invalidate('k')],
    ['invalidateTags', (cache) => cache.invalidateTags('t')],
    ['clear', (cache) => cache.clear()],
    ['set', (cache) => cache.set('k', 'new')],
  ])('%s: once memcached is in reach again, nobody gets the old value', async (_what, change) => {
    const cache = createCache({ client, namespace: 'app' });
    const other = createCache({ client: direct, namespace: 'app' });
    await cache.getOrLoad('k', () => 'old', { tags: ['t'] });
    await proxy.fault.set('refuse');
    // Published, and kept by the client.
    await change(cache);
    expect(await other.get('k')).toBe('old');
    await proxy.fault.clear();
    // The first thing that is sent over the new connection is what was missed.
    let outcome: string;
    do {
      const read = await cache.read('k', () => 'new');
      expect(read.value).toBe('new');
      ({ outcome } = read);
    } while (outcome === 'bypass');
    expect(await other.get('k')).toBe('new');
  });
});
