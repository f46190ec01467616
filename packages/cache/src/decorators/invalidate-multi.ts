import type { CacheMethodDecorator } from './cache-method-decorator.js';
import type { InvalidateMultiOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { INVALIDATE_NAMES, invalidateCall } from './invalidate-call.js';
import { listOf } from './match-items.js';
import type { Run } from './method-call.js';
import { assertKeyFunction, resultKey } from './method-key.js';
import type { MethodPlace } from './method-place.js';
import { multiKey, usableKeys } from './multi-key.js';

const DECORATOR = '@InvalidateMulti';

/**
 * As `@Invalidate` for a method that takes a list of ids, or with `keyFromResult` returns a list: the entries of all of
 * them are removed.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@InvalidateMulti({ namespace: 'user' })
 *   async removeMany(\@Key() ids: string[]) { await database.removeUsers(ids); }
 * }
 * ```
 */
export function InvalidateMulti<Args extends readonly unknown[] = readonly unknown[], Result = unknown, Id = unknown>(
  options: InvalidateMultiOptions<Args, Result, Id> = {},
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as InvalidateMultiOptions,
    optionNames: [...INVALIDATE_NAMES, 'keyFromResult'],
    weave: weaveInvalidateMulti,
  }) as CacheMethodDecorator<Args, Result>;
}

function weaveInvalidateMulti(place: MethodPlace, options: InvalidateMultiOptions): Run {
  assertKeyFunction(DECORATOR, place, options.key);
  const fromResult = resultKey(DECORATOR, place, options);
  if (fromResult) {
    return invalidateCall(DECORATOR, place, options, {
      prepare: () => undefined,
      removal: (_plan, { self, args }, result) => ({
        keys: listOf(place, result).map((item) => fromResult(self, { args, result: item })),
        tags: [],
      }),
      needsResult: true,
    });
  }
  const findList = multiKey(DECORATOR, place, options);
  return invalidateCall(DECORATOR, place, options, {
    prepare: ({ self, args }) => usableKeys(DECORATOR, place, findList(self, args)),
    removal: (keys) => ({ keys: [...new Set(keys.values())], tags: [] }),
    needsResult: false,
  });
}
