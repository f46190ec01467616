import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, type CasItem, type Memcache } from '@memkit/core';
import { memcachedBuilds, startMemcached } from '@memkit/testing';
import type { CacheOptions } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';
import { createCache } from '../engine/create-cache.js';
import { Gate } from '../spec-support/gate.js';
import { embeddedMemcache, setStage, type Stage } from '../spec-support/stage.js';
import type { NearOptions } from './near-options.js';

const NEAR: NearOptions = { ttl: '10s' };
const down = (): never => {
  throw new Error('connection refused');
};
const failing = (): Promise<never> => Promise.reject(new RangeError('database down'));

describe('a near cache', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  const stage = (options: CacheOptions = {}): Stage => setStage(memcache, { near: NEAR, ...options });
  const load = (cache: Stage['cache'], value: unknown = { name: 'Ada' }) =>
    cache.read('k', () => value, { tags: ['t'], ttl: '1h' });

  it('answers without asking memcached, once it has seen the entry', async () => {
    const { cache, client } = stage();
    await load(cache);
    client.commands.length = 0;
    expect(await load(cache, 'another')).toMatchObject({ value: { name: 'Ada' }, outcome: 'hit', source: 'near' });
    expect(await cache.get('k')).toEqual({ name: 'Ada' });
    expect(await cache.getOrLoadMany(['k'], String, () => new Map())).toEqual([{ name: 'Ada' }]);
    expect(client.commands).toEqual([]);
  });

  it('is there only when it is asked for', async () => {
    const { cache } = stage({ near: false });
    await load(cache);
    expect(await load(cache)).toMatchObject({ source: 'memcache' });
  });

  it('asks memcached after its ttl whether the copy is still true, in one round trip and without reading it', async () => {
    const { cache, client, time } = stage();
    await load(cache);
    time.advance(10_000);
    // The first time, to learn the CAS token.
    await load(cache);
    time.advance(10_000);
    client.commands.length = 0;
    client.roundTrips = 0;
    expect(await load(cache, 'another')).toMatchObject({ value: { name: 'Ada' }, outcome: 'hit', source: 'memcache' });
    expect(client.roundTrips).toBe(1);
    expect(client.commands.map(([command]) => command)).toEqual(['getMany', 'getIfChanged']);
    expect(client.commands[0]?.[1]).not.toContain(`${cache.namespace}:k`);
    expect(await load(cache)).toMatchObject({ source: 'near' });
  });

  it("reads an entry's tags in that round trip, also those that came from the value", async () => {
    const { cache, client, time } = stage();
    const read = () => cache.read('k', () => 1, { tags: () => ['of the value'] });
    await read();
    time.advance(10_000);
    // Behind the lease that is given back.
    await cache.get('another');
    client.roundTrips = 0;
    expect(await read()).toMatchObject({ outcome: 'hit' });
    expect(client.roundTrips).toBe(1);
  });

  it.each<[string, (cache: Stage['cache']) => Promise<unknown>, unknown]>([
    ['set', (cache) => cache.set('k', 'new'), 'new'],
    ['invalidate', (cache) => cache.invalidate('k'), 'loaded'],
    ['delete', (cache) => cache.delete('k'), 'loaded'],
    ['invalidateTags', (cache) => cache.invalidateTags('t'), 'loaded'],
    ['clear', (cache) => cache.clear(), 'loaded'],
    ['clear of a cache made by with()', (cache) => cache.with({ ttl: '1m' }).clear(), 'loaded'],
  ])('%s takes effect at once in the process', async (_name, change, expected) => {
    const { cache } = stage();
    await load(cache);
    await change(cache);
    expect((await load(cache, 'loaded')).value).toBe(expected);
  });

  it.each<[string, (cache: Stage['cache']) => Promise<unknown>]>([
    ['set', (cache) => cache.set('k', 'loaded')],
    ['invalidate', (cache) => cache.invalidate('k')],
    ['invalidateTags', (cache) => cache.invalidateTags('t')],
    ['clear', (cache) => cache.clear()],
  ])('%s of another process takes effect when the copy is asked about', async (_name, change) => {
    const { cache, otherProcess, time } = stage();
    await load(cache);
    await change(otherProcess({ near: false }));
    expect(await load(cache, 'loaded')).toMatchObject({ value: { name: 'Ada' }, source: 'near' });
    time.advance(10_000);
    expect((await load(cache, 'loaded')).value).toBe('loaded');
  });

  it('with ttl false asks every time, and so sees at once what other processes do', async () => {
    const { cache, otherProcess } = stage({ near: { ttl: false } });
    await load(cache);
    expect(await load(cache)).toMatchObject({ outcome: 'hit', source: 'memcache' });
    await otherProcess().set('k', 'new');
    expect((await load(cache)).value).toBe('new');
  });

  it('keeps nothing of a read that an invalidation of the process overtakes', async () => {
    const { cache, client, otherProcess } = stage();
    await load(otherProcess({ near: false }));
    const arrived = new Gate();
    const goOn = new Gate();
    client.before = async (command) => {
      if (command !== 'getMany') return;
      arrived.open();
      await goOn.passed;
    };
    const reading = load(cache);
    await arrived.passed;
    await cache.invalidate('k');
    await load(otherProcess({ near: false }), 'stored by another since');
    goOn.open();
    await reading;
    expect(await load(cache)).toMatchObject({ source: 'memcache' });
  });

  it("does not outlive the entry's own ttl", async () => {
    const { cache, time } = stage();
    await cache.getOrLoad('k', () => 'old', { ttl: '5s' });
    time.advance(5000);
    expect(await cache.read('k', () => 'new')).toMatchObject({ value: 'new', outcome: 'miss' });
  });

  it('does not last longer when the clock is set back', async () => {
    const { cache, time } = stage();
    await load(cache);
    time.advance(-3_600_000);
    expect(await load(cache)).toMatchObject({ source: 'memcache' });
  });

  it('goes to memcached for a read with near: false', async () => {
    const { cache, client } = stage();
    await load(cache);
    client.commands.length = 0;
    expect(await cache.read('k', () => 1, { near: false })).toMatchObject({ outcome: 'hit', source: 'memcache' });
    expect(client.count('getMany')).toBe(1);
  });

  it("refuses a read whose 'near' is neither true nor false", async () => {
    const { cache } = stage();
    await expect(cache.read('k', () => 1, { near: {} as unknown as boolean })).rejects.toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringContaining('"near"'),
    });
  });

  it('leaves an entry that is to be refreshed to the refresh', async () => {
    const { cache, time } = stage();
    const read = (value: string) => cache.read('k', () => value, { ttl: '10s', refreshAhead: 0.5 });
    await read('old');
    time.advance(6000);
    expect(await read('new')).toMatchObject({ value: 'old', source: 'memcache' });
  });

  it('answers for those of many keys that it knows', async () => {
    const { cache, client } = stage();
    await cache.set('1', 'one');
    client.commands.length = 0;
    const missing: number[] = [];
    const reads = await cache.readMany([2, 1], String, (ids) => {
      missing.push(...ids);
      return new Map(ids.map((id) => [id, 'loaded']));
    });
    expect(reads).toMatchObject([
      { value: 'loaded', outcome: 'miss' },
      { value: 'one', source: 'near' },
    ]);
    expect(missing).toEqual([2]);
    expect(client.commands.flatMap(([, keys]) => keys)).not.toContain(`${cache.namespace}:1`);
  });

  it('hands out one frozen object, so that no caller can change what others get', async () => {
    const { cache } = stage();
    await load(cache, { list: [{ deep: 1 }] });
    const first = (await cache.get('k')) as { list: { deep: number }[] };
    expect(() => (first.list[0]!.deep = 2)).toThrow(TypeError);
    expect(await cache.get('k')).toBe(first);
  });

  it("hands out copies with values 'cloned'", async () => {
    const { cache } = stage({ near: { ...NEAR, values: 'cloned' } });
    await load(cache, { list: [{ deep: 1 }], '__proto__ ': null });
    const first = (await cache.get('k')) as { list: { deep: number }[] };
    first.list[0]!.deep = 2;
    expect(await load(cache)).toMatchObject({ value: { list: [{ deep: 1 }] }, source: 'near' });
  });

  it('hands out copies of bytes, which nothing can freeze', async () => {
    const { cache } = stage();
    await load(cache, Buffer.from('abc'));
    const first = (await cache.get('k')) as Buffer;
    first[0] = 0;
    expect(await load(cache)).toMatchObject({ value: Buffer.from('abc'), source: 'near' });
  });

  it('keeps no more than maxBytes: what was not used for longest goes', async () => {
    const { cache } = stage({ near: { ...NEAR, maxBytes: 10_000 } });
    const source = async (key: string): Promise<string> => (await cache.read(key, () => 0)).source;
    for (const key of ['a', 'b', 'c']) await cache.set(key, 'x'.repeat(2500));
    expect(await source('a')).toBe('near');
    await cache.set('d', 'x'.repeat(2500));
    expect([await source('a'), await source('b'), await source('d')]).toEqual(['near', 'memcache', 'near']);
    await cache.set('large', 'x'.repeat(10_000));
    expect(await source('large')).toBe('memcache');
  });

  it("serves what it saw last, within 'staleFor', when memcached and the loader are down", async () => {
    const { cache, client, time } = stage({ staleFor: '1h' });
    await cache.set('k', 'last good', { ttl: '1m' });
    client.before = down;
    time.advance(120_000);
    expect(await cache.read('k', failing)).toMatchObject({ value: 'last good', outcome: 'stale' });
    expect(await cache.getOrLoadMany(['k'], String, failing)).toEqual(['last good']);
    expect(await cache.read('k', () => 'loaded')).toMatchObject({ value: 'loaded', outcome: 'bypass' });
    time.advance(3_600_000);
    await expect(cache.read('k', failing)).rejects.toThrow('database down');
  });

  it('keeps a loaded value that could not be stored as the last good one, and does not trust it', async () => {
    const { cache, client, time } = stage({ staleFor: '1h' });
    await cache.set('k', 'old', { ttl: '5s' });
    time.advance(5000);
    client.before = (command) => {
      if (command === 'set') down();
    };
    expect(await cache.read('k', () => 'new')).toMatchObject({ outcome: 'miss', stored: false });
    client.before = down;
    expect(await cache.read('k', failing)).toMatchObject({ value: 'new', outcome: 'stale' });
    client.before = () => undefined;
    expect((await cache.read('k', () => 'newer')).source).not.toBe('near');
  });

  it("serves it instead of rejecting, when memcached is down and 'whenUnavailable' is 'throw'", async () => {
    const { cache, client, time } = stage({ staleFor: '1h', whenUnavailable: 'throw' });
    await cache.set('k', 'last good');
    client.before = down;
    time.advance(60_000);
    expect(await cache.read('k', () => 'not run')).toMatchObject({ value: 'last good', outcome: 'stale' });
    await expect(cache.read('other', () => 'not run')).rejects.toThrow('connection refused');
  });

  it('serves nothing out of date without staleFor', async () => {
    const { cache, client, time } = stage({ whenUnavailable: 'throw' });
    await cache.set('k', 'last good');
    client.before = down;
    time.advance(60_000);
    await expect(cache.read('k', () => 'not run')).rejects.toThrow('connection refused');
  });

  it('works on a client without conditional gets, which reads the entry again', async () => {
    const { time } = stage();
    const { get, getMany, gets, set, add, delete: remove, touch, replace, increment, decrement } = bound(memcache);
    const client = { get, getMany, gets, set, add, delete: remove, touch, replace, increment, decrement };
    const { cache } = setStage(memcache);
    const own = createCache({ client, namespace: `${cache.namespace}-own`, near: { ttl: false } });
    time.advance(1);
    await own.set('k', 'v');
    expect(await own.read('k', () => 0)).toMatchObject({ value: 'v', source: 'memcache' });
  });

  it('reads the entry again where a client does not tell the connection of a CAS token', async () => {
    const asked: bigint[] = [];
    const { get, getMany, gets, set, add, delete: remove, touch, replace, increment, decrement } = bound(memcache);
    const getIfChanged = (key: string, cas: bigint): Promise<CasItem | undefined> => {
      asked.push(cas);
      return memcache.gets(key);
    };
    const client = { get, getMany, gets, getIfChanged, set, add, delete: remove, touch, replace, increment, decrement };
    const cache = createCache({ client, namespace: 'without-connections', near: { ttl: false } });
    await cache.set('k', 'v');
    for (let read = 0; read < 3; read += 1) expect(await cache.get('k')).toBe('v');
    expect(asked).toEqual([0n, 0n, 0n]);
  });

  it.each<[string, unknown]>([
    ['near', 'yes'],
    ['near.maxBytes', { maxBytes: 10 }],
    ['near.ttl', { ttl: '0s' }],
    ['near.values', { values: 'shared' }],
    ['"near"', { size: 1 }],
  ])('refuses a wrong %s', (option, near) => {
    expect(() => createCache({ client: memcache, near: near as NearOptions })).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message: expect.stringContaining(option) }),
    );
  });
});

function bound(memcache: Memcache): Memcache {
  return new Proxy(memcache, {
    get:
      (target, name) =>
      (...args: unknown[]) =>
        (Reflect.get(target, name) as (...given: unknown[]) => unknown).apply(target, args),
  });
}

describe.each(memcachedBuilds())('near copies and the $name', ({ program, version }) => {
  it('an unchanged value of 100 kB is not sent again from 1.6.40 on, and never out of date', async () => {
    const server = await startMemcached({ binary: program });
    const clients = [0, 1].map(() => createMemcache({ servers: server.address, environment: {}, timeout: '10s' }));
    const [mine, theirs] = clients.map((client) => createCache({ client, near: { ttl: false } })) as [Cache, Cache];
    const written = async (): Promise<number> =>
      Number([...(await clients[0]!.stats()).values()][0]?.['bytes_written']);
    try {
      const value = Array.from({ length: 12_000 }, (_, at) => Math.sin(at)).join();
      await mine.set('k', { version: 1, value });
      await mine.get('k');
      const before = await written();
      const reads = 100;
      for (let read = 0; read < reads; read += 1) await mine.get('k');
      const share = ((await written()) - before) / (reads * value.length);
      if (version === '1.6.18') expect(share).toBeGreaterThan(0.4);
      else expect(share).toBeLessThan(0.05);
      await theirs.set('k', { version: 2, value });
      expect(await mine.get('k')).toMatchObject({ version: 2 });
    } finally {
      await Promise.all(clients.map((client) => client.close()));
      await server.stop();
    }
  });
});
