import { assertKnownOptions } from '@memkit/core/internal';
import type { LoaderContext } from '../engine/cache-options.js';
import { publishTrouble } from '../telemetry/channels.js';
import { asMemcacheError, planCall } from './call-plan.js';
import type { ReadThroughOptions, StoredOptions } from './decorator-options.js';
import { defineDecorator, type CacheMethodDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import { showPlace, type MethodPlace } from './method-place.js';
import { assertOnlyUnnamedReader, keyBuilder, namespaceReader, requireKey } from './method-key.js';
import { engineOptions, namespaceTag, STORED_NAMES } from './stored-options.js';

const DECORATOR = '@ReadThrough';

/**
 * The method's result comes from the cache; the method runs when it is not there, once for all callers that wait.
 * What it throws is never cached, `undefined` is not stored, `null` is.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@ReadThrough({ namespace: 'user', ttl: '10m' })
 *   async findOne(\@Key() id: string) { return await database.findUser(id); }
 * }
 * ```
 */
export function ReadThrough<Args extends readonly unknown[] = readonly never[], Result = unknown>(
  options: ReadThroughOptions<Args, Result> = {},
): CacheMethodDecorator {
  const any = options as StoredOptions<readonly unknown[], unknown>;
  const { tags, unless } = any;
  assertKnownOptions(options, STORED_NAMES, `${DECORATOR}()`);
  const chosen = engineOptions(any, `${DECORATOR}()`);
  return defineDecorator(DECORATOR, options.cache, (place) => {
    const keyOf = requireKey(DECORATOR, place, keyBuilder(DECORATOR, place, any));
    const namespaceOf = namespaceReader(DECORATOR, place, any.namespace);
    if (any.namespace === undefined) assertOnlyUnnamedReader(DECORATOR, place);
    return async (call) => {
      const { self, args, proceed } = call;
      const plan = planCall(any, place, call, () => ({ key: keyOf(self, args), own: namespaceTag(namespaceOf(self)) }));
      if (!plan) return await proceed();
      const loader = async (context: LoaderContext): Promise<unknown> => {
        const result = await proceed();
        if (typeof tags === 'function') addTags(context, () => tags({ args, result }), place);
        return result;
      };
      return await findCache(options.cache, self).getOrLoad(plan.key, loader, {
        ...chosen,
        // Tags that are always the same are read together with the entry.
        tags: [plan.own, ...(typeof tags === 'function' ? [] : (tags ?? []))],
        ...(unless && { storeIf: (result: unknown) => !unless({ args, result }) }),
      });
    };
  });
}

/** A result whose tags are unknown could never be invalidated by them: it is returned and not stored. */
function addTags(context: LoaderContext, tags: () => readonly string[], place: MethodPlace): void {
  try {
    context.addTags(...tags());
  } catch (error) {
    context.doNotStore();
    publishTrouble('store', showPlace(place), asMemcacheError(error, place));
  }
}
