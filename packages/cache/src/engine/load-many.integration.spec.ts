import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { Gate } from '../spec-support/gate.js';
import type { CacheOptions } from './cache-options.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';

/** What each call of a loader was asked for. */
function idsOf(load: { readonly mock: { readonly calls: readonly (readonly unknown[])[] } }): unknown[] {
  return load.mock.calls.map(([ids]) => ids);
}

// A thousand keys take their time on a busy machine; no assertion depends on how long.
jest.setTimeout(30_000);

const keyOf = (id: number): string => `user:${String(id)}`;

describe('getOrLoadMany', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  const names = () => jest.fn(async (ids: number[]) => new Map(ids.map((id) => [id, `name ${String(id)}`])));

  it('loads only what is missing, each id once, in the order given', async () => {
    const { cache } = setStage(memcache);
    const load = names();
    await cache.getOrLoad(keyOf(2), () => 'cached');
    const values = await cache.getOrLoadMany([3, 2, 1, 3], keyOf, load);
    expect(values).toEqual(['name 3', 'cached', 'name 1', 'name 3']);
    expect(idsOf(load)).toEqual([[3, 1]]);
  });

  it('asks memcache once for 1,000 ids that are all there, and runs nothing', async () => {
    const { cache, client } = setStage(memcache);
    const ids = Array.from({ length: 1000 }, (_, id) => id);
    const load = names();
    await cache.getOrLoadMany(ids, keyOf, load);
    client.commands.length = 0;
    expect(await cache.getOrLoadMany(ids, keyOf, load)).toHaveLength(1000);
    expect(client.commands.map(([command]) => command)).toEqual(['getMany']);
    expect(load).toHaveBeenCalledTimes(1);
  });

  it('gives undefined for what the loader leaves out, stores no trace of it, and stores null', async () => {
    const { cache } = setStage(memcache);
    const load = jest.fn(async () => new Map<number, string | null>([[2, null]]));
    expect(await cache.getOrLoadMany([1, 2], keyOf, load)).toEqual([undefined, null]);
    expect(await cache.getOrLoadMany([1, 2], keyOf, load)).toEqual([undefined, null]);
    expect(idsOf(load)).toEqual([[1, 2], [1]]);
  });

  it('runs nothing for an empty list', async () => {
    const { cache, client } = setStage(memcache);
    const load = names();
    expect(await cache.getOrLoadMany([], keyOf, load)).toEqual([]);
    expect(load).not.toHaveBeenCalled();
    expect(client.commands).toEqual([]);
  });

  it('says for each value how it was come by', async () => {
    const { cache } = setStage(memcache);
    await cache.getOrLoad(keyOf(1), () => 'cached');
    const reads = await cache.readMany([1, 2, 3], keyOf, () => new Map([[2, 'loaded']]));
    expect(reads).toMatchObject([
      { value: 'cached', outcome: 'hit', source: 'memcache', stored: true },
      { value: 'loaded', outcome: 'miss', source: 'loader', stored: true },
      undefined,
    ]);
  });

  it('joins keys that another call is loading, in both directions', async () => {
    const { cache } = setStage(memcache);
    const finish = new Gate();
    const first = jest.fn(async (ids: number[]) => {
      await finish.passed;
      return new Map(ids.map((id) => [id, 'first']));
    });
    const second = jest.fn(async (ids: number[]) => new Map(ids.map((id) => [id, 'second'])));
    const single = jest.fn(async () => 'single');
    const one = cache.getOrLoadMany([1, 2], keyOf, first);
    const two = cache.readMany([2, 3], keyOf, second);
    const three = cache.read(keyOf(1), single);
    finish.open();
    expect(await one).toEqual(['first', 'first']);
    expect(await two).toMatchObject([
      { value: 'first', source: 'flight' },
      { value: 'second', source: 'loader' },
    ]);
    expect(await three).toMatchObject({ value: 'first', source: 'flight' });
    expect(idsOf(second)).toEqual([[3]]);
    expect(single).not.toHaveBeenCalled();
  });

  it('rejects with the error of the loader and caches nothing', async () => {
    const { cache } = setStage(memcache);
    const failing = cache.getOrLoadMany([1], keyOf, () => Promise.reject(new RangeError('down')));
    await expect(failing).rejects.toThrow('down');
    expect(await cache.getOrLoadMany([1], keyOf, names())).toEqual(['name 1']);
  });

  it('serves stale values when the loader fails, if there is one for every missing key', async () => {
    const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
    const down = () => Promise.reject(new RangeError('down'));
    await cache.getOrLoadMany([1, 2], keyOf, names());
    time.advance(10_000);
    expect(await cache.readMany([1, 2], keyOf, down)).toMatchObject([{ outcome: 'stale' }, { outcome: 'stale' }]);
    await expect(cache.readMany([1, 3], keyOf, down)).rejects.toThrow('down');
  });

  it('serves a stale value while another process reloads the key', async () => {
    const { cache, time, otherProcess } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
    await cache.getOrLoad(keyOf(1), () => 'old');
    time.advance(10_000);
    const loading = new Gate();
    const finish = new Gate();
    const reload = otherProcess().getOrLoad(keyOf(1), async () => {
      loading.open();
      await finish.passed;
      return 'new';
    });
    await loading.passed;
    const load = names();
    expect(await cache.readMany([1], keyOf, load)).toMatchObject([{ value: 'old', outcome: 'stale' }]);
    expect(load).not.toHaveBeenCalled();
    finish.open();
    expect(await reload).toBe('new');
  });

  describe('of which another process is loading some', () => {
    /** Another process loads key 1 until `finish`. */
    async function whileKey1Loads(options: CacheOptions, theirs: () => Promise<string>) {
      const stage = setStage(memcache, options);
      const loading = new Gate();
      const other = stage.otherProcess().getOrLoad(keyOf(1), () => {
        loading.open();
        return theirs();
      });
      await loading.passed;
      return { ...stage, other };
    }

    it('waits for those, while its loader runs for the others', async () => {
      const finish = new Gate();
      const { cache, other } = await whileKey1Loads({}, async () => {
        await finish.passed;
        return 'theirs';
      });
      const load = jest.fn(async (ids: number[]) => {
        // Only now: it did not wait for the other process first.
        finish.open();
        return new Map(ids.map((id) => [id, 'mine']));
      });
      const reads = await cache.readMany([1, 2, 3], keyOf, load);
      expect(reads).toMatchObject([
        { value: 'theirs', outcome: 'hit' },
        { value: 'mine', stored: true },
        { value: 'mine', stored: true },
      ]);
      expect(idsOf(load)).toEqual([[2, 3]]);
      await other;
      expect(cache.counters()).toMatchObject({ leaseWaits: 1, loads: 1 });
    });

    it('loads those itself when the other process failed', async () => {
      const fail = new Gate();
      const { cache, other } = await whileKey1Loads({}, async () => {
        await fail.passed;
        throw new RangeError('theirs failed');
      });
      const failing = expect(other).rejects.toThrow('theirs failed');
      const load = jest.fn(async (ids: number[]) => {
        fail.open();
        return new Map(ids.map((id) => [id, 'mine']));
      });
      expect(await cache.readMany([1, 2], keyOf, load)).toMatchObject([
        { value: 'mine', stored: true },
        { value: 'mine', stored: true },
      ]);
      expect(idsOf(load)).toEqual([[2], [1]]);
      await failing;
    });

    it("onLocked 'load' loads all of them and stores the others", async () => {
      const finish = new Gate();
      const { cache, time, other } = await whileKey1Loads({ onLocked: 'load' }, async () => {
        await finish.passed;
        return 'theirs';
      });
      const load = names();
      const reads = await cache.readMany([1, 2], keyOf, load);
      expect(reads).toMatchObject([
        { value: 'name 1', stored: false },
        { value: 'name 2', stored: true },
      ]);
      expect(time.slept).toEqual([]);
      finish.open();
      await other;
    });

    it('loads those without storing when the lease time is over', async () => {
      const finish = new Gate();
      // Long for the server, whose clock is the real one; here it is over as soon as all looks are taken.
      const { cache, other } = await whileKey1Loads({ lease: '1m' }, async () => {
        await finish.passed;
        return 'theirs';
      });
      expect(await cache.readMany([1], keyOf, names())).toMatchObject([{ value: 'name 1', stored: false }]);
      finish.open();
      await other;
    });
  });

  it('does not store what was invalidated while it was loaded', async () => {
    const { cache, otherProcess } = setStage(memcache);
    const reads = await cache.readMany([1, 2], keyOf, async (ids) => {
      await otherProcess().invalidate(keyOf(1));
      return new Map(ids.map((id) => [id, 'old']));
    });
    expect(reads).toMatchObject([{ stored: false }, { stored: true }]);
    expect(await cache.get(keyOf(1))).toBeUndefined();
  });

  it('tags each value by itself', async () => {
    const { cache } = setStage(memcache);
    await cache.getOrLoadMany([1, 2], keyOf, names(), { tags: (name) => [name] });
    await cache.invalidateTags('name 1');
    expect([await cache.get(keyOf(1)), await cache.get(keyOf(2))]).toEqual([undefined, 'name 2']);
  });
});
