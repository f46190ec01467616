import type { CacheMethodDecorator } from './cache-method-decorator.js';
import type { ReadThroughOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { argumentKey, assertKeyFunction, requireKey } from './method-key.js';
import { readCall } from './read-call.js';
import { READ_NAMES, STORED_NAMES } from './stored-options.js';

const DECORATOR = '@ReadThrough';

/**
 * The method's result comes from the cache; the method runs when it is not there, once for all callers that wait.
 * What it throws is never cached, `undefined` only with `negativeTtl`, `null` is a value.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@ReadThrough({ namespace: 'user', ttl: '10m' })
 *   async findOne(\@Key() id: string) { return await database.findUser(id); }
 * }
 * ```
 */
export function ReadThrough<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: ReadThroughOptions<Args, Result> = {},
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as ReadThroughOptions,
    optionNames: [...STORED_NAMES, ...READ_NAMES],
    reads: { form: 'entry', key: undefined, isReading: true },
    weave: (place, chosen) => {
      assertKeyFunction(DECORATOR, place, chosen.key);
      return readCall(DECORATOR, place, chosen, requireKey(DECORATOR, place, argumentKey(DECORATOR, place, chosen)));
    },
    // The class knows the argument types from here on, and one function serves both forms of decorators.
  }) as CacheMethodDecorator<Args, Result>;
}
