import { MemcacheError } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';

/** What locks, limits and results need of a cache. */
export type Place = Pick<Cache, 'client' | 'namespace' | 'disabled'>;

/** @throws `MEMCACHE_INVALID_OPTION` for anything else in its place, such as a client */
export function assertPlace(place: unknown, where: string): void {
  if (typeof place === 'object' && place !== null && 'client' in place && 'namespace' in place) return;
  const detail = place === null ? 'it is null' : `it is of type ${typeof place} and no cache`;
  throw wrongArgument('cache', where, detail, 'Give what createCache() returned.');
}

/** @throws `MEMCACHE_INVALID_OPTION` before anything is taken for work that cannot run */
export function assertWork(work: unknown, where: string): void {
  if (typeof work === 'function') return;
  const detail = `it is of type ${typeof work}, not a function`;
  throw wrongArgument('work', where, detail, 'Give the function that does the work.');
}

function wrongArgument(name: string, where: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use argument "${name}" of ${where}`, detail, hint });
}
