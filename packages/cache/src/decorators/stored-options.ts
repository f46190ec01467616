import type { LoadOptions } from '../engine/cache-options.js';
import { resolveLoad, STANDARD_DEFAULTS } from '../engine/settings.js';
import type { AnyStored, MethodOutcome } from './decorator-options.js';

export const KEYED_NAMES = ['namespace', 'key', 'cache', 'condition'];
export const STORED_NAMES = [...KEYED_NAMES, 'ttl', 'staleFor', 'tags', 'unless', 'whenUnavailable'];

/** Tags of an outcome, however the option was written. */
export function tagsFor(tags: AnyStored['tags'], outcome: MethodOutcome): readonly string[] {
  return typeof tags === 'function' ? tags(outcome) : (tags ?? []);
}

/**
 * The part of the options that the engine understands; checked here, when the class is defined.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`
 */
export function engineOptions(options: AnyStored, where: string): LoadOptions {
  const { ttl, staleFor, whenUnavailable } = options;
  const chosen = {
    ...(ttl === undefined ? {} : { ttl }),
    ...(staleFor === undefined ? {} : { staleFor }),
    ...(whenUnavailable === undefined ? {} : { whenUnavailable }),
  };
  resolveLoad(chosen, STANDARD_DEFAULTS, where);
  return chosen;
}

/** Tag of everything that decorators store under a namespace; `allEntries` invalidates it. */
export function namespaceTag(namespace: string): string {
  return `namespace:${namespace}`;
}
