/** Refreshes that nobody waits for, and who starts them. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { Gate } from '../spec-support/gate.js';
import { heardOn } from '../spec-support/heard.js';
import { embeddedMemcache, setStage, type Stage } from '../spec-support/stage.js';
import type { CacheLoadFailedMessage, CacheRefreshMessage } from '../telemetry/channels.js';
import type { CacheOptions } from './cache-options.js';

describe('a refresh in the background', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  /** A stage with an entry of age `ageMs`. */
  async function withEntry(options: CacheOptions, ageMs: number): Promise<Stage> {
    const stage = setStage(memcache, { ttl: '10s', ...options });
    await stage.cache.getOrLoad('k', () => 'old');
    stage.time.advance(ageMs);
    return stage;
  }

  /** A loader that a spec lets go on. */
  function slowLoader() {
    const [called, answered] = [new Gate(), new Gate()];
    const loader = jest.fn(async () => {
      called.open();
      await answered.passed;
      return 'new';
    });
    return { loader, called: called.passed, answer: () => answered.open() };
  }

  async function refreshed({ cache, client }: Stage): Promise<void> {
    await client.idle();
    while ((await cache.get('k')) !== 'new') await client.idle();
  }

  it("refresh 'background': the stale value is served at once, and one load replaces it for all processes", async () => {
    const stage = await withEntry({ staleFor: '1m', refresh: 'background' }, 10_000);
    const { loader, called, answer } = slowLoader();
    const others = [stage.otherProcess(), stage.otherProcess()];
    const reads = await Promise.all(
      [stage.cache, ...others].flatMap((cache) => [1, 2].map(() => cache.read('k', loader))),
    );
    for (const read of reads) expect(read).toMatchObject({ value: 'old', outcome: 'stale' });
    await called;
    expect(await stage.otherProcess().read('k', loader)).toMatchObject({ value: 'old', outcome: 'stale' });
    answer();
    await refreshed(stage);
    expect(loader).toHaveBeenCalledTimes(1);
    expect(await stage.cache.read('k', loader)).toMatchObject({ value: 'new', outcome: 'hit' });
  });

  it("refresh 'wait': the caller who reloads waits for its loader", async () => {
    const { cache } = await withEntry({ staleFor: '1m', refresh: 'wait' }, 10_000);
    expect(await cache.read('k', () => 'new')).toMatchObject({ value: 'new', outcome: 'miss' });
  });

  it("refresh 'background': past staleFor the caller waits", async () => {
    const { cache } = await withEntry({ staleFor: '1m', refresh: 'background' }, 70_000);
    expect(await cache.read('k', () => 'new')).toMatchObject({ value: 'new', outcome: 'miss' });
  });

  it("refresh 'background' of many keys: one call of the loader for those that are stale", async () => {
    const stage = setStage(memcache, { ttl: '10s', staleFor: '1m', refresh: 'background' });
    const load = jest.fn(async (ids: number[]) => new Map(ids.map((id) => [id, String(stage.time.now())])));
    await stage.cache.readMany([1, 2], String, load);
    stage.time.advance(10_000);
    await stage.cache.set('2', 'set');
    const messages = await heardOn<CacheRefreshMessage>('memkit:cache:refresh', async () => {
      expect(await stage.cache.readMany([1, 2], String, load)).toMatchObject([
        { outcome: 'stale' },
        { outcome: 'hit' },
      ]);
      while (stage.cache.counters().stores < 3) await stage.client.idle();
      await nextTurn();
    });
    expect(load.mock.calls.map(([ids]) => ids)).toEqual([[1, 2], [1]]);
    expect(messages).toMatchObject([{ namespace: stage.cache.namespace, key: '1', stored: true }]);
    expect(await stage.cache.readMany([1], String, load)).toMatchObject([{ outcome: 'hit' }]);
  });

  it('refreshAhead: the first read after that share of the ttl is a hit and starts it, once for all processes', async () => {
    const stage = await withEntry({ refreshAhead: 0.8 }, 7999);
    const { loader, called, answer } = slowLoader();
    expect((await stage.cache.read('k', loader)).outcome).toBe('hit');
    await stage.client.idle();
    expect(loader).not.toHaveBeenCalled();
    stage.time.advance(1);
    const reads = await Promise.all(
      [stage.cache, stage.cache, stage.otherProcess()].map((cache) => cache.read('k', loader)),
    );
    for (const read of reads) expect(read).toMatchObject({ value: 'old', outcome: 'hit' });
    await called;
    answer();
    await refreshed(stage);
    expect(loader).toHaveBeenCalledTimes(1);
  });

  it('refreshAhead: false for one read turns it off', async () => {
    const stage = await withEntry({ refreshAhead: 0.5 }, 9000);
    const loader = jest.fn(() => 'new');
    await stage.cache.read('k', loader, { refreshAhead: false });
    await stage.client.idle();
    expect(loader).not.toHaveBeenCalled();
  });

  it('earlyExpiry: chance, the time of the last load and the time that is left decide', async () => {
    const stage = setStage(memcache, { ttl: '10s', earlyExpiry: 1 });
    const started = performance.now();
    // It takes some milliseconds, which the entry remembers.
    await stage.cache.getOrLoad('k', async () => {
      await new Promise((resolve) => setTimeout(resolve, 5));
      return 'old';
    });
    const mostMs = Math.ceil(performance.now() - started);
    const loader = jest.fn(() => 'new');
    // -ln(1 - 0.99) is 4.6: not due while more than 4.6 times the load is left, due when less than 4.6 * 4 ms are.
    stage.time.chance = 0.99;
    stage.time.advance(10_000 - 5 * mostMs);
    await stage.cache.read('k', loader);
    await stage.client.idle();
    expect(loader).not.toHaveBeenCalled();
    stage.time.advance(5 * mostMs - 18);
    // An unlucky throw: -ln(1 - 0.01) is 0.01.
    stage.time.chance = 0.01;
    await stage.cache.read('k', loader);
    await stage.client.idle();
    expect(loader).not.toHaveBeenCalled();
    stage.time.chance = 0.99;
    expect(await stage.cache.read('k', loader)).toMatchObject({ value: 'old', outcome: 'hit' });
    await refreshed(stage);
    expect(loader).toHaveBeenCalledTimes(1);
  });

  /** With a refresh that failed. */
  async function withFailure(): Promise<Stage> {
    const stage = await withEntry({ refreshAhead: 0.5 }, 5000);
    await stage.cache.read('k', () => Promise.reject(new RangeError('down')));
    while (stage.cache.counters().loadFailures === 0) await stage.client.idle();
    await stage.client.idle();
    return stage;
  }

  it('that fails is published, and tried again by a read a second later', async () => {
    let stage: Stage | undefined;
    const failures = await heardOn<CacheLoadFailedMessage>('memkit:cache:load-failed', async () => {
      stage = await withFailure();
    });
    expect(failures).toMatchObject([{ key: 'k', error: { message: 'down' } }]);
    const loader = jest.fn(() => 'new');
    stage?.time.advance(999);
    expect(await stage?.cache.read('k', loader)).toMatchObject({ value: 'old', outcome: 'hit' });
    await stage?.client.idle();
    expect(loader).not.toHaveBeenCalled();
    stage?.time.advance(1);
    await nextTurn();
    await stage?.cache.read('k', loader);
    if (stage) await refreshed(stage);
    expect(loader).toHaveBeenCalledTimes(1);
  });

  it('that failed holds up nobody who has to wait for a value, and no invalidation', async () => {
    const stage = await withFailure();
    expect(await stage.otherProcess().read('k', () => 'other')).toMatchObject({ value: 'old', outcome: 'hit' });
    await stage.cache.invalidate('k');
    expect(await stage.cache.read('k', () => 'new')).toMatchObject({ value: 'new', outcome: 'miss' });
  });

  it('is not stored when the key was invalidated meanwhile', async () => {
    const stage = await withEntry({ staleFor: '1m', refresh: 'background' }, 10_000);
    const { loader, called, answer } = slowLoader();
    await stage.cache.read('k', loader);
    await called;
    await stage.otherProcess().invalidate('k');
    answer();
    while (stage.cache.counters().storesRefused === 0) await stage.client.idle();
    expect(await stage.cache.get('k')).toBeUndefined();
  });

  it('without memcache is not tried, and that is published', async () => {
    const stage = await withEntry({ refreshAhead: 0.5 }, 5000);
    const loader = jest.fn(() => 'new');
    stage.client.before = (command) => {
      if (command === 'add') throw new RangeError('the client is down');
    };
    const troubles = await heardOn('memkit:cache:trouble', async () => {
      expect((await stage.cache.read('k', loader)).outcome).toBe('hit');
      while (stage.client.count('add') < 3) await stage.client.idle();
      await stage.client.idle();
    });
    expect(troubles).toMatchObject([{ operation: 'refresh', key: 'k' }]);
    expect(loader).not.toHaveBeenCalled();
  });
});
