import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { cacheKey } from '../keys/cache-key.js';
import { heardOn } from '../spec-support/heard.js';
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

  it('delete: one result, or all of the function, by the memoized function or by the one it was made from', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn(async (id: number) => Promise.resolve(id));
    const load = cache.memoize(run, { name: 'load' });
    const other = cache.memoize(async (id: number) => Promise.resolve(id), { name: 'other' });
    const ran = async (): Promise<number[]> => {
      run.mockClear();
      for (const id of [1, 2]) await load(id);
      return run.mock.calls.map(([id]) => id);
    };
    await other(1);
    expect(await ran()).toEqual([1, 2]);
    expect(await ran()).toEqual([]);
    await memoize.delete(load, 1);
    expect(await ran()).toEqual([1]);
    await memoize.delete(run, 2);
    expect(await ran()).toEqual([2]);
    await memoize.delete(load);
    expect(await ran()).toEqual([1, 2]);
    await memoize.delete(run);
    expect(await ran()).toEqual([1, 2]);
    await load.deleteAll();
    expect(await ran()).toEqual([1, 2]);
    expect(await cache.get('other(1)')).toBe(1);
  });

  it('deleteAll reaches results that another process keeps', async () => {
    const { cache, otherProcess } = setStage(memcache);
    const run = jest.fn(() => 'new');
    const here = cache.memoize(run, { name: 'load' });
    const there = otherProcess().memoize(() => 'there', { name: 'load' });
    expect(await there()).toBe('there');
    expect(await here()).toBe('there');
    await here.deleteAll();
    expect(await there()).toBe('there');
    expect(run).not.toHaveBeenCalled();
    await there.deleteAll();
    expect(await here()).toBe('new');
  });

  it('delete refuses a function that was never memoized', async () => {
    await expect(memoize.delete(function stranger() {})).rejects.toThrow(
      /stranger was not memoized.*memoize\(\) returned/,
    );
  });

  it('ignoreArguments: by position or by a function, also when they are absent', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn((...args: unknown[]) => args.length);
    const byPosition = cache.memoize(run, { name: 'a', ignoreArguments: [1] });
    await byPosition(1, { span: 'x' });
    await byPosition(1, () => 'no canonical form');
    await byPosition(1);
    await byPosition(1, 2, 3);
    expect(run).toHaveBeenCalledTimes(2);
    run.mockClear();
    const byFunction = cache.memoize(run, {
      name: 'b',
      ignoreArguments: (argument, at) => at > 0 && typeof argument === 'function',
    });
    await byFunction(1, () => 1);
    await byFunction(1, () => 2);
    await byFunction(1, 'text');
    expect(run).toHaveBeenCalledTimes(2);
    expect([byPosition.keyFor(1, 2, 3), byPosition.keyFor('_')]).toEqual(['a(1,_,3)', 'a("_")']);
  });

  it('defaultArguments: an absent argument counts as its default', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn((page: number, size: number = 10) => page * size);
    const load = cache.memoize(run, { name: 'load', defaultArguments: [undefined, 10] });
    expect([await load(1), await load(1, undefined), await load(1, 10), await load(1, 20)]).toEqual([10, 10, 10, 20]);
    expect(run).toHaveBeenCalledTimes(2);
    const exact = cache.memoize(run, { name: 'exact' });
    expect(exact.keyFor(1)).not.toBe(exact.keyFor(1, undefined));
  });

  it('used as a method: runs with this, and tells objects apart by their cache key', async () => {
    const { cache } = setStage(memcache);
    const ran: string[] = [];
    class Account {
      constructor(readonly id: string) {}
      [cacheKey](): string {
        return this.id;
      }
      balance = cache.memoize(
        async function (this: Account, currency: string) {
          ran.push(this.id + currency);
          return Promise.resolve(this.id + currency);
        },
        { name: 'balance' },
      );
    }
    const [one, two] = [new Account('1'), new Account('2')];
    expect([await one.balance('EUR'), await two.balance('EUR'), await new Account('1').balance('EUR')]).toEqual([
      '1EUR',
      '2EUR',
      '1EUR',
    ]);
    expect(ran).toEqual(['1EUR', '2EUR']);
    expect(one.balance.keyFor.call(one, 'EUR')).toBe('balance["1"]("EUR")');
    await one.balance.delete.call(one, 'EUR');
    await one.balance('EUR');
    expect(ran).toEqual(['1EUR', '2EUR', '1EUR']);
  });

  it('runs once for all who call at the same time, and keeps no failure', async () => {
    const { cache } = setStage(memcache);
    let fails = true;
    const run = jest.fn(async () => {
      await Promise.resolve();
      if (fails) throw new RangeError('down');
      return 'up';
    });
    const load = cache.memoize(run, { name: 'load' });
    const failed = await Promise.allSettled([load(), load(), load()]);
    expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
    expect(run).toHaveBeenCalledTimes(1);
    fails = false;
    expect(await Promise.all([load(), load()])).toEqual(['up', 'up']);
    expect(run).toHaveBeenCalledTimes(2);
  });

  it('tags: fixed ones and those of the value', async () => {
    const { cache } = setStage(memcache);
    const run = jest.fn((id: number) => id);
    const load = cache.memoize(run, { name: 'load', tags: (id) => [`odd:${String(id % 2 === 1)}`] });
    await load(1);
    await load(2);
    await cache.invalidateTags('odd:true');
    await load(1);
    await load(2);
    expect(run.mock.calls).toEqual([[1], [2], [1]]);
  });

  it('a function that calls itself with the same key runs again instead of waiting for itself', async () => {
    const { cache } = setStage(memcache);
    const load: (depth: number) => Promise<number> = cache.memoize(
      async (depth: number): Promise<number> => (depth === 0 ? 0 : 1 + (await load(depth - 1))),
      { name: 'load', ignoreArguments: [0] },
    );
    expect(await load(3)).toBe(3);
  });

  it('keeps the name and the number of parameters', () => {
    const { cache } = setStage(memcache);
    const load = cache.memoize(async function load(a: number, b: number) {
      return Promise.resolve(a + b);
    });
    expect([load.name, load.length]).toEqual(['load', 2]);
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

  it.each([undefined, null, {}, Number.NaN])(
    'refuses %p as a key: other arguments would have the same',
    async (key) => {
      const { cache } = setStage(memcache);
      const load = cache.memoize((id: number) => id, { name: 'load', key: () => key as never });
      await expect(load(1)).rejects.toMatchObject({
        code: 'MEMCACHE_INVALID_KEY',
        message: expect.stringContaining('the function "key" returned'),
      });
    },
  );

  it.each([
    [
      'throws',
      () => {
        throw new TypeError('no team');
      },
      /Cannot store key "load\(1\)": its function "tags" threw: no team/,
    ],
    ['returns a text', () => 'user' as never, /"tags".*list of strings/],
  ])('returns the result and does not store it when the function "tags" %s', async (_what, tags, message) => {
    const { cache } = setStage(memcache);
    const load = cache.memoize((id: number) => id, { name: 'load', tags });
    const troubles = await heardOn('memkit:cache:trouble', async () => {
      expect(await load(1)).toBe(1);
    });
    expect(troubles).toMatchObject([
      {
        operation: 'store',
        key: 'load(1)',
        error: { code: 'MEMCACHE_INVALID_OPTION', message: expect.stringMatching(message) },
      },
    ]);
    expect(await cache.get(load.keyFor(1))).toBeUndefined();
  });

  it.each([undefined, null, 5, 'priceOf', {}])('refuses %p in place of the function', (fn) => {
    expect(() => memoize(fn as never, { name: 'a' })).toThrow(/Cannot memoize: it is .*not a function/);
  });

  it.each([
    ['a key that is no function', { key: 'id' }, /"key".*of type string, not a function/],
    ['a name that is no text', { name: 5 }, /without a name/],
    ['one tag that is no list', { tags: 'user' }, /"tags".*list of strings/],
    ['a client in place of a cache', { cache: { get: () => 1 } }, /"cache".*Give what createCache/],
    ['key and ignoreArguments', { key: () => 'a', ignoreArguments: [0] }, /"ignoreArguments".*together with "key"/],
    ['key and defaultArguments', { key: () => 'a', defaultArguments: [0] }, /"defaultArguments".*together with "key"/],
    ['positions that are none', { ignoreArguments: [-1] }, /"ignoreArguments".*positions from 0/],
    ['defaults that are no list', { defaultArguments: { a: 1 } }, /"defaultArguments".*not a list/],
  ])('refuses %s', (_what, options, message) => {
    expect(() => memoize(() => 1, { name: 'a', ...options } as never)).toThrow(message);
  });
});
