import { assertKnownOptions } from '@memkit/core/internal';
import { publishTrouble } from '../telemetry/channels.js';
import { asMemcacheError, planCall } from './call-plan.js';
import type { StoredOptions, UpdateOptions } from './decorator-options.js';
import { defineDecorator, type CacheMethodDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import { keyBuilder, namespaceReader, requireKey } from './method-key.js';
import { showPlace } from './method-place.js';
import { engineOptions, namespaceTag, STORED_NAMES, tagsFor } from './stored-options.js';

const DECORATOR = '@Update';

/**
 * The method always runs, and its result replaces the entry. A method that throws changes nothing; one that returns
 * `undefined`, or what `unless` refuses, removes the entry, because the old one is out of date.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@Update({ namespace: 'user', ttl: '10m' })
 *   async rename(\@Key() id: string, name: string) { return await database.renameUser(id, name); }
 * }
 * ```
 */
export function Update<Args extends readonly unknown[] = readonly never[], Result = unknown>(
  options: UpdateOptions<Args, Result> = {},
): CacheMethodDecorator {
  const any = options as StoredOptions<readonly unknown[], unknown>;
  assertKnownOptions(options, STORED_NAMES, `${DECORATOR}()`);
  const chosen = engineOptions(any, `${DECORATOR}()`);
  return defineDecorator(DECORATOR, options.cache, (place) => {
    const keyOf = requireKey(DECORATOR, place, keyBuilder(DECORATOR, place, any));
    const namespaceOf = namespaceReader(DECORATOR, place, any.namespace);
    return async (call) => {
      const { self, args, proceed } = call;
      const plan = planCall(any, place, call, () => ({ key: keyOf(self, args), own: namespaceTag(namespaceOf(self)) }));
      const result = await proceed();
      if (!plan) return result;
      const cache = findCache(options.cache, self);
      try {
        const outcome = { args, result };
        const tags = [plan.own, ...tagsFor(any.tags, outcome)];
        if (any.unless?.(outcome)) await cache.invalidate(plan.key);
        else await cache.set(plan.key, result, { ...chosen, tags });
      } catch (error) {
        if (any.whenUnavailable === 'throw') throw error;
        publishTrouble('store', showPlace(place), asMemcacheError(error, place));
      }
      return result;
    };
  });
}
