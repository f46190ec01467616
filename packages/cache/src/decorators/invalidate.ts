import { assertKnownOptions } from '@memkit/core/internal';
import { publishTrouble } from '../telemetry/channels.js';
import { asMemcacheError, planCall } from './call-plan.js';
import type { InvalidateOptions } from './decorator-options.js';
import { defineDecorator, type CacheMethodDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import { keyBuilder, namespaceReader, requireKey } from './method-key.js';
import { showPlace } from './method-place.js';
import { engineOptions, KEYED_NAMES, namespaceTag, tagsFor } from './stored-options.js';

const DECORATOR = '@Invalidate';
const OPTION_NAMES = [...KEYED_NAMES, 'tags', 'allEntries', 'beforeInvocation', 'unless', 'whenUnavailable'];

/**
 * The method always runs; after it succeeded its entry is removed, or every entry with one of the tags, or every entry
 * of the namespace. A method that throws changes nothing, unless `beforeInvocation` is set.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@Invalidate({ namespace: 'user' })
 *   async remove(\@Key() id: string) { await database.removeUser(id); }
 * }
 * ```
 */
export function Invalidate<Args extends readonly unknown[] = readonly never[], Result = unknown>(
  options: InvalidateOptions<Args, Result> = {},
): CacheMethodDecorator {
  const any = options as InvalidateOptions<readonly unknown[]>;
  assertKnownOptions(options, OPTION_NAMES, `${DECORATOR}()`);
  const { whenUnavailable } = any;
  engineOptions(whenUnavailable === undefined ? {} : { whenUnavailable }, `${DECORATOR}()`);
  return defineDecorator(DECORATOR, options.cache, (place) => {
    const hasOther = any.tags !== undefined || any.allEntries === true;
    // With tags alone the @Key() of the method belongs to another decorator on it, such as @Update.
    const hasKey = any.allEntries !== true && (!hasOther || any.key !== undefined || any.namespace !== undefined);
    const builder = hasKey ? keyBuilder(DECORATOR, place, any) : undefined;
    const keyOf = hasOther ? builder : requireKey(DECORATOR, place, builder);
    const namespaceOf = any.allEntries === true ? namespaceReader(DECORATOR, place, any.namespace) : undefined;
    return async (call) => {
      const { self, args, proceed } = call;
      const plan = planCall(any, place, call, () => ({ key: keyOf?.(self, args), namespace: namespaceOf?.(self) }));
      const remove = async (result: unknown): Promise<void> => {
        const outcome = { args, result };
        if (!plan || any.unless?.(outcome)) return;
        const found = findCache(options.cache, self);
        const cache = whenUnavailable === undefined ? found : found.with({ whenUnavailable });
        const tags = [
          ...tagsFor(any.tags, outcome),
          ...(plan.namespace === undefined ? [] : [namespaceTag(plan.namespace)]),
        ];
        if (plan.key !== undefined) await cache.invalidate(plan.key);
        if (tags.length > 0) await cache.invalidateTags(...tags);
      };
      const removeSafely = async (result: unknown): Promise<void> => {
        try {
          await remove(result);
        } catch (error) {
          if (whenUnavailable === 'throw') throw error;
          publishTrouble('invalidate', showPlace(place), asMemcacheError(error, place));
        }
      };
      if (any.beforeInvocation === true) {
        await removeSafely(undefined);
        return await proceed();
      }
      const result = await proceed();
      await removeSafely(result);
      return result;
    };
  });
}
