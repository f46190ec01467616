import type { CacheMultiMethodDecorator, ManyItems } from './cache-method-decorator.js';
import { planCall } from './call-plan.js';
import type { ReadThroughMultiOptions } from './decorator-options.js';
import { defineDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import { isInsideLoadOf, runAsLoad } from '../operations/loads-in-progress.js';
import { matchToIds } from './match-items.js';
import type { Run } from './method-call.js';
import { assertKeyFunction, namespaceReader } from './method-key.js';
import type { MethodPlace } from './method-place.js';
import { assertIds, multiKey } from './multi-key.js';
import { engineOptions, namespaceTag, READ_NAMES, STORED_NAMES, tagsFor } from './stored-options.js';

const DECORATOR = '@ReadThroughMulti';

/**
 * As `@ReadThrough` for a method that takes a list of ids: one look at the cache for all of them, and one run of the
 * method with a new list of those that are missing, each once. The method returns an array with one element per id it
 * was given, in that order, or a `Map` by id, or any array when `idOf` is set.
 *
 * The call resolves to an array with one element per id, in the ids' order, repeated where they are; `undefined` for
 * an id the method has nothing for. That is so also when the method returned a `Map`: prefer `idOf`, which keeps the
 * declared type true. An empty list gives an empty array and does not run the method.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined;
 * from the call `MEMCACHE_INVALID_DECORATOR` when not exactly one key argument is a list or the items cannot be matched
 * to their ids, and `MEMCACHE_INVALID_KEY` when an id is `undefined`, `null` or empty
 * @example
 * ```ts
 * class Users {
 *   \@ReadThroughMulti({ namespace: 'user', ttl: '10m', idOf: (user: User) => user.id })
 *   async findMany(\@Key() ids: string[]) { return await database.findUsers(ids); }
 * }
 * ```
 */
export function ReadThroughMulti<Args extends readonly unknown[] = readonly unknown[], Item = unknown, Id = unknown>(
  options: ReadThroughMultiOptions<Args, Item, Id> = {},
): CacheMultiMethodDecorator<Args, ManyItems<Item>, Id> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as ReadThroughMultiOptions,
    optionNames: [...STORED_NAMES, ...READ_NAMES, 'idOf', 'skipMissing'],
    reads: { form: 'entry', key: undefined, isReading: true },
    weave: readManyCall,
  }) as CacheMultiMethodDecorator<Args, ManyItems<Item>, Id>;
}

function readManyCall(place: MethodPlace, options: ReadThroughMultiOptions): Run {
  const { tags, unless, signal, idOf } = options;
  assertKeyFunction(DECORATOR, place, options.key);
  const chosen = engineOptions(DECORATOR, place, options);
  const findList = multiKey(DECORATOR, place, options);
  const namespaceOf = namespaceReader(place, options.namespace);
  const finish = options.skipMissing === true ? withoutMissing : asTheyAre;
  return async (call) => {
    const { self, args, proceed } = call;
    if (!planCall(options, place, call, () => true)) return await proceed();
    const { ids, index, keyOf } = findList(self, args);
    assertIds(DECORATOR, place, ids);
    const plan = planCall({}, place, call, () => ({
      keys: new Map(ids.map((id) => [id, keyOf(id)])),
      own: namespaceTag(namespaceOf(self)),
      abort: signal?.(...args),
    }));
    if (!plan) return await proceed();
    const { keys, own, abort } = plan;
    const keyOfKnown = (id: unknown): string => keys.get(id) ?? keyOf(id);
    const cache = findCache(options.cache, self);
    const load = async (wanted: readonly unknown[]): Promise<ReadonlyMap<unknown, unknown>> => {
      const others = args.map((argument, at) => (at === index ? wanted : argument));
      const returned = await runAsLoad(cache, wanted.map(keyOfKnown), () => proceed(others));
      return matchToIds(place, wanted, returned, idOf);
    };
    if (ids.some((id) => isInsideLoadOf(cache, keyOfKnown(id)))) {
      const found = await load([...new Set(ids)]);
      return finish(ids.map((id) => found.get(id)));
    }
    const items = await cache.getOrLoadMany(ids, keyOfKnown, load, {
      ...chosen,
      tags: typeof tags === 'function' ? (result) => [own, ...tagsFor(tags, { args, result })] : [own, ...(tags ?? [])],
      ...(unless && { storeIf: (result: unknown) => !unless({ args, result }) }),
      ...(abort && { signal: abort }),
    });
    return finish(items);
  };
}

function asTheyAre(items: readonly unknown[]): readonly unknown[] {
  return items;
}

function withoutMissing(items: readonly unknown[]): readonly unknown[] {
  return items.filter((item) => item !== undefined && item !== null);
}
