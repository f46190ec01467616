import { MemcacheError } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { planCall } from './call-plan.js';
import type { ReadThroughMultiOptions } from './decorator-options.js';
import { defineDecorator, type CacheMethodDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import { keyPart } from './key-parts.js';
import { assertOnlyUnnamedReader, namespaceReader } from './method-key.js';
import { showPlace, type MethodPlace } from './method-place.js';
import { multiKeyBuilder } from './multi-key.js';
import { engineOptions, namespaceTag, STORED_NAMES } from './stored-options.js';

const DECORATOR = '@ReadThroughMulti';

/**
 * As `@ReadThrough` for a method that takes a list of ids: one look at the cache for all of them, and one run of the
 * method with a new list of those that are missing, each once. The method returns an array with one element per id it
 * was given, in that order, or a `Map` by id, or any array when `idOf` is set.
 *
 * The call always resolves to an array with one element per id, in the ids' order, repeated where they are; `undefined` for
 * an id the method has nothing for. That is so also when the method returned a `Map`: prefer `idOf`, which keeps the
 * declared type true.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined;
 * `MEMCACHE_INVALID_DECORATOR` from the call when the method returned another number of elements than ids
 * @example
 * ```ts
 * class Users {
 *   \@ReadThroughMulti({ namespace: 'user', ttl: '10m', idOf: (user: User) => user.id })
 *   async findMany(\@Key() ids: string[]) { return await database.findUsers(ids); }
 * }
 * ```
 */
export function ReadThroughMulti<Args extends readonly unknown[] = readonly never[], Item = unknown>(
  options: ReadThroughMultiOptions<Args, Item> = {},
): CacheMethodDecorator {
  const any = options as ReadThroughMultiOptions<readonly unknown[]>;
  const { tags, unless, idOf } = any;
  assertKnownOptions(options, [...STORED_NAMES, 'idOf'], `${DECORATOR}()`);
  const chosen = engineOptions(any, `${DECORATOR}()`);
  return defineDecorator(DECORATOR, options.cache, (place) => {
    const findList = multiKeyBuilder(DECORATOR, place, any);
    const namespaceOf = namespaceReader(DECORATOR, place, any.namespace);
    if (any.namespace === undefined) assertOnlyUnnamedReader(DECORATOR, place);
    return async (call) => {
      const { self, args, proceed } = call;
      const list = findList(self, args);
      const plan = planCall(any, place, call, () => ({
        keys: new Map(list.ids.map((id) => [id, list.keyOf(id)])),
        own: namespaceTag(namespaceOf(self)),
      }));
      if (!plan) return await proceed();
      const loadMissing = async (ids: unknown[]): Promise<ReadonlyMap<unknown, unknown>> => {
        const returned = await proceed(args.map((argument, index) => (index === list.index ? ids : argument)));
        return matchToIds(place, ids, returned, idOf);
      };
      return await findCache(options.cache, self).getOrLoadMany(
        list.ids,
        (id) => plan.keys.get(id) ?? list.keyOf(id),
        loadMissing,
        {
          ...chosen,
          tags:
            typeof tags === 'function'
              ? (result) => [plan.own, ...tags({ args, result })]
              : [plan.own, ...(tags ?? [])],
          ...(unless && { storeIf: (result: unknown) => !unless({ args, result }) }),
        },
      );
    };
  });
}

function matchToIds(
  place: MethodPlace,
  ids: readonly unknown[],
  returned: unknown,
  idOf: ((item: unknown) => unknown) | undefined,
): ReadonlyMap<unknown, unknown> {
  if (returned instanceof Map) return byId(ids, returned);
  if (!Array.isArray(returned)) {
    const detail = `it returned ${returned === null ? 'null' : `a value of type ${typeof returned}`}`;
    throw unmatched(place, detail, 'Return an array or a Map by id.');
  }
  const items: readonly unknown[] = returned;
  if (idOf)
    return byId(
      ids,
      items.filter((item) => item !== null && item !== undefined).map((item) => [idOf(item), item]),
    );
  if (items.length === ids.length) return new Map(ids.map((id, index) => [id, items[index]]));
  throw unmatched(
    place,
    `it was given ${ids.length} ids and returned ${items.length} items`,
    'Return a Map by id, or set idOf so that items can be matched by their id.',
  );
}

/** By the text of the id, so that `42` from a database meets `'42'` from a route. */
function byId(ids: readonly unknown[], items: Iterable<readonly [unknown, unknown]>): ReadonlyMap<unknown, unknown> {
  const byText = new Map(Array.from(items, ([id, item]) => [keyPart(id), item]));
  return new Map(ids.map((id) => [id, byText.get(keyPart(id))]));
}

function unmatched(place: MethodPlace, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_DECORATOR', {
    action: `Cannot match what ${showPlace(place)} returned to its ids`,
    detail,
    hint,
  });
}
