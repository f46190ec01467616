import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import { setDefaultCache } from './default-cache.js';
import { memoize } from './memoize.js';

describe('memoize', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterEach(() => {
    setDefaultCache(undefined);
  });
  afterAll(() => memcache.close());

  it('runs the function once for each list of arguments', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn();
    const priceOf = cache.memoize(async function priceOf(sku: string, options: object) {
      run();
      return { sku, options };
    });
    const first = await priceOf('A', { a: 1, b: 2 });
    expect(await priceOf('A', { b: 2, a: 1 })).toEqual(first);
    await priceOf('A', { a: 1 });
    await priceOf('B', { a: 1, b: 2 });
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('forgets one result with delete, under the key that keyFor shows', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn((id: number) => id);
    const load = cache.memoize(run, { name: 'load' });
    await load(1);
    await load(2);
    expect(load.keyFor(1)).toBe('load(1)');
    expect(await cache.get(load.keyFor(1))).toBe(1);
    await load.delete(1);
    await load(1);
    await load(2);
    expect(run.mock.calls).toEqual([[1], [2], [1]]);
  });

  it('reaches the function itself with uncached', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn((id: number) => id);
    const load = cache.memoize(run, { name: 'load' });
    expect(load.uncached(1)).toBe(1);
    expect(await cache.get(load.keyFor(1))).toBeUndefined();
  });

  it('key: only what it returns decides', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn((user: { id: number; seen: Date }) => user.id);
    const load = cache.memoize(run, { name: 'load', key: (user) => String(user.id) });
    await load({ id: 1, seen: new Date(1) });
    await load({ id: 1, seen: new Date(2) });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('name: two functions of one name share results, of two names do not', async () => {
    const { cache } = setStage(memcache);
    const one = cache.memoize(() => 'one', { name: 'a' });
    const two = cache.memoize(() => 'two', { name: 'a' });
    const three = cache.memoize(() => 'three', { name: 'b' });
    expect([await one(), await two(), await three()]).toEqual(['one', 'one', 'three']);
  });

  it('takes the options of a read', async () => {
    const { cache, time } = setStage(memcache);
    const run = jest.fn(() => 1);
    const load = cache.memoize(run, { name: 'load', ttl: '1s', tags: ['t'] });
    await load();
    await cache.invalidateTags('t');
    await load();
    time.advance(1000);
    await load();
    expect(run).toHaveBeenCalledTimes(3);
  });

  it('standalone: uses the cache it is given, else the default one', async () => {
    const { cache } = setStage(memcache);
    const other = setStage(memcache).cache;
    setDefaultCache(other);
    await memoize(() => 1, { name: 'own', cache })();
    await memoize(() => 2, { name: 'default' })();
    expect([await cache.get('own()'), await other.get('default()')]).toEqual([1, 2]);
  });

  it('rejects arguments that have no canonical form, and says to give a key', async () => {
    const { cache } = setStage(memcache);
    const load = cache.memoize((callback: () => void) => callback(), { name: 'load' });
    await expect(load(() => undefined)).rejects.toMatchObject({
      code: 'MEMCACHE_INVALID_KEY',
      message: expect.stringMatching(/Give a key function/),
    });
  });

  it('refuses a function without a name, and an unknown option', () => {
    expect(() => memoize(() => 1)).toThrow(/without a name.*name: 'priceOf'/s);
    expect(() => memoize(() => 1, { name: 'a', tll: '1s' } as never)).toThrow(/"tll".*"ttl"/);
  });
});
