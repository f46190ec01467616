import type { CacheMethodDecorator } from './cache-method-decorator.js';
import type { ReadThroughAssignedOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { assignedKey } from './method-key.js';
import { readCall } from './read-call.js';
import { READ_NAMES, STORED_NAMES } from './stored-options.js';

const DECORATOR = '@ReadThroughAssigned';

/**
 * As `@ReadThrough` for a method whose result does not depend on its arguments: the key is always the same.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Countries {
 *   \@ReadThroughAssigned({ namespace: 'country', key: 'all', ttl: '1h' })
 *   async findAll() { return await database.allCountries(); }
 * }
 * ```
 */
export function ReadThroughAssigned<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: ReadThroughAssignedOptions<Args, Result>,
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as ReadThroughAssignedOptions,
    optionNames: [...STORED_NAMES, ...READ_NAMES],
    reads: { form: 'entry', key: options.key, isReading: true },
    weave: (place, chosen) => readCall(DECORATOR, place, chosen, assignedKey(DECORATOR, place, chosen)),
  }) as CacheMethodDecorator<Args, Result>;
}
