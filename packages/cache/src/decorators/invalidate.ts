import type { CacheMethodDecorator } from './cache-method-decorator.js';
import type { InvalidateOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { INVALIDATE_NAMES, invalidateCall, type Removal } from './invalidate-call.js';
import type { Run } from './method-call.js';
import { argumentKey, assertKeyFunction, namespaceReader, requireKey, resultKey } from './method-key.js';
import { invalidDecorator, type MethodPlace } from './method-place.js';
import { namespaceTag } from './stored-options.js';

const DECORATOR = '@Invalidate';

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
export function Invalidate<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: InvalidateOptions<Args, Result> = {},
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as InvalidateOptions,
    optionNames: [...INVALIDATE_NAMES, 'keyFromResult', 'allEntries'],
    weave: (place, chosen) => weaveInvalidate(place, chosen, options.namespace !== undefined),
  }) as CacheMethodDecorator<Args, Result>;
}

/** @param isNamed whether the decorator itself has a namespace, and not only its class */
function weaveInvalidate(place: MethodPlace, options: InvalidateOptions, isNamed: boolean): Run {
  assertKeyFunction(DECORATOR, place, options.key);
  if (options.allEntries === true) return weaveAllEntries(place, options);
  const fromResult = resultKey(DECORATOR, place, options);
  if (fromResult) {
    return invalidateCall(DECORATOR, place, options, {
      prepare: () => undefined,
      removal: (_plan, { self, args }, result) => onlyKey(fromResult(self, { args, result })),
      needsResult: true,
    });
  }
  // With tags alone the @Key() of the method belongs to another decorator on it, such as @Update.
  const hasTagsAlone = options.tags !== undefined && options.key === undefined && !isNamed;
  const found = hasTagsAlone ? undefined : argumentKey(DECORATOR, place, options);
  const keyOf = options.tags === undefined ? requireKey(DECORATOR, place, found) : found;
  return invalidateCall(DECORATOR, place, options, {
    prepare: ({ self, args }) => keyOf?.(self, args),
    removal: onlyKey,
    needsResult: false,
  });
}

function weaveAllEntries(place: MethodPlace, options: InvalidateOptions): Run {
  if (options.key !== undefined || options.keyFromResult !== undefined) {
    const detail = 'it removes all entries and has a key for one';
    throw invalidDecorator(DECORATOR, place, detail, 'Remove "allEntries", or the key.');
  }
  const namespaceOf = namespaceReader(place, options.namespace);
  return invalidateCall(DECORATOR, place, options, {
    prepare: ({ self }) => namespaceTag(namespaceOf(self)),
    removal: (tag) => ({ keys: [], tags: [tag] }),
    needsResult: false,
  });
}

function onlyKey(key: string | undefined): Removal {
  return { keys: key === undefined ? [] : [key], tags: [] };
}
