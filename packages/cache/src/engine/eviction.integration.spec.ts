/** Tokens that a real memcached evicts because it is full. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import type { CacheOptions, LoadOptions } from './cache-options.js';
import { createCache } from './create-cache.js';

/** Small items like tokens, several times as many as fit into 2 MB. */
const BATCHES = 8;
const BATCH = 5000;

describe('a full memcached', () => {
  let server: RealMemcached;
  let client: Memcache;
  beforeEach(async () => {
    // What was stored longest ago goes first: which items stay is not left to the age of the process.
    server = await startMemcached({ args: ['-m', '2', '-o', 'no_lru_maintainer,no_lru_crawler'] });
    client = createMemcache({ servers: server.address, environment: {}, timeout: '10s' });
  });
  afterEach(async () => {
    await client.close();
    await server.stop();
  });

  /** Keeps some items by storing them again as they are. */
  async function fillKeeping(names: readonly string[]): Promise<void> {
    const kept = await client.getMany(names);
    for (let batch = 0; batch < BATCHES; batch += 1) {
      const items = new Map<string, unknown>(kept);
      for (let at = 0; at < BATCH; at += 1) items.set(`fill:${String(batch)}:${String(at)}`, 'xxxxxxxxxxxx');
      await client.setMany(items);
    }
    expect([...(await client.getMany(names)).keys()]).toEqual(names);
  }

  it.each<[string, string, LoadOptions, CacheOptions]>([
    ['the token of a tag', 'app:@tag:t', { tags: ['t'] }, {}],
    ['the token of a tag that came from the value', 'app:@tag:t', { tags: () => ['t'] }, {}],
    ['the token of the namespace', 'app:@all', { tags: ['t'] }, {}],
    ['the token of a tag, with a copy of the entry near by', 'app:@tag:t', { tags: ['t'] }, { near: { ttl: false } }],
  ])('that evicts %s makes the entry a miss, and no new token brings it back', async (_what, gone, options, more) => {
    const cache = createCache({ client, namespace: 'app', ...more });
    await cache.getOrLoad('k', () => 'old', options);
    expect(await cache.get('k')).toBe('old');
    await fillKeeping(['app:@all', 'app:@tag:t', 'app:k'].filter((name) => name !== gone));
    expect(await client.get(gone)).toBeUndefined();

    expect(await cache.get('k')).toBeUndefined();
    // Makes a new token.
    await cache.getOrLoad('another', () => 1, options);
    expect(await client.get(gone)).toEqual(expect.any(String));
    expect(await client.get('app:k')).toContain('"old"');
    expect(await cache.get('k')).toBeUndefined();
    expect(await cache.read('k', () => 'new', options)).toMatchObject({ value: 'new', outcome: 'miss' });
  });
});
