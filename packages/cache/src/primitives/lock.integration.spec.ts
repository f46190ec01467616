import { describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { memcachedBuilds } from '@memkit/testing';
import { createCache } from '../engine/create-cache.js';
import { DrivenSurroundings } from '../spec-support/driven-surroundings.js';
import { Gate } from '../spec-support/gate.js';
import { heardOn } from '../spec-support/heard.js';
import { ObservedClient } from '../spec-support/observed-client.js';
import { onRealMemcached, type RealPlace } from '../spec-support/real-place.js';
import { lock, takeLock, withLock, type LockContext } from './lock.js';

describe.each(memcachedBuilds())('locks on the $name', ({ program }) => {
  let memcache: Memcache;
  let client: ObservedClient;
  let place: RealPlace;

  onRealMemcached((fresh, behind) => {
    place = fresh;
    ({ client } = fresh);
    memcache = behind;
  }, program);
  const nameOf = (key: string): string => `${place.namespace}:@lock:${key}`;

  it('has one holder, and the next one at once after the release', async () => {
    const first = await lock(place, 'k');
    expect(await lock(place, 'k')).toBeUndefined();
    expect(await lock(place, 'other')).toBeDefined();
    expect(await first?.release()).toBe(true);
    expect(await first?.release()).toBe(false);
    expect(await lock(place, 'k')).toBeDefined();
  });

  it('gives every holder a larger fencing number, also after memcached lost it', async () => {
    const fences: number[] = [];
    for (let round = 0; round < 5; round += 1) {
      const held = await lock(place, 'k');
      fences.push(held?.fence ?? 0);
      await held?.release();
      if (round === 2) await memcache.delete(`${place.namespace}:@fence:k`);
    }
    expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
    expect(fences.every((fence) => Number.isSafeInteger(fence) && fence > 0)).toBe(true);
  });

  it('hands out no fencing number that was counted behind a successor', async () => {
    const successors: (number | undefined)[] = [];
    client.before = async (command) => {
      if (command !== 'increment' || successors.length > 0) return;
      // The time of the first holder is over before it counts.
      await memcache.delete(nameOf('k'));
      successors.push((await lock({ ...place, client: new ObservedClient(memcache) }, 'k'))?.fence);
    };
    expect(await lock(place, 'k')).toBeUndefined();
    expect(successors).toEqual([expect.any(Number)]);
  });

  it('never has two holders among many takers', async () => {
    let holders = 0;
    const most: number[] = [];
    const fences: number[] = [];
    const work = async ({ fence }: LockContext): Promise<void> => {
      holders += 1;
      most.push(holders);
      fences.push(fence);
      await memcache.get('anything');
      holders -= 1;
    };
    await Promise.all(Array.from({ length: 20 }, () => withLock(place, 'k', work, { wait: '20s' })));
    expect(most).toEqual(Array.from({ length: 20 }, () => 1));
    expect(fences).toEqual([...fences].sort((one, other) => one - other));
  });

  it('is lost when its time passes, and neither extended nor released then', async () => {
    const held = await lock(place, 'k');
    await memcache.delete(nameOf('k'));
    const next = await lock(place, 'k');
    expect(await held?.extend()).toBe(false);
    expect(await held?.release()).toBe(false);
    expect(await next?.extend()).toBe(true);
  });

  it('lives for its ttl and a second, and extends by as much', async () => {
    const held = await lock(place, 'k', { ttl: '90s' });
    expect(client.ttls.get(nameOf('k'))).toEqual({ milliseconds: 91_000 });
    client.ttls.clear();
    await held?.extend();
    expect(client.ttls.get(nameOf('k'))).toEqual({ milliseconds: 91_000 });
  });

  it('waits as long as it may', async () => {
    await lock(place, 'k');
    const time = new DrivenSurroundings();
    expect(await takeLock(place, 'k', { wait: '3s' }, time, 'lock()')).toBeUndefined();
    expect(time.slept.reduce((sum, ms) => sum + ms, 0)).toBe(3000);
  });

  it('stops waiting when it is told to', async () => {
    await lock(place, 'k');
    const stop = new AbortController();
    const waiting = lock(place, 'k', { wait: '20s', signal: stop.signal });
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
  });

  it.each(['add', 'increment'] as const)('is free when its taker is told to stop behind %s', async (last) => {
    const stop = new AbortController();
    client.after = (command) => {
      if (command === last) stop.abort(new Error('enough'));
    };
    await expect(lock(place, 'k', { signal: stop.signal })).rejects.toThrow('enough');
    client.after = () => undefined;
    expect(await lock(place, 'k')).toBeDefined();
  });

  it('is free when its fencing number could not be had', async () => {
    await memcache.set(`${place.namespace}:@fence:k`, 'no number');
    await expect(lock(place, 'k')).rejects.toMatchObject({ code: 'MEMCACHE_NOT_A_NUMBER' });
    await memcache.delete(`${place.namespace}:@fence:k`);
    expect(await lock(place, 'k')).toBeDefined();
  });

  it('takes a lock that its own lost request took', async () => {
    const inner = memcache.add.bind(memcache);
    const twice = Object.assign(new ObservedClient(memcache), {
      add: async (...args: Parameters<typeof inner>) => (await inner(...args)) && (await inner(...args)),
    });
    expect(await lock({ ...place, client: twice }, 'k')).toBeDefined();
  });

  it('rejects when memcache is down: nobody knows then who holds it', async () => {
    const gone = createMemcache({ servers: '127.0.0.1:1', environment: {}, timeout: '100ms' });
    await expect(lock({ ...place, client: new ObservedClient(gone) }, 'k')).rejects.toMatchObject({
      code: expect.stringMatching(/^MEMCACHE_(CONNECT_FAILED|TIMEOUT|NO_SERVER_AVAILABLE)$/),
    });
    await gone.close();
  });

  it.each([
    [{ ttl: 5 }, /option "ttl"/],
    [{ wait: 'long' }, /option "wait"/],
    [{ tll: '5s' }, /tll/],
    [{ signal: 'soon' }, /option "signal": it is of type string and no AbortSignal/],
    [{ signal: null }, /option "signal": it is null/],
  ])('refuses the options %j', async (options, message) => {
    await expect(lock(place, 'k', options as object)).rejects.toThrow(message);
  });

  it.each([
    ['nothing', () => undefined],
    ['a client', () => memcache],
  ])('refuses %s in place of the cache', async (_what, cache) => {
    await expect(lock(cache() as unknown as RealPlace, 'k')).rejects.toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringMatching(/argument "cache" of lock\(\).*Give what createCache\(\) returned/),
    });
  });

  it('is given to everybody by a disabled cache, without a connection', async () => {
    const cache = createCache({ disabled: true });
    const [first, second] = await Promise.all([lock(cache, 'k'), lock(cache, 'k')]);
    expect(await first?.extend()).toBe(true);
    expect(await second?.release()).toBe(true);
  });

  describe('withLock()', () => {
    it('returns what the work returns, and releases', async () => {
      expect(await withLock(place, 'k', () => 'result')).toBe('result');
      expect(await lock(place, 'k')).toBeDefined();
    });

    it('releases when the work fails', async () => {
      const work = (): never => {
        throw new Error('no paper');
      };
      await expect(withLock(place, 'k', work)).rejects.toThrow('no paper');
      expect(await lock(place, 'k')).toBeDefined();
    });

    it('rejects when another has the lock', async () => {
      await lock(place, 'k');
      await expect(withLock(place, 'k', () => 'result')).rejects.toMatchObject({ code: 'MEMCACHE_LOCKED', key: 'k' });
    });

    it('renews the lock while the work runs', async () => {
      const renewed = new Gate();
      await withLock(
        place,
        'k',
        async () => {
          let stores = 0;
          client.before = (command, keys) => {
            if (command === 'set' && keys.includes(nameOf('k'))) stores += 1;
            if (stores === 2) renewed.open();
          };
          await renewed.passed;
        },
        { ttl: '90ms' },
      );
      expect(await memcache.get(nameOf('k'))).toBe('free');
    });

    it('refuses what is no work before it takes the lock', async () => {
      await expect(withLock(place, 'k', 5 as unknown as () => void)).rejects.toMatchObject({
        code: 'MEMCACHE_INVALID_OPTION',
        message: expect.stringContaining('argument "work" of withLock(): it is of type number'),
      });
      expect(client.commands).toEqual([]);
    });

    it('tells the work when the lock was lost', async () => {
      const reason = await withLock(
        place,
        'k',
        async ({ signal }) => {
          await memcache.delete(nameOf('k'));
          if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          return signal.reason as unknown;
        },
        { ttl: '90ms' },
      );
      expect(reason).toMatchObject({ code: 'MEMCACHE_LOCKED', key: 'k' });
    });

    it('tells the work when memcache could not be asked for the whole time, and publishes why', async () => {
      const troubles = await heardOn('memkit:cache:trouble', () =>
        withLock(
          place,
          'k',
          async ({ signal }) => {
            client.before = () => {
              throw new Error('unplugged');
            };
            if (!signal.aborted) await new Promise((resolve) => signal.addEventListener('abort', resolve));
          },
          { ttl: '90ms' },
        ),
      );
      expect(troubles).toContainEqual(expect.objectContaining({ operation: 'renew', key: 'k' }));
      expect(troubles.at(-1)).toMatchObject({ operation: 'release', key: 'k' });
    });
  });
});
