import { MemcacheError } from '@memkit/core';

/** @throws `MEMCACHE_INVALID_OPTION` when there is no cache: nothing can be kept without one */
export function assertCache(cache: unknown, where: string): void {
  if (typeof cache === 'object' && cache !== null && 'read' in cache) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use option "cache" of ${where}`,
    detail: `it is ${cache === undefined ? 'missing' : 'not a cache'}`,
    hint: `Write ${where.replace('()', '({ cache: createCache() })')}, with createCache from @memkit/cache.`,
  });
}
