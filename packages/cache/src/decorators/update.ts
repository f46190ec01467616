import type { CacheMethodDecorator } from './cache-method-decorator.js';
import { contentReader } from './content-parameter.js';
import type { UpdateOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import type { Run } from './method-call.js';
import { argumentKey, assertKeyFunction, requireKey, resultKey } from './method-key.js';
import type { MethodPlace } from './method-place.js';
import { STORED_NAMES } from './stored-options.js';
import { updateCall } from './update-call.js';

const DECORATOR = '@Update';

/**
 * The method always runs, and its result, or the parameter marked with `@Content()`, replaces the entry. A method that
 * throws changes nothing; where there is nothing to store (`undefined`, or what `unless` refuses, or what cannot be
 * stored), the entry is removed, because the old one is out of date.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@Update({ namespace: 'user', ttl: '10m' })
 *   async rename(\@Key() id: string, name: string) { return await database.renameUser(id, name); }
 *   \@Update({ namespace: 'user', ttl: '10m', keyFromResult: ({ result }: { result: User }) => result.id })
 *   async create(name: string): Promise<User> { return await database.createUser(name); }
 * }
 * ```
 */
export function Update<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: UpdateOptions<Args, Result> = {},
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as UpdateOptions,
    optionNames: [...STORED_NAMES, 'keyFromResult', 'content'],
    weave: weaveUpdate,
  }) as CacheMethodDecorator<Args, Result>;
}

function weaveUpdate(place: MethodPlace, options: UpdateOptions): Run {
  assertKeyFunction(DECORATOR, place, options.key);
  const contentOf = contentReader(DECORATOR, place, options.content);
  const fromResult = resultKey(DECORATOR, place, options);
  if (fromResult) {
    return updateCall(DECORATOR, place, options, {
      prepare: () => undefined,
      changes: (_plan, { self, args }, result) => [[fromResult(self, { args, result }), contentOf(args, result)]],
    });
  }
  const keyOf = requireKey(DECORATOR, place, argumentKey(DECORATOR, place, options));
  return updateCall(DECORATOR, place, options, {
    prepare: ({ self, args }) => keyOf(self, args),
    changes: (key, { args }, result) => [[key, contentOf(args, result)]],
  });
}
