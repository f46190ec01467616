import type { Cache } from '../engine/cache-surface.js';
import { getDefaultCache } from '../operations/default-cache.js';

const bound = new WeakMap<object, Cache>();

/** Gives the decorated methods of one object their cache; for frameworks that know it only at start-up. */
export function bindCache(instance: object, cache: Cache): void {
  bound.set(instance, cache);
}

/** The cache of a call: the decorator's own, the one bound to the instance, or the default one. */
export function findCache(own: Cache | undefined, instance: unknown): Cache {
  if (own) return own;
  const ofInstance = typeof instance === 'object' || typeof instance === 'function' ? boundTo(instance) : undefined;
  return ofInstance ?? getDefaultCache();
}

function boundTo(instance: object | null): Cache | undefined {
  return instance === null ? undefined : bound.get(instance);
}
