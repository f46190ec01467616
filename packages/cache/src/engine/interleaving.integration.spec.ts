/**
 * A load and a change of its source with the invalidation, in every order in which their commands can reach the servers.
 * Commands sent together may be done in any order too, as over connections of their own to servers of their own.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { SeededRandom } from '@memkit/testing';
import { DrivenSurroundings } from '../spec-support/driven-surroundings.js';
import { Gate } from '../spec-support/gate.js';
import { ObservedClient } from '../spec-support/observed-client.js';
import { nextChoices, Schedule } from '../spec-support/schedule.js';
import { embeddedMemcache } from '../spec-support/stage.js';
import type { Cache } from './cache-surface.js';
import { createCacheIn } from './create-cache.js';

// Some hundred plays; no assertion depends on how long.
jest.setTimeout(60_000);

type Prepare = (cache: Cache, time: DrivenSurroundings) => Promise<void>;
type Change = (cache: Cache) => Promise<void>;

const absent: Prepare = (cache) => cache.clear();
const stale: Prepare = async (cache, time) => {
  await cache.set('k', 'older', { ttl: '1s', tags: ['t', 'late'] });
  time.advance(1001);
};

const changes: readonly (readonly [string, Change])[] = [
  ['invalidate', (cache) => cache.invalidate('k')],
  ['set', (cache) => cache.set('k', 'new')],
  ['invalidateTags', (cache) => cache.invalidateTags('t')],
  ['invalidateTags of a tag that is known after the load', (cache) => cache.invalidateTags('late')],
  ['clear', (cache) => cache.clear()],
];

const plays = [absent, stale].flatMap((prepare) =>
  // Tokens go by the same way whatever was there before.
  (prepare === absent ? changes : changes.slice(0, 2)).flatMap(([name, change]) =>
    // Whoever loads next meets what was stored, and not what was tagged.
    (name === 'invalidate' && prepare === absent ? [false, true] : [false]).map((hasSuccessor) => {
      const start = prepare === absent ? 'an absent entry' : 'a stale entry';
      return [start, name, hasSuccessor ? ', then another load' : '', prepare, change, hasSuccessor] as const;
    }),
  ),
);

describe('whatever the order of commands', () => {
  let memcache: Memcache;
  let played = 0;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  /** @returns how many commands could have passed at each step */
  async function play(prepare: Prepare, change: Change, hasSuccessor: boolean, choices: number[]): Promise<number[]> {
    played += 1;
    const time = new DrivenSurroundings();
    const cacheOn = (client: ObservedClient | Memcache): Cache =>
      createCacheIn(time, { client, namespace: `play-${String(played)}`, staleFor: '1m' });
    const [onlooker, loadingClient, changingClient] = [
      cacheOn(memcache),
      new ObservedClient(memcache),
      new ObservedClient(memcache),
    ];
    await prepare(onlooker, time);
    const [called, answered] = [new Gate(), new Gate()];
    const tags = ['t'];
    // The source is read before it changes, and the answer takes its time.
    const load = async ({ addTags }: { addTags(tag: string): void }): Promise<string> => {
      addTags('late');
      called.open();
      await answered.passed;
      return 'old';
    };
    const loading = cacheOn(loadingClient).read('k', load, { tags });
    await called.passed;

    const schedule = new Schedule({ choose: (_options, step) => choices[step] ?? 0 });
    schedule.gate(loadingClient, 'load');
    schedule.gate(changingClient, 'change');
    answered.open();
    const changed = new Set<string>();
    const changing = change(cacheOn(changingClient)).then(() => changed.add('done'));
    let succeeds = hasSuccessor;
    while (await schedule.step()) {
      if (changed.size === 0) continue;
      // Also if the process that loads ends here and now.
      if (schedule.passed.at(-1)?.startsWith('load: set')) {
        expect([schedule.passed, await onlooker.get('k')]).not.toEqual([schedule.passed, 'old']);
      }
      if (succeeds) await onlooker.read('k', () => 'new', { tags, onLocked: 'load' });
      succeeds = false;
    }
    await Promise.all([loading, changing]);
    const failing = onlooker.read('k', () => Promise.reject(new RangeError('down')));
    const served = await failing.then(({ value }) => value).catch(() => undefined);
    expect([schedule.passed, [undefined, 'new'].includes(served)]).toEqual([schedule.passed, true]);
    return schedule.options;
  }

  it('of two processes that miss the same key: one of them loads it', async () => {
    const random = new SeededRandom(20_260_101);
    for (let plays = 0; plays < 100; plays += 1) {
      const time = new DrivenSurroundings();
      const namespace = `pair-${String(plays)}`;
      let loads = 0;
      const load = (): Promise<number> => Promise.resolve((loads += 1));
      const clients = [new ObservedClient(memcache), new ObservedClient(memcache)];
      // Whatever is waiting, so that entries and leases keep no order among each other.
      const schedule = new Schedule({ choose: (options) => random.below(options) });
      const reads = clients.map((client, at) => {
        schedule.gate(client, `process ${String(at)}`);
        return createCacheIn(time, { client, namespace }).getOrLoad('k', load);
      });
      const landed = new Set<string>();
      void Promise.all(reads).then(() => landed.add('both'));
      while (landed.size === 0) await schedule.step();
      while (await schedule.step());
      expect([schedule.passed, loads]).toEqual([schedule.passed, 1]);
      expect(await Promise.all(reads)).toEqual([1, 1]);
    }
  });

  it.each(plays)('of a load of %s and %s%s: nothing old is served afterwards', async (...[, , , ...parts]) => {
    let choices: number[] | undefined = [];
    let count = 0;
    while (choices) {
      choices = nextChoices(choices, await play(...parts, choices));
      count += 1;
    }
    expect(count).toBeGreaterThan(5);
  });
});
