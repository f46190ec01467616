/** Which item belongs to which id. */
import { MemcacheError } from '@memkit/core';
import { isNothing, keyPart } from './key-parts.js';
import { showPlace, type MethodPlace } from './method-place.js';

export type IdOf = true | ((item: unknown) => unknown) | undefined;

/**
 * @param items an array with one element per id in their order, a `Map` by id, or with `idOf` any array
 * @throws `MEMCACHE_INVALID_DECORATOR` when they cannot be matched
 */
export function matchToIds(
  place: MethodPlace,
  ids: readonly unknown[],
  items: unknown,
  idOf: IdOf,
): ReadonlyMap<unknown, unknown> {
  if (isMap(items)) return byText(ids, new Map(Array.from(items, ([id, item]) => [keyPart(id), item])));
  const list = listOf(place, items);
  if (idOf) return byText(ids, new Map(withIds(place, list, idOf)));
  if (list.length === ids.length) return new Map(ids.map((id, index) => [id, list[index]]));
  throw unmatched(
    place,
    `it was given ${String(ids.length)} ids and returned ${String(list.length)} items`,
    'Return a Map by id, or set idOf so that items can be matched by their id.',
  );
}

/** @throws `MEMCACHE_INVALID_DECORATOR` for what is no list */
export function listOf(place: MethodPlace, items: unknown): readonly unknown[] {
  if (Array.isArray(items)) return items as readonly unknown[];
  const detail = `they are ${items === null ? 'null' : `a value of type ${typeof items}`}`;
  throw unmatched(place, detail, 'Return an array or a Map by id.');
}

function withIds(place: MethodPlace, items: readonly unknown[], idOf: NonNullable<IdOf>): [string, unknown][] {
  return items
    .filter((item) => item !== null && item !== undefined)
    .map((item, index) => {
      const id = idOf === true ? item : idOf(item);
      if (!isNothing(id)) return [keyPart(id), item];
      const detail = `idOf gave ${id === '' ? 'an empty string' : String(id)} for item ${String(index + 1)}`;
      throw unmatched(place, detail, 'Return the id of every item, as it stands in the list of ids.');
    });
}

/** By the text of the id, so that `42` from a database meets `'42'` from a route. */
function byText(ids: readonly unknown[], items: ReadonlyMap<string, unknown>): ReadonlyMap<unknown, unknown> {
  return new Map(ids.filter((id) => !isNothing(id)).map((id) => [id, items.get(keyPart(id))]));
}

/** By its shape: a `Map` of another realm is one as well. */
function isMap(items: unknown): items is ReadonlyMap<unknown, unknown> {
  return Object.prototype.toString.call(items) === '[object Map]';
}

function unmatched(place: MethodPlace, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_DECORATOR', {
    action: `Cannot match the items of ${showPlace(place)} to its ids`,
    detail,
    hint,
  });
}
