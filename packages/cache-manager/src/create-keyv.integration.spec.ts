import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createCache } from 'cache-manager';
import { Keyv } from 'keyv';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createKeyv } from './create-keyv.js';
import { MemkitStore } from './memkit-store.js';

const FORTY_DAYS_MS = 40 * 86_400_000;

describe.each(['the embedded server', 'a real memcached'])('Keyv and cache-manager on %s', (kind) => {
  let memcached: RealMemcached | undefined;
  let client: Memcache;

  beforeAll(async () => {
    if (kind === 'a real memcached') memcached = await startMemcached();
    client = createMemcache(memcached ? { servers: memcached.address } : { environment: {} });
  });

  afterAll(async () => {
    await client.close();
    await memcached?.stop('SIGKILL');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await client.flush();
  });

  describe.each([
    ['createKeyv()', (namespace?: string) => createKeyv(namespace === undefined ? { client } : { client, namespace })],
    [
      'new Keyv({ store })',
      (namespace?: string) =>
        new Keyv({ store: new MemkitStore({ client }), ...(namespace === undefined ? {} : { namespace }) }),
    ],
  ])('%s', (_how, open) => {
    it('keeps values and their types of JSON', async () => {
      const keyv = open();
      const value = { name: 'Lampe für Ü', price: 9.5, tags: ['a', null], nested: { deep: true } };
      expect(await keyv.set('product', value)).toBe(true);
      expect(await keyv.get('product')).toEqual(value);
      expect(await keyv.get(['product', 'none'])).toEqual([value, undefined]);
      expect(await keyv.has('product')).toBe(true);
    });

    it('tells null from a miss', async () => {
      const keyv = open();
      await keyv.set('nothing', null);
      expect(await keyv.get('nothing')).toBeNull();
      expect(await keyv.get('missing')).toBeUndefined();
    });

    it('keeps the millisecond of an expiry', async () => {
      const keyv = open();
      const now = Date.now();
      await keyv.set('offer', 'today', 1500);
      const read = jest.spyOn(Date, 'now');
      read.mockReturnValue(now + 1490);
      expect(await keyv.get('offer')).toBe('today');
      read.mockReturnValue(now + 1600);
      expect(await keyv.get('offer')).toBeUndefined();
    });

    it('keeps a value for 40 days', async () => {
      const keyv = open();
      await keyv.set('yearbook', 'x', FORTY_DAYS_MS);
      expect(await keyv.get('yearbook')).toBe('x');
    });

    it('clears one namespace and leaves the other', async () => {
      const [shop, blog] = [open('shop'), open('blog')];
      await shop.set('a', 'shop');
      await blog.set('a', 'blog');
      await shop.clear();
      expect(await shop.get('a')).toBeUndefined();
      expect(await blog.get('a')).toBe('blog');
    });
  });

  it('gives values the ttl of createKeyv() that have none', async () => {
    const keyv = createKeyv({ client, ttl: '10m' });
    await keyv.set('a', 1);
    const stored = await keyv.get('a', { raw: true });
    expect(stored?.expires).toBeGreaterThan(Date.now() + 590_000);
    expect(stored?.expires).toBeLessThanOrEqual(Date.now() + 600_000);
  });

  it("keeps values without an end when the ttl is 'forever'", async () => {
    const keyv = createKeyv({ client, ttl: 'forever' });
    await keyv.set('a', 1);
    expect(await keyv.get('a', { raw: true })).toEqual({ value: 1 });
  });

  it("calls wrap's function once for a value and for null", async () => {
    const cache = createCache({ stores: [createKeyv({ client })], ttl: 60_000 });
    const load = jest.fn<() => Promise<unknown>>();
    for (const value of [{ id: 7 }, null]) {
      load.mockReset().mockResolvedValue(value);
      const key = JSON.stringify(value);
      expect(await cache.wrap(key, load)).toEqual(value);
      expect(await cache.wrap(key, load)).toEqual(value);
      expect(load).toHaveBeenCalledTimes(1);
    }
  });

  it("calls wrap's function again for undefined, which cache-manager cannot tell from a miss", async () => {
    const cache = createCache({ stores: [createKeyv({ client })] });
    const load = jest.fn<() => Promise<unknown>>().mockResolvedValue(undefined);
    await cache.wrap('nobody', load);
    await cache.wrap('nobody', load);
    expect(load).toHaveBeenCalledTimes(2);
  });

  it('answers mget in order, ttl with the moment of expiry, mdel and clear', async () => {
    const cache = createCache({ stores: [createKeyv({ client })] });
    const before = Date.now();
    await cache.mset([
      { key: 'a', value: 1, ttl: 60_000 },
      { key: 'c', value: 3 },
    ]);
    expect(await cache.mget(['a', 'b', 'c'])).toEqual([1, undefined, 3]);
    expect(await cache.ttl('a')).toBeGreaterThanOrEqual(before + 60_000);
    await cache.mdel(['a']);
    expect(await cache.mget(['a', 'c'])).toEqual([undefined, 3]);
    await cache.clear();
    expect(await cache.get('c')).toBeUndefined();
  });

  it('ends its own client on disconnect', async () => {
    const memcache = memcached ? { servers: memcached.address } : { environment: {} };
    const keyv = createKeyv({ memcache });
    await keyv.set('a', 1);
    await keyv.disconnect();
    expect(await keyv.get('a')).toBeUndefined();
  });
});
