/** How long entries live, what "there is none" does, and what a loader knows about the value it replaces. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { heardOn } from '../spec-support/heard.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import type { CacheRefusedMessage } from '../telemetry/channels.js';
import type { CacheOptions, Loader, LoaderContext, LoadOptions } from './cache-options.js';
import { createCache } from './create-cache.js';

describe('an entry', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  describe('with jitter', () => {
    it.each<[string, CacheOptions, number]>([
      ['a span', { jitter: '2s' }, 1000],
      ['a share of the ttl', { jitter: 0.5 }, 2500],
      ['a span longer than the ttl', { jitter: '1h' }, 5000],
      ['none', { jitter: false }, 0],
    ])('%s: chance takes off at most that much', async (_what, options, taken) => {
      const { cache, time } = setStage(memcache, { ttl: '10s', ...options });
      time.chance = 0.5;
      expect((await cache.read('k', () => 1)).freshUntil).toBe(time.now() + 10_000 - taken);
      await cache.set('set', 1);
      expect((await cache.read('set', () => 2)).freshUntil).toBe(time.now() + 10_000 - taken);
      time.chance = 0;
      expect((await cache.read('other', () => 1)).freshUntil).toBe(time.now() + 10_000);
    });

    it("leaves 'forever' alone", async () => {
      const { cache } = setStage(memcache, { ttl: 'forever', jitter: 0.5 });
      expect((await cache.read('k', () => 1)).freshUntil).toBe(Number.POSITIVE_INFINITY);
    });
  });

  describe('with negativeTtl', () => {
    it('remembers for that long that there is no value', async () => {
      const { cache, time } = setStage(memcache, { ttl: '1h', negativeTtl: '5s' });
      const loader = jest.fn(async (): Promise<string | undefined> => undefined);
      expect(await cache.read('k', loader)).toMatchObject({ value: undefined, outcome: 'miss', stored: true });
      time.advance(4999);
      expect(await cache.read('k', loader)).toMatchObject({ value: undefined, outcome: 'hit' });
      expect(await cache.get('k')).toBeUndefined();
      time.advance(1);
      loader.mockResolvedValueOnce('found');
      expect(await cache.read('k', loader)).toMatchObject({ value: 'found', outcome: 'miss' });
      time.advance(5000);
      expect(await cache.read('k', loader)).toMatchObject({ value: 'found', outcome: 'hit' });
      expect(loader).toHaveBeenCalledTimes(2);
    });

    it('of a loader wins, and doNotStore too', async () => {
      const { cache, time } = setStage(memcache, { negativeTtl: '5s' });
      const read = await cache.read('k', ({ setTtl }) => {
        setTtl('1s');
      });
      expect(read.freshUntil).toBe(time.now() + 1000);
      expect(await cache.read('other', ({ doNotStore }) => doNotStore())).toMatchObject({ stored: false });
    });

    it('is remembered for ids of a multi-read, and replaces a stale value', async () => {
      const { cache, time } = setStage(memcache, { ttl: '1s', staleFor: '1m', negativeTtl: '5s' });
      const load = jest.fn(async () => new Map<number, string>());
      await cache.set('1', 'old');
      time.advance(1000);
      expect(await cache.getOrLoadMany([1, 2], String, load)).toEqual([undefined, undefined]);
      expect(await cache.getOrLoadMany([1, 2], String, load)).toEqual([undefined, undefined]);
      expect(load).toHaveBeenCalledTimes(1);
      expect(await cache.read('1', () => Promise.reject(new RangeError('not called')))).toMatchObject({
        value: undefined,
        outcome: 'hit',
      });
    });

    it('ends with an invalidation by key and by tag, and storeIf is not asked', async () => {
      const { cache } = setStage(memcache, { negativeTtl: '5s' });
      const storeIf = jest.fn(() => false);
      const options: LoadOptions = { tags: ['t'], storeIf };
      expect(await cache.read<unknown>('k', () => undefined, options)).toMatchObject({ stored: true });
      expect(storeIf).not.toHaveBeenCalled();
      await cache.invalidateTags('t');
      expect(await cache.read<unknown>('k', () => undefined, options)).toMatchObject({ outcome: 'miss' });
      await cache.invalidate('k');
      expect(await cache.read<unknown>('k', () => undefined, options)).toMatchObject({ outcome: 'miss' });
    });
  });

  describe('that is replaced', () => {
    it('is known to the loader with its version, and notModified keeps both for another ttl', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      const source = { etag: '"1"', value: 'first', asked: [] as unknown[] };
      const loader: Loader<string> = ({ previous, notModified, setValidators, addTags }) => {
        source.asked.push(previous?.etag);
        if (previous?.etag === source.etag) return notModified();
        setValidators({ etag: source.etag, lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT' });
        addTags(`version:${source.etag}`);
        return source.value;
      };
      await cache.read('k', loader);
      time.advance(10_000);
      const renewed = await cache.read('k', loader);
      expect(renewed).toMatchObject({ value: 'first', outcome: 'miss', stored: true });
      expect(renewed.freshUntil).toBe(time.now() + 10_000);
      time.advance(10_000);
      let previous: LoaderContext['previous'];
      Object.assign(source, { etag: '"2"', value: 'second' });
      await cache.read('k', (context) => {
        ({ previous } = context);
        return loader(context);
      });
      expect(source.asked).toEqual([undefined, '"1"', '"1"']);
      expect(previous).toEqual({
        value: 'first',
        storedAt: time.now() - 10_000,
        etag: '"1"',
        lastModified: 'Thu, 01 Jan 2026 00:00:00 GMT',
      });
      expect(await cache.get('k')).toBe('second');
    });

    it('keeps its tags with notModified', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      await cache.read('k', ({ addTags }) => (addTags('late'), 'value'));
      time.advance(10_000);
      await cache.read<string>('k', ({ notModified }) => notModified());
      expect(await cache.get('k')).toBe('value');
      await cache.invalidateTags('late');
      expect(await cache.get('k')).toBeUndefined();
    });

    it('is not known once it was invalidated: then notModified rejects', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      await cache.set('k', 'old', { tags: ['t'] });
      time.advance(10_000);
      await cache.invalidateTags('t');
      const read = cache.read<string>('k', ({ notModified }) => notModified());
      await expect(read).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION', key: 'k' });
    });
  });

  it('that is loaded while it is invalidated is counted and published as refused', async () => {
    const { cache, otherProcess } = setStage(memcache);
    const refused = await heardOn<CacheRefusedMessage>('memkit:cache:refused', () =>
      cache.read('k', async () => {
        await otherProcess().invalidate('k');
        return 'old';
      }),
    );
    expect(refused).toMatchObject([{ namespace: cache.namespace, key: 'k' }]);
    expect(cache.counters()).toMatchObject({ stores: 0, storesRefused: 1 });
  });

  it('is counted however it was come by, together with the caches of with()', async () => {
    const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
    await Promise.all([cache.read('k', () => 1), cache.read('k', () => 1)]);
    await cache.with({ ttl: '1m' }).read('k', () => 1);
    time.advance(10_000);
    await cache.read('k', () => Promise.reject(new RangeError('down')));
    await cache.readMany([1, 2], String, (ids) => new Map(ids.map((id) => [id, id])));
    expect(cache.counters()).toEqual({
      hits: 1,
      misses: 4,
      stale: 1,
      bypasses: 0,
      loads: 3,
      loadFailures: 1,
      refreshes: 0,
      loadTimeouts: 0,
      leaseWaits: 0,
      stores: 3,
      storesRefused: 0,
    });
    const disabled = createCache({ disabled: true });
    await disabled.read('k', () => 1);
    expect(disabled.counters()).toMatchObject({ bypasses: 1, loads: 1 });
  });

  it.each([
    ['refresh', { refresh: 'soon' as never }, /'wait'.*'background'/],
    ['refreshAhead', { refreshAhead: 1 }, /between 0 and 1/],
    ['refreshAhead', { refreshAhead: '80%' as never }, /between 0 and 1/],
    ['earlyExpiry', { earlyExpiry: 101 }, /above 0 and at most 100/],
    ['earlyExpiry', { earlyExpiry: Number.NaN }, /above 0/],
    ['jitter', { jitter: 5 }, /'30s'.*share/],
    ['softTimeout', { softTimeout: 5 as never }, /'5s'/],
    ['hardTimeout', { hardTimeout: '0s' as const }, /positive/],
    ['onLocked', { onLocked: 'run' as never }, /'stale'.*'wait'.*'load'/],
    ['staleFor', { staleFor: true as never }, /not a duration/],
  ])('is not made with a wrong %s', async (option, options, message) => {
    expect(() => createCache(options)).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION' }));
    expect(() => createCache(options)).toThrow(new RegExp(`"${option}".*${message.source}`, 's'));
    const { cache } = setStage(memcache);
    await expect(cache.read('k', () => 1, options)).rejects.toMatchObject({ message: expect.stringMatching(message) });
  });

  it('is not read with a wrong signal or negativeTtl', async () => {
    const { cache } = setStage(memcache);
    const signal = new AbortController() as never;
    await expect(cache.read('k', () => 1, { signal })).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
    const negativeTtl = 5 as never;
    await expect(cache.read('k', () => 1, { negativeTtl })).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_TTL' });
  });

  it('takes defaults that a read turns off', async () => {
    const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m', negativeTtl: '5s' });
    expect(await cache.read('none', () => undefined, { negativeTtl: false })).toMatchObject({ stored: false });
    await cache.set('k', 'old');
    time.advance(10_000);
    const failing = cache.read('k', () => Promise.reject(new RangeError('down')), { staleFor: false });
    await expect(failing).rejects.toThrow('down');
  });
});
