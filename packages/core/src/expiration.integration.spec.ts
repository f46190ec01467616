/** Every way to give an expiry, on the memcacheds that read it. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { memcachedBuilds, startMemcached, type RealMemcached } from '@memkit/testing';
import { rawCommand } from './cluster/spec-support/raw-command.js';
import { createMemcache, type Memcache } from './memcache.js';
import type { Ttl } from './options/duration.js';

const DAY = 86_400;
/** 2038-01-19, the last second of 31 bits. */
const LAST = 2_147_483_647;

const spans: readonly (readonly [Ttl, number])[] = [
  ['30d', 30 * DAY],
  [{ seconds: 30 * DAY + 1 }, 30 * DAY + 1],
  [{ milliseconds: 30 * DAY * 1000 + 1 }, 30 * DAY + 1],
  [{ seconds: 90.5 }, 91],
  ['365d', 365 * DAY],
  ['36500d', Infinity],
  [{ seconds: 1e15 }, Infinity],
  ['forever', -1],
];

describe.each(memcachedBuilds())('a time to live on the $name', ({ program }) => {
  let server: RealMemcached;
  let memcache: Memcache;
  beforeAll(async () => {
    server = await startMemcached({ binary: program });
  });
  afterAll(() => server.stop());

  /** Seconds that the key has left, -1 for no end. */
  async function secondsLeft(key: string): Promise<number> {
    const reply = await rawCommand(server.port, `mg ${key} t\r\n`);
    return Number(/^HD t(-?\d+)/.exec(reply)?.[1]);
  }

  describe.each(['meta', 'text', 'binary'] as const)('in %s', (protocol) => {
    beforeAll(() => {
      memcache = createMemcache({ servers: server.address, protocol });
    });
    afterAll(() => memcache.close());

    it.each(spans)('of %j is kept, and never ends the item at once', async (ttl, seconds) => {
      const wanted = Math.min(seconds, LAST - Math.floor(Date.now() / 1000));
      const ways: Record<string, (key: string) => Promise<unknown>> = {
        set: (key) => memcache.set(key, 1, { ttl }),
        add: (key) => memcache.delete(key).then(() => memcache.add(key, 1, { ttl })),
        touch: (key) => memcache.set(key, 1, { ttl: '60s' }).then(() => memcache.touch(key, ttl)),
        getAndTouch: (key) => memcache.set(key, 1, { ttl: '60s' }).then(() => memcache.getAndTouch(key, ttl)),
        increment: (key) => memcache.delete(key).then(() => memcache.increment(key, 1, { initial: 1, ttl })),
        setMany: (key) => memcache.setMany({ [key]: 1 }, { ttl }),
      };
      for (const [key, store] of Object.entries(ways)) {
        await store(key);
        expect([key, await memcache.get(key)]).toEqual([key, 1]);
        const left = await secondsLeft(key);
        // Both clocks tick on while the test runs.
        expect([key, Math.abs(left - wanted) <= 3]).toEqual([key, true]);
      }
    });
  });
});
