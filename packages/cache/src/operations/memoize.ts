import { MemcacheError } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';
import { getDefaultCache } from './default-cache.js';
import { deleteMemoized } from './memoized-functions.js';
import type { MemoizeOptions, Memoized } from './memoize-options.js';
import { memoizeWith } from './memoize-with.js';

export interface StandaloneMemoizeOptions<Args extends readonly unknown[], Value> extends MemoizeOptions<Args, Value> {
  /** Default: the one of `setDefaultCache()`. */
  readonly cache?: Cache;
}

interface Memoize {
  <Args extends readonly unknown[], Value>(
    fn: (...args: Args) => Promise<Value> | Value,
    options?: StandaloneMemoizeOptions<Args, Value>,
  ): Memoized<Args, Value>;
  /**
   * Forgets the result for these arguments; without any, every result of the function. Takes the memoized function or
   * the one it was made from.
   * @throws `MEMCACHE_INVALID_OPTION` when the function was never memoized in this process
   */
  delete<Args extends readonly unknown[]>(fn: (...args: Args) => unknown, ...args: Args | []): Promise<void>;
}

/**
 * A cached version of the function. Its key is the function's name and all arguments in canonical form; used as a method,
 * also the `@CacheKey()` of the object, if it has one. Calls with equal arguments share one run, across processes too;
 * what the function throws is not kept.
 * @throws `MEMCACHE_INVALID_OPTION` for an anonymous function without `name`
 * @example
 * ```ts
 * const priceOf = memoize(async function priceOf(sku: string) { return await shop.price(sku); }, { ttl: '1h' });
 * await priceOf('A-1');        // calls the shop
 * await priceOf('A-1');        // does not
 * await priceOf.delete('A-1'); // forgets it; the same as memoize.delete(priceOf, 'A-1')
 * await memoize.delete(priceOf); // forgets all prices
 * ```
 */
export const memoize: Memoize = Object.assign(memoizeFunction, { delete: deleteMemoized });

function memoizeFunction<Args extends readonly unknown[], Value>(
  fn: (...args: Args) => Promise<Value> | Value,
  options: StandaloneMemoizeOptions<Args, Value> = {},
): Memoized<Args, Value> {
  const { cache, ...rest } = options;
  assertCache(cache);
  return memoizeWith<Args, Value>(() => cache ?? getDefaultCache(), fn, rest);
}

function assertCache(cache: unknown): void {
  if (cache === undefined || (typeof cache === 'object' && cache !== null && 'getOrLoad' in cache)) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot use option "cache" of memoize()',
    detail: 'it is not a cache',
    hint: 'Give what createCache() returned.',
  });
}
