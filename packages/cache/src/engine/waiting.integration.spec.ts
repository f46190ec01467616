/** How long callers wait for a load, for whose, and what they take instead. */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { Gate } from '../spec-support/gate.js';
import { heardOn } from '../spec-support/heard.js';
import { embeddedMemcache, setStage, type Stage } from '../spec-support/stage.js';
import type { CacheLoadFailedMessage } from '../telemetry/channels.js';
import type { CacheOptions } from './cache-options.js';

/** A loader that a spec lets go on. */
function slowLoader<Value>(value: Value) {
  const [called, answered] = [new Gate(), new Gate()];
  const signals: AbortSignal[] = [];
  const loader = jest.fn(async ({ signal }: { signal: AbortSignal }) => {
    signals.push(signal);
    called.open();
    await answered.passed;
    return value;
  });
  return { loader, signals, called: called.passed, answer: () => answered.open() };
}

describe('a caller', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  async function withStaleEntry(options: CacheOptions): Promise<Stage> {
    const stage = setStage(memcache, { ttl: '10s', staleFor: '1m', ...options });
    await stage.cache.getOrLoad('k', () => 'old');
    stage.time.advance(10_000);
    return stage;
  }

  async function stored({ cache, client }: Stage, value: string): Promise<void> {
    while ((await cache.get('k')) !== value) await client.idle();
  }

  describe('with softTimeout', () => {
    it('takes a stale value then, and the load goes on and is stored', async () => {
      const stage = await withStaleEntry({ softTimeout: '100ms' });
      const { loader, called, answer } = slowLoader('new');
      let isSettled = false;
      const read = stage.cache.read('k', loader).finally(() => (isSettled = true));
      await called;
      stage.time.advance(99);
      await stage.client.idle();
      expect(isSettled).toBe(false);
      stage.time.advance(1);
      expect(await read).toMatchObject({ value: 'old', outcome: 'stale' });
      answer();
      await stored(stage, 'new');
      expect(loader).toHaveBeenCalledTimes(1);
    });

    it('waits for the loader when there is no stale value', async () => {
      const stage = setStage(memcache, { softTimeout: '100ms' });
      const { loader, called, answer } = slowLoader('new');
      const read = stage.cache.read('k', loader);
      await called;
      stage.time.advance(100);
      answer();
      expect(await read).toMatchObject({ value: 'new', outcome: 'miss' });
    });

    it('gets the value of a loader that is quicker, and the failure of one that fails earlier', async () => {
      const stage = await withStaleEntry({ softTimeout: '100ms' });
      expect(await stage.cache.read('k', () => 'new')).toMatchObject({ value: 'new', outcome: 'miss' });
      await expect(stage.cache.read('other', () => Promise.reject(new RangeError('no')))).rejects.toThrow('no');
    });
  });

  describe('with hardTimeout', () => {
    it('is rejected then, and the load goes on and is stored', async () => {
      const stage = setStage(memcache, { hardTimeout: '2s' });
      const { loader, called, answer } = slowLoader('new');
      const read = stage.cache.read('k', loader);
      await called;
      stage.time.advance(2000);
      await expect(read).rejects.toMatchObject({
        code: 'MEMCACHE_LOAD_TIMEOUT',
        key: 'k',
        message: expect.stringMatching(/2000 ms.*hardTimeout/s),
      });
      answer();
      await stored(stage, 'new');
      expect(stage.cache.counters()).toMatchObject({ loads: 1, loadTimeouts: 1, stores: 1 });
    });

    it('takes a stale value instead, if there is one', async () => {
      const stage = await withStaleEntry({ hardTimeout: '2s' });
      const { loader, called, answer } = slowLoader('new');
      const read = stage.cache.read('k', loader);
      await called;
      stage.time.advance(2000);
      expect(await read).toMatchObject({ value: 'old', outcome: 'stale' });
      answer();
      await stored(stage, 'new');
    });

    it('waits no longer for the load of another process', async () => {
      const stage = setStage(memcache, {});
      const { loader, called, answer } = slowLoader('theirs');
      const theirs = stage.otherProcess().read('k', loader);
      await called;
      // Each look at the lease lets the time of a sleep pass, which rings the timer here.
      const mine = stage.cache.read('k', () => 'mine', { hardTimeout: '1ms' });
      stage.client.before = () => stage.time.advance(1);
      await expect(mine).rejects.toMatchObject({ code: 'MEMCACHE_LOAD_TIMEOUT' });
      answer();
      await theirs;
    });

    it('of many keys is rejected as a whole', async () => {
      const stage = setStage(memcache, { hardTimeout: '2s' });
      const { loader, called, answer } = slowLoader(new Map([[1, 'one']]));
      const reads = stage.cache.readMany([1, 2], String, (_ids, context) => loader(context));
      await called;
      stage.time.advance(2000);
      await expect(reads).rejects.toMatchObject({ code: 'MEMCACHE_LOAD_TIMEOUT' });
      answer();
      while ((await stage.cache.get('1')) !== 'one') await stage.client.idle();
    });

    it('of a disabled cache is rejected, too, and a failure that reaches nobody is published', async () => {
      const stage = setStage(memcache, { hardTimeout: '2s', disabled: true });
      const failures = await heardOn<CacheLoadFailedMessage>('memkit:cache:load-failed', async () => {
        const finish = new Gate();
        const read = stage.cache.read('k', async () => {
          await finish.passed;
          throw new RangeError('late');
        });
        stage.time.advance(2000);
        await expect(read).rejects.toMatchObject({ code: 'MEMCACHE_LOAD_TIMEOUT' });
        finish.open();
        while (stage.cache.counters().loadFailures === 0) await stage.client.idle();
        await new Promise((resolve) => setImmediate(resolve));
      });
      expect(failures).toMatchObject([{ key: 'k', error: { message: 'late' } }]);
    });
  });

  describe('with a signal', () => {
    it('rejects with its reason before anything is asked, if it is aborted', async () => {
      const { cache, client } = setStage(memcache);
      const loader = jest.fn(() => 1);
      const signal = AbortSignal.abort(new RangeError('gone'));
      await expect(cache.read('k', loader, { signal })).rejects.toThrow('gone');
      await expect(cache.readMany([1], String, () => new Map([[1, 1]]), { signal })).rejects.toThrow('gone');
      expect(client.commands).toEqual([]);
      expect(loader).not.toHaveBeenCalled();
    });

    it('leaves the load to others who wait for it', async () => {
      const { cache } = setStage(memcache);
      const { loader, signals, called, answer } = slowLoader('value');
      const controller = new AbortController();
      const leaving = cache.read('k', loader, { signal: controller.signal });
      const staying = cache.read('k', loader);
      await called;
      controller.abort(new RangeError('gone'));
      await expect(leaving).rejects.toThrow('gone');
      expect(signals[0]?.aborted).toBe(false);
      answer();
      expect(await staying).toMatchObject({ value: 'value', stored: true });
    });

    it('that is the last to go aborts the loader, and whoever comes next need not wait for it', async () => {
      const { cache, time, client } = setStage(memcache);
      const { loader, signals, called, answer } = slowLoader('late');
      const controllers = [new AbortController(), new AbortController()];
      const leaving = controllers.map(({ signal }) => cache.read('k', loader, { signal }));
      await called;
      for (const controller of controllers) controller.abort(new RangeError('gone'));
      for (const settled of await Promise.allSettled(leaving)) expect(settled).toMatchObject({ status: 'rejected' });
      expect(signals[0]?.aborted).toBe(true);
      expect(signals[0]?.reason).toMatchObject({ message: 'gone' });
      expect(await cache.read('k', () => 'next')).toMatchObject({ value: 'next', outcome: 'miss', stored: true });
      expect(time.slept).toEqual([]);
      // What the aborted loader returns all the same is not stored.
      answer();
      while (cache.counters().storesRefused === 0) await client.idle();
      expect(await cache.get('k')).toBe('next');
    });

    it('of many keys goes alone, and aborts the loader when nobody wants any of the keys', async () => {
      const { cache } = setStage(memcache);
      const { loader, signals, called, answer } = slowLoader(new Map([[1, 'one']]));
      const controller = new AbortController();
      const { signal } = controller;
      const leaving = cache.readMany([1, 2], String, (_ids, context) => loader(context), { signal });
      await called;
      const staying = cache.read('1', () => 'not called');
      controller.abort(new RangeError('gone'));
      await expect(leaving).rejects.toThrow('gone');
      expect(signals[0]?.aborted).toBe(false);
      answer();
      expect(await staying).toMatchObject({ value: 'one', source: 'flight' });

      const second = slowLoader(new Map<number, string>());
      const another = new AbortController();
      const ids = Array.from({ length: 50 }, (_, id) => 100 + id);
      const all = cache.readMany(ids, String, (_ids, context) => second.loader(context), { signal: another.signal });
      await second.called;
      another.abort(new RangeError('gone'));
      await expect(all).rejects.toThrow('gone');
      expect(second.signals[0]?.aborted).toBe(true);
      second.answer();
    });

    it('ends its wait for another process, and lets go of the signal afterwards', async () => {
      const { cache, otherProcess } = setStage(memcache);
      const { loader, called, answer } = slowLoader('theirs');
      const theirs = otherProcess().read('k', loader);
      await called;
      const controller = new AbortController();
      const mine = cache.read('k', () => 'mine', { signal: controller.signal });
      controller.abort(new RangeError('gone'));
      await expect(mine).rejects.toThrow('gone');
      answer();
      expect(await theirs).toMatchObject({ value: 'theirs', stored: true });
    });
  });

  describe('who finds that another process is loading', () => {
    async function whileOthersLoad(options: CacheOptions) {
      const stage = await withStaleEntry(options);
      const { loader, called, answer } = slowLoader('theirs');
      const theirs = stage.otherProcess({ staleFor: '1m' }).read('k', loader);
      await called;
      return { ...stage, theirs, answer };
    }

    it("onLocked 'stale' takes the stale value", async () => {
      const { cache, theirs, answer } = await whileOthersLoad({ onLocked: 'stale' });
      expect(await cache.read('k', () => 'mine')).toMatchObject({ value: 'old', outcome: 'stale' });
      answer();
      await theirs;
    });

    it("onLocked 'wait' waits for the new one, and counts it", async () => {
      const { cache, time, theirs, answer } = await whileOthersLoad({ onLocked: 'wait' });
      const mine = cache.read('k', () => 'mine');
      while (time.slept.length < 3) await new Promise((resolve) => setImmediate(resolve));
      answer();
      expect(await mine).toMatchObject({ value: 'theirs', outcome: 'hit' });
      await theirs;
      expect(cache.counters().leaseWaits).toBe(1);
    });

    it("onLocked 'load' runs its own loader, without storing", async () => {
      const { cache, time, theirs, answer } = await whileOthersLoad({ onLocked: 'load' });
      expect(await cache.read('k', () => 'mine')).toMatchObject({ value: 'mine', outcome: 'miss', stored: false });
      expect(time.slept).toEqual([]);
      answer();
      expect(await theirs).toMatchObject({ value: 'theirs', stored: true });
    });

    it("onLocked 'wait' in the same process: waits for the flight that others pass by", async () => {
      const stage = await withStaleEntry({});
      const { loader, called, answer } = slowLoader('new');
      const reload = stage.cache.read('k', loader);
      await called;
      const patient = stage.cache.read('k', loader, { onLocked: 'wait' });
      expect(await stage.cache.read('k', loader)).toMatchObject({ value: 'old', outcome: 'stale', source: 'memcache' });
      answer();
      expect(await patient).toMatchObject({ value: 'new', outcome: 'miss', source: 'flight' });
      await reload;
    });
  });
});
