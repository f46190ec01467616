import { describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { createCache } from '../engine/create-cache.js';
import { DrivenSurroundings } from '../spec-support/driven-surroundings.js';
import { heardOn } from '../spec-support/heard.js';
import type { ObservedClient } from '../spec-support/observed-client.js';
import { onRealMemcached, type RealPlace } from '../spec-support/real-place.js';
import { createRateLimiter, WindowRateLimiter, type RateLimiterOptions } from './rate-limiter.js';

describe('a rate limiter', () => {
  let memcache: Memcache;
  let client: ObservedClient;
  let place: RealPlace;
  let time: DrivenSurroundings;

  onRealMemcached((fresh, behind) => {
    place = fresh;
    ({ client } = fresh);
    memcache = behind;
    // Starts on a minute, so at the beginning of a window.
    time = new DrivenSurroundings();
  });

  function limiter(options: Partial<RateLimiterOptions> = {}): WindowRateLimiter {
    return new WindowRateLimiter(place, { name: 'login', limit: 10, window: '1m', ...options }, time);
  }

  async function takeMany(from: WindowRateLimiter, count: number): Promise<number> {
    const decisions = await Promise.all(Array.from({ length: count }, () => from.take('k')));
    return decisions.filter(({ allowed }) => allowed).length;
  }

  it('says what is left and until when', async () => {
    time.advance(15_000);
    expect(await limiter().take('k')).toEqual({
      allowed: true,
      limit: 10,
      remaining: 9,
      retryAfterMs: 0,
      resetMs: 45_000,
    });
  });

  it.each(['fixed', 'sliding'] as const)('allows exactly the limit of many at once (%s)', async (algorithm) => {
    expect(await takeMany(limiter({ algorithm }), 200)).toBe(10);
  });

  it('counts for all processes, by key and by name', async () => {
    expect(await takeMany(limiter(), 10)).toBe(10);
    expect(await takeMany(limiter(), 1)).toBe(0);
    expect((await limiter().take('other')).allowed).toBe(true);
    expect(await takeMany(limiter({ name: 'search' }), 1)).toBe(1);
  });

  it('takes one round trip', async () => {
    await limiter().take('k');
    expect(client.roundTrips).toBe(1);
  });

  it('does not count what is no number in the window before', async () => {
    const before = Math.floor(time.now() / 60_000) - 1;
    await memcache.set(`${place.namespace}:@rate:login:k:${before.toString(36)}`, 'no number');
    expect(await limiter().take('k')).toMatchObject({ allowed: true, remaining: 9 });
  });

  it('counts an operation as much as it costs, and does not count what it refuses', async () => {
    const calls = limiter();
    expect(await calls.take('k', 8)).toMatchObject({ allowed: true, remaining: 2 });
    expect(await calls.take('k', 3)).toMatchObject({ allowed: false, remaining: 2 });
    expect(await calls.take('k', 2)).toMatchObject({ allowed: true, remaining: 0 });
  });

  it('starts from nothing with each fixed window', async () => {
    const calls = limiter({ algorithm: 'fixed' });
    time.advance(50_000);
    await takeMany(calls, 10);
    expect(await calls.take('k')).toMatchObject({ allowed: false, retryAfterMs: 10_000, resetMs: 10_000 });
    time.advance(10_000);
    expect(await takeMany(calls, 11)).toBe(10);
  });

  it('weighs the window before by the part of it within the span', async () => {
    const calls = limiter();
    await takeMany(calls, 10);
    time.advance(75_000);
    expect(await takeMany(calls, 10)).toBe(2);
    time.advance(15_000);
    expect(await takeMany(calls, 10)).toBe(3);
  });

  it.each([0, 30_000, 75_000, 100_000])('says when to come again, %d ms later', async (later) => {
    const calls = limiter();
    await takeMany(calls, 10);
    time.advance(later);
    await takeMany(calls, 10);
    const { allowed, retryAfterMs } = await calls.take('k');
    expect(allowed).toBe(false);
    time.advance(retryAfterMs - 1);
    expect((await calls.take('k')).allowed).toBe(false);
    time.advance(1);
    expect((await calls.take('k')).allowed).toBe(true);
  });

  it('forgets a key on reset', async () => {
    const calls = limiter();
    await takeMany(calls, 10);
    time.advance(60_000);
    await calls.take('k');
    await calls.reset('k');
    expect(await takeMany(calls, 20)).toBe(10);
  });

  it('counts again after memcached lost the counter', async () => {
    const calls = limiter();
    await takeMany(calls, 10);
    await memcache.flush();
    expect(await takeMany(calls, 11)).toBe(10);
  });

  it.each([
    ['allow', { allowed: true, remaining: 9 }],
    ['deny', { allowed: false, remaining: 0 }],
  ] as const)('with %s goes on without memcache, and publishes it', async (whenUnavailable, decision) => {
    client.before = () => {
      throw new Error('unplugged');
    };
    const troubles = await heardOn('memkit:cache:trouble', async () => {
      expect(await limiter({ whenUnavailable }).take('k')).toMatchObject(decision);
    });
    expect(troubles).toEqual([expect.objectContaining({ operation: 'limit', key: 'k' })]);
  });

  it('throws without memcache when told to', async () => {
    client.before = () => {
      throw new Error('unplugged');
    };
    await expect(limiter({ whenUnavailable: 'throw' }).take('k')).rejects.toThrow('unplugged');
  });

  it('allows everything in a disabled cache, without a connection', async () => {
    const calls = createRateLimiter(createCache({ disabled: true }), { name: 'login', limit: 1, window: '1s' });
    await calls.reset('k');
    expect(await Promise.all([calls.take('k'), calls.take('k')])).toMatchObject([{ allowed: true }, { allowed: true }]);
  });

  it.each([
    [{ name: '' }, /option "name"/],
    [{ limit: -1 }, /option "limit": it is -1/],
    [{ window: '999ms' }, /option "window": it is "999ms"/],
    [{ name: 'a:b' }, /option "name"/],
    [{ limit: 0 }, /option "limit"/],
    [{ limit: 1.5 }, /option "limit"/],
    [{ window: '999ms' }, /option "window".*at least a second/],
    [{ window: 60 }, /option "window"/],
    [{ algorithm: 'leaky' }, /option "algorithm"/],
    [{ whenUnavailable: 'miss' }, /option "whenUnavailable"/],
    [{ windw: '1m' }, /windw/],
  ])('refuses the options %j', (options, message) => {
    expect(() => limiter(options as object)).toThrow(message);
  });

  it.each([0, 11, 0.5, Number.NaN])('refuses a cost of %d', async (cost) => {
    await expect(limiter().take('k', cost)).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
    expect(client.commands).toEqual([]);
  });

  it('refuses an empty key', async () => {
    await expect(limiter().take('')).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_KEY' });
  });
});
