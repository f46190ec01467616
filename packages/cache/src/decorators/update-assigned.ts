import type { CacheMethodDecorator } from './cache-method-decorator.js';
import { contentReader } from './content-parameter.js';
import type { UpdateAssignedOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { assignedKey } from './method-key.js';
import { STORED_NAMES } from './stored-options.js';
import { updateCall } from './update-call.js';

const DECORATOR = '@UpdateAssigned';

/**
 * As `@Update` for the entry of `@ReadThroughAssigned()`: the key is always the same.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Countries {
 *   \@UpdateAssigned({ namespace: 'country', key: 'all', ttl: '1h' })
 *   async importAll(file: string) { return await database.importCountries(file); }
 * }
 * ```
 */
export function UpdateAssigned<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: UpdateAssignedOptions<Args, Result>,
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as UpdateAssignedOptions,
    optionNames: [...STORED_NAMES, 'content'],
    weave: (place, chosen) => {
      const contentOf = contentReader(DECORATOR, place, chosen.content);
      const keyOf = assignedKey(DECORATOR, place, chosen);
      return updateCall(DECORATOR, place, chosen, {
        prepare: ({ self, args }) => keyOf(self, args),
        changes: (key, { args }, result) => [[key, contentOf(args, result)]],
      });
    },
  }) as CacheMethodDecorator<Args, Result>;
}
