import { publishTrouble } from '../telemetry/channels.js';
import type { CacheMethodDecorator, ManyChanged } from './cache-method-decorator.js';
import { asMemcacheError } from './call-plan.js';
import { contentReader } from './content-parameter.js';
import type { UpdateMultiOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { listOf, matchToIds } from './match-items.js';
import type { Run } from './method-call.js';
import { assertKeyFunction, resultKey } from './method-key.js';
import { showPlace, type MethodPlace } from './method-place.js';
import { multiKey, usableKeys } from './multi-key.js';
import { STORED_NAMES } from './stored-options.js';
import { updateCall, type Change } from './update-call.js';

const DECORATOR = '@UpdateMulti';

/**
 * As `@Update` for many entries at once. The content, an array or a `Map` by id, is matched to the list of ids by
 * position, by `idOf` or by the map; ids without content lose their entry. With `keyFromResult` there is no list of
 * ids: every item of the result says its key itself.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Users {
 *   \@UpdateMulti({ namespace: 'user', ttl: '10m' })
 *   async saveMany(\@Key() ids: string[], \@Content() users: User[]): Promise<void> { await database.saveUsers(users); }
 *   \@UpdateMulti({ namespace: 'user', ttl: '10m', keyFromResult: ({ result }: { result: User }) => result.id })
 *   async promote(team: string): Promise<User[]> { return await database.promote(team); }
 * }
 * ```
 */
export function UpdateMulti<Args extends readonly unknown[] = readonly unknown[], Item = unknown, Id = unknown>(
  options: UpdateMultiOptions<Args, Item, Id> = {},
): CacheMethodDecorator<Args, ManyChanged<Item>> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as UpdateMultiOptions,
    optionNames: [...STORED_NAMES, 'keyFromResult', 'content', 'idOf'],
    weave: weaveUpdateMulti,
  }) as CacheMethodDecorator<Args, ManyChanged<Item>>;
}

function weaveUpdateMulti(place: MethodPlace, options: UpdateMultiOptions): Run {
  const { idOf } = options;
  assertKeyFunction(DECORATOR, place, options.key);
  const contentOf = contentReader(DECORATOR, place, options.content);
  const fromResult = resultKey(DECORATOR, place, options);
  if (fromResult) {
    return updateCall(DECORATOR, place, options, {
      prepare: () => undefined,
      changes: (_plan, { self, args }, result) => {
        const items = listOf(place, result);
        const content = contentOf(args, result);
        const matched = content === result ? undefined : matchToIds(place, [...items.keys()], content, undefined);
        return items.map((item, at): Change => [
          fromResult(self, { args, result: item }),
          matched ? matched.get(at) : item,
        ]);
      },
    });
  }
  const findList = multiKey(DECORATOR, place, options, (args) => contentOf(args, undefined));
  return updateCall(DECORATOR, place, options, {
    prepare: ({ self, args }) => {
      const list = findList(self, args);
      return { ids: [...list.ids], keys: usableKeys(DECORATOR, place, list) };
    },
    changes: ({ ids, keys }, { args }, result) => {
      try {
        const content = matchToIds(place, ids, contentOf(args, result), idOf);
        return Array.from(keys, ([id, key]): Change => [key, content.get(id)]);
      } catch (error) {
        // Which item belongs to which id is unknown, and every old entry out of date.
        publishTrouble('store', showPlace(place), asMemcacheError(error, place));
        return Array.from(keys.values(), (key): Change => [key, undefined]);
      }
    },
  });
}
