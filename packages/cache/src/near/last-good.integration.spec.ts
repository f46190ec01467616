import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import type { WhenUnavailable } from '../engine/cache-options.js';
import { createCache } from '../engine/create-cache.js';

const KEYS = Array.from({ length: 20 }, (_, at) => `user:${String(at)}`);
const LOOPS = 50;
const READS = 1500;

describe('a memcached that is killed under load', () => {
  let server: RealMemcached;
  let client: Memcache;
  beforeEach(async () => {
    server = await startMemcached();
    client = createMemcache({ servers: server.address, environment: {} });
  });
  afterEach(async () => {
    await client.close();
    await server.stop('SIGKILL');
  });

  it.each<WhenUnavailable>(['miss', 'throw'])(
    'fails no call while the loader is down too, with copies near by, staleFor and whenUnavailable %s',
    async (whenUnavailable) => {
      const cache = createCache({ client, staleFor: '1h', whenUnavailable, near: { ttl: '1ms' } });
      await cache.getOrLoadMany(KEYS, String, (keys) => new Map(keys.map((key) => [key, `value of ${key}`])));
      const failing = (): Promise<never> => Promise.reject(new RangeError('database down'));
      const outcomes = new Map<string, number>();
      let reads = 0;
      let killed: Promise<void> | undefined;
      const loop = async (): Promise<void> => {
        while (reads < READS) {
          const key = KEYS[(reads += 1) % KEYS.length]!;
          if (reads > READS / 4) killed ??= server.stop('SIGKILL');
          const { value, outcome } = await cache.read(key, failing);
          expect(value).toBe(`value of ${key}`);
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }
      };
      await Promise.all(Array.from({ length: LOOPS }, loop));
      await killed;
      expect([...outcomes.keys()].sort()).toEqual(['hit', 'stale']);
    },
    30_000,
  );
});
