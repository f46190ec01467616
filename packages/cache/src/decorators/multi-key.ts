/** Which argument of a multi-form is the list, and the key of each of its ids. */
import { MemcacheError } from '@memkit/core';
import { publishTrouble } from '../telemetry/channels.js';
import { asMemcacheError } from './call-plan.js';
import type { MultiKeyOption } from './decorator-options.js';
import { isNothing, joinKey } from './key-parts.js';
import { keyParametersOf, type KeyParameter } from './key-parameter.js';
import { keyUnder, namespaceReader } from './method-key.js';
import { invalidDecorator, showPlace, type MethodPlace } from './method-place.js';
import { declaredParameterTypes } from './method-shape.js';

export interface IdList {
  readonly ids: readonly unknown[];
  /** Position of the list among the arguments. */
  readonly index: number;
  readonly keyOf: (id: unknown) => string;
}

export type FindList = (self: unknown, args: readonly unknown[]) => IdList;

const ONE_LIST = 'Mark exactly one list with @Key(); other marked parameters are the same for all of its ids.';
const ONE_LIST_ARGUMENT = 'Pass exactly one list; a method with several has to mark its ids with @Key().';

/**
 * @param contentOf finds among the arguments a list that is no list of ids
 * @throws `MEMCACHE_INVALID_DECORATOR` when the declared parameters cannot be one list and constants
 */
export function multiKey(
  decorator: string,
  place: MethodPlace,
  { key, namespace }: MultiKeyOption<readonly unknown[], unknown> & { readonly namespace?: string },
  contentOf: (args: readonly unknown[]) => unknown = () => undefined,
): FindList {
  const parameters = keyParametersOf(decorator, place);
  if (parameters.length === 0 && !key) {
    const hint = place.target
      ? ONE_LIST
      : 'Give the decorator a key function: standard decorators cannot mark parameters.';
    throw invalidDecorator(decorator, place, 'nothing says which parameter holds the ids', hint);
  }
  assertOneList(decorator, place, parameters);
  const namespaceOf = namespaceReader(place, namespace);
  return (self, args) => {
    const index = findListIndex(decorator, place, parameters, args, contentOf);
    const prefix = namespaceOf(self);
    const partsFor = (id: unknown) =>
      parameters.map((parameter) => ({
        value: parameter.index === index ? id : args[parameter.index],
        optional: parameter.index !== index && parameter.optional,
      }));
    return {
      ids: args[index] as readonly unknown[],
      index,
      keyOf: (id) => (key ? keyUnder(prefix, key(id, ...args)) : joinKey(prefix, partsFor(id))),
    };
  };
}

/** @throws `MEMCACHE_INVALID_KEY` when an id of the list identifies nothing */
export function assertIds(decorator: string, place: MethodPlace, ids: readonly unknown[]): void {
  const index = ids.findIndex(isNothing);
  if (index === -1) return;
  const id = ids[index];
  throw new MemcacheError('INVALID_KEY', {
    action: `Cannot use the ids of ${showPlace(place)}`,
    detail: `number ${String(index + 1)} of ${String(ids.length)} is ${id === '' ? 'an empty string' : String(id)}`,
    hint: `Take it out of the list: ${decorator} needs an id for every element.`,
  });
}

/** Id -> key, of those that have one; the others are published and left out. */
export function usableKeys(
  decorator: string,
  place: MethodPlace,
  { ids, keyOf }: IdList,
): ReadonlyMap<unknown, string> {
  const usable = ids.filter((id) => !isNothing(id));
  if (usable.length < ids.length) {
    try {
      assertIds(decorator, place, ids);
    } catch (error) {
      publishTrouble('build the key of', showPlace(place), asMemcacheError(error, place));
    }
  }
  return new Map(usable.map((id) => [id, keyOf(id)]));
}

function findListIndex(
  decorator: string,
  place: MethodPlace,
  parameters: readonly KeyParameter[],
  args: readonly unknown[],
  contentOf: (args: readonly unknown[]) => unknown,
): number {
  const candidates =
    parameters.length > 0 ? parameters.map(({ index }) => index) : withoutContent(args, contentOf(args));
  const lists = candidates.filter((index) => Array.isArray(args[index]));
  const [index] = lists;
  if (index !== undefined && lists.length === 1) return index;
  const hint = parameters.length > 0 ? ONE_LIST : ONE_LIST_ARGUMENT;
  throw invalidDecorator(decorator, place, `${String(lists.length)} of its key arguments are lists`, hint);
}

function withoutContent(args: readonly unknown[], content: unknown): readonly number[] {
  return [...args.keys()].filter((index) => content === undefined || args[index] !== content);
}

/** At class definition, where the compiler left the types of the parameters; else the first call finds out. */
function assertOneList(decorator: string, place: MethodPlace, parameters: readonly KeyParameter[]): void {
  const types = declaredParameterTypes(place);
  if (!types || parameters.length === 0) return;
  const marked = parameters.map(({ index }) => types[index]);
  const lists = marked.filter((type) => type === Array).length;
  if (lists > 1 || marked.every((type) => NO_LISTS.has(type))) {
    throw invalidDecorator(decorator, place, `${String(lists)} of its @Key() parameters are lists`, ONE_LIST);
  }
}

const NO_LISTS: ReadonlySet<unknown> = new Set([String, Number, Boolean, BigInt, Date, Map, Set]);
