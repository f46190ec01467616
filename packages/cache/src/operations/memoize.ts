import type { Cache, MemoizeOptions, Memoized } from '../engine/cache-surface.js';
import { getDefaultCache } from './default-cache.js';
import { memoizeWith } from './memoize-with.js';

export interface StandaloneMemoizeOptions<Args extends readonly unknown[], Value> extends MemoizeOptions<Args, Value> {
  /** Default: the one of `setDefaultCache()`. */
  readonly cache?: Cache;
}

/**
 * A cached version of the function. Its key is the function's name and all arguments in canonical form.
 * @throws `MEMCACHE_INVALID_OPTION` for an anonymous function without `name`
 * @example
 * ```ts
 * const priceOf = memoize(async function priceOf(sku: string) { return await shop.price(sku); }, { ttl: '1h' });
 * await priceOf('A-1');        // calls the shop
 * await priceOf('A-1');        // does not
 * await priceOf.delete('A-1'); // forgets it
 * ```
 */
export function memoize<Args extends readonly unknown[], Value>(
  fn: (...args: Args) => Promise<Value> | Value,
  options: StandaloneMemoizeOptions<Args, Value> = {},
): Memoized<Args, Value> {
  const { cache, ...rest } = options;
  return memoizeWith(() => cache ?? getDefaultCache(), fn, rest);
}
