import type { Cache } from '../engine/cache-surface.js';
import { createCache } from '../engine/create-cache.js';

let defaultCache: Cache | undefined;

/**
 * The cache of every decorator and memoized function that was not given one. Without a call of this, the first of
 * them to run makes one from the environment, as `createCache()` does.
 */
export function setDefaultCache(cache: Cache | undefined): void {
  defaultCache = cache;
}

export function getDefaultCache(): Cache {
  defaultCache ??= createCache();
  return defaultCache;
}
