import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';

describe('touch', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  it('gives an entry a new time to live from now on, and keeps when it was stored, its value and its tags', async () => {
    const { cache, client, time } = setStage(memcache, { staleFor: '1m' });
    await cache.set('k', 'v', { ttl: '10s', tags: ['t'] });
    const { storedAt } = await cache.read('k', () => 'new');
    time.advance(9000);
    expect(await cache.touch('k', '1h')).toBe(true);
    time.advance(3_599_000);
    const read = await cache.read('k', () => 'new');
    expect(read).toMatchObject({ value: 'v', outcome: 'hit', storedAt });
    expect(client.ttls.get(`${cache.namespace}:k`)).toEqual({ milliseconds: 3_661_000 });
    await cache.invalidateTags('t');
    expect(await cache.get('k')).toBeUndefined();
  });

  it("takes the cache's ttl when none is given", async () => {
    const { cache, time } = setStage(memcache, { ttl: '10s' });
    await cache.set('k', 'v', { ttl: '1s' });
    await cache.touch('k');
    time.advance(9999);
    expect(await cache.get('k')).toBe('v');
    time.advance(1);
    expect(await cache.get('k')).toBeUndefined();
  });

  it('is false for what is not there, past its ttl or invalidated', async () => {
    const { cache, time } = setStage(memcache, { staleFor: '1h' });
    expect(await cache.touch('absent')).toBe(false);
    await cache.set('old', 1, { ttl: '1s' });
    await cache.set('tagged', 1, { tags: ['t'] });
    time.advance(1000);
    expect(await cache.touch('old')).toBe(false);
    await cache.invalidateTags('t');
    expect(await cache.touch('tagged')).toBe(false);
  });

  it('brings nothing back that is removed while it is under way', async () => {
    const { cache, client, otherProcess } = setStage(memcache);
    await cache.set('k', 'v');
    client.before = async (command, [key]) => {
      if (command === 'set' && key === `${cache.namespace}:k`) await otherProcess().invalidate('k');
    };
    expect(await cache.touch('k')).toBe(false);
    expect(await cache.get('k')).toBeUndefined();
  });

  it.each<[string, string | undefined, string]>([
    ['rejects', 'throw', 'not reached'],
    ['is false', 'miss', ''],
  ])('%s when memcache is down and whenUnavailable is %s', async (_what, policy, message) => {
    const { cache, client } = setStage(memcache, { whenUnavailable: policy === 'throw' ? 'throw' : 'miss' });
    client.before = () => {
      throw new Error('not reached');
    };
    if (message) await expect(cache.touch('k')).rejects.toThrow(message);
    else expect(await cache.touch('k')).toBe(false);
  });

  it('refuses a bare number', async () => {
    const { cache } = setStage(memcache);
    await expect(cache.touch('k', 60 as unknown as '60s')).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_TTL' });
  });
});
