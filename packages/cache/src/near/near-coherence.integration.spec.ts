/** Random interleavings: who begins to read after a change has ended never gets what was there before. */
import { setImmediate as nextTurn } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { SeededRandom } from '@memkit/testing';
import type { Cache } from '../engine/cache-surface.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';

jest.setTimeout(30_000);

const CHANGES = 40;

describe('copies near by, whatever overtakes whatever', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  it.each([1, 2, 3, 4, 5, 6, 7, 8])('are never older than the last change (seed %i)', async (seed) => {
    const random = new SeededRandom(seed);
    const turns = async (): Promise<void> => {
      for (let turn = random.below(4); turn > 0; turn -= 1) await nextTurn();
    };
    const { cache, client, otherProcess } = setStage(memcache, { near: { ttl: '1h' } });
    client.before = turns;
    let version = 0;
    const load = async (): Promise<number> => {
      const found = version;
      await turns();
      return found;
    };
    const read = (from: Cache): Promise<number> => from.getOrLoad('k', load, { tags: ['t'] });
    const changes: (() => Promise<unknown>)[] = [
      () => cache.set('k', version, { tags: ['t'] }),
      () => cache.invalidate('k'),
      () => cache.invalidateTags('t'),
      () => cache.clear(),
    ];

    let isOver = false;
    let answered = 0;
    const keepReading = async (from: Cache): Promise<void> => {
      while (!isOver) {
        const least = settled;
        expect(await read(from)).toBeGreaterThanOrEqual(least);
        answered += 1;
        await nextTurn();
      }
    };
    let settled = 0;
    // Others are true at once when they ask every time.
    const readers = [cache, cache, cache, otherProcess({ near: { ttl: false } })].map(keepReading);
    for (let change = 0; change < CHANGES; change += 1) {
      version += 1;
      await changes[random.below(changes.length)]!();
      settled = version;
      await turns();
    }
    isOver = true;
    await Promise.all(readers);
    // Or nothing was shown: several were answered while changes were under way.
    expect(answered).toBeGreaterThan(CHANGES / 2);
  });
});
