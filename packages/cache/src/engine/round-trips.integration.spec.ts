/** How many round trips a call waits for, one after the other. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { embeddedMemcache, setStage, type Stage } from '../spec-support/stage.js';

const failing = (): Promise<never> => Promise.reject(new RangeError('down'));
const byId = (ids: number[]): Map<number, number> => new Map(ids.map((id) => [id, id]));

type Work = (stage: Stage) => Promise<unknown>;
const nothing: Work = () => Promise.resolve();
const warm: Work = ({ cache }) => cache.getOrLoad('other', () => 1, { tags: ['t'] });

describe('round trips', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  it.each<[string, number, Work, Work]>([
    ['a hit', 1, warm, ({ cache }) => cache.read('other', () => 2, { tags: ['t'] })],
    ['a miss', 6, warm, ({ cache }) => cache.read('k', () => 1, { tags: ['t'] })],
    ['a miss in a namespace that was never used', 6, nothing, ({ cache }) => cache.read('k', () => 1, { tags: ['t'] })],
    ['a miss that is not stored', 3, warm, ({ cache }) => cache.read('k', () => undefined)],
    ['a miss whose loader fails', 3, warm, ({ cache }) => cache.read('k', failing).catch(() => undefined)],
    ['a multi-read that misses', 6, nothing, ({ cache }) => cache.readMany([1, 2, 3], String, byId)],
    ['set', 2, warm, ({ cache }) => cache.set('k', 1, { tags: ['t'] })],
    ['invalidate', 2, warm, ({ cache }) => cache.invalidate('k', 'other')],
    ['clear', 1, warm, ({ cache }) => cache.clear()],
  ])('%s waits for %i', async (_what, roundTrips, prepare, work) => {
    const stage = setStage(memcache);
    await prepare(stage);
    await stage.client.idle();
    stage.client.roundTrips = 0;
    await work(stage);
    // A lease is given back when the caller has its value already.
    const givenBack = stage.client.commands.at(-1)?.[1][0]?.includes('@lease:') ? 1 : 0;
    expect(stage.client.roundTrips - givenBack).toBe(roundTrips);
  });

  it('a caller who finds the lease taken sees at once what its holder stored', async () => {
    const { cache, client, otherProcess, time } = setStage(memcache);
    let holder: Promise<unknown> | undefined;
    client.before = async () => {
      if (client.roundTrips === 1) return;
      holder ??= otherProcess()
        .set('k', 'theirs')
        .then(() => memcache.set(`${cache.namespace}:@lease:k`, 'not yet given back'));
      await holder;
    };
    expect(await cache.read('k', () => 'mine')).toMatchObject({ value: 'theirs', outcome: 'hit' });
    expect(client.roundTrips).toBe(3);
    expect(time.slept).toEqual([]);
  });
});
