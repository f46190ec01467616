import type { CacheMethodDecorator } from './cache-method-decorator.js';
import type { InvalidateAssignedOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { INVALIDATE_NAMES, invalidateCall } from './invalidate-call.js';
import { assignedKey } from './method-key.js';

const DECORATOR = '@InvalidateAssigned';

/**
 * As `@Invalidate` for the entry of `@ReadThroughAssigned()`: the key is always the same.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION` when the class is defined
 * @example
 * ```ts
 * class Countries {
 *   \@InvalidateAssigned({ namespace: 'country', key: 'all' })
 *   async add(country: Country) { await database.addCountry(country); }
 * }
 * ```
 */
export function InvalidateAssigned<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: InvalidateAssignedOptions<Args, Result>,
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as InvalidateAssignedOptions,
    optionNames: INVALIDATE_NAMES,
    weave: (place, chosen) => {
      const keyOf = assignedKey(DECORATOR, place, chosen);
      return invalidateCall(DECORATOR, place, chosen, {
        prepare: ({ self, args }) => keyOf(self, args),
        removal: (key) => ({ keys: [key], tags: [] }),
        needsResult: false,
      });
    },
  }) as CacheMethodDecorator<Args, Result>;
}
