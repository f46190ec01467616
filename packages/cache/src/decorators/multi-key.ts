/** Which argument of a multi-read is the list, and the key of each of its ids. */
import type { ReadThroughMultiOptions } from './decorator-options.js';
import { joinKey } from './key-parts.js';
import { keyParametersOf, type KeyParameter } from './key-parameter.js';
import { keyUnder, namespaceReader } from './method-key.js';
import { invalidDecorator, type MethodPlace } from './method-place.js';

export interface IdList {
  readonly ids: readonly unknown[];
  /** Position of the list among the arguments. */
  readonly index: number;
  keyOf(id: unknown): string;
}

const ONE_LIST = 'Mark exactly one list with @Key(); other marked parameters are the same for all of its ids.';

/** @throws `MEMCACHE_INVALID_DECORATOR` when the declared parameters cannot be one list and constants */
export function multiKeyBuilder(
  decorator: string,
  place: MethodPlace,
  options: Pick<ReadThroughMultiOptions<readonly unknown[]>, 'key' | 'namespace'>,
): (self: unknown, args: readonly unknown[]) => IdList {
  const { key } = options;
  const parameters = keyParametersOf(decorator, place);
  if (parameters.length === 0 && !key) {
    throw invalidDecorator(decorator, place, 'nothing says which parameter holds the ids', ONE_LIST);
  }
  assertOneList(decorator, place, parameters);
  const namespaceOf = namespaceReader(decorator, place, options.namespace);
  return (self, args) => {
    const index = findListIndex(decorator, place, parameters, args);
    const namespace = namespaceOf(self);
    const partsFor = (id: unknown) =>
      parameters.map((parameter) => (parameter.index === index ? id : args[parameter.index]));
    return {
      ids: args[index] as readonly unknown[],
      index,
      keyOf: (id) => (key ? keyUnder(namespace, key(id, ...args)) : joinKey(namespace, partsFor(id))),
    };
  };
}

function findListIndex(
  decorator: string,
  place: MethodPlace,
  parameters: readonly KeyParameter[],
  args: readonly unknown[],
): number {
  const candidates = parameters.length > 0 ? parameters.map(({ index }) => index) : [...args.keys()];
  const lists = candidates.filter((index) => Array.isArray(args[index]));
  const [index] = lists;
  if (index !== undefined && lists.length === 1) return index;
  throw invalidDecorator(decorator, place, `${lists.length} of its key arguments are lists`, ONE_LIST);
}

interface TypeReflection {
  getOwnMetadata?(key: string, target: object, name: string | symbol): unknown;
}

/** At class definition, where the compiler left the types of the parameters; else the first call finds out. */
function assertOneList(decorator: string, place: MethodPlace, parameters: readonly KeyParameter[]): void {
  const reflection = Reflect as TypeReflection;
  const types = place.target && reflection.getOwnMetadata?.('design:paramtypes', place.target, place.name);
  if (!Array.isArray(types) || parameters.length === 0) return;
  const marked = parameters.map(({ index }): unknown => types[index]);
  const lists = marked.filter((type) => type === Array).length;
  const cannotBeLists = marked.every((type) => type === String || type === Number || type === Boolean || type === Date);
  if (lists > 1 || cannotBeLists) {
    throw invalidDecorator(decorator, place, `${lists} of its @Key() parameters are lists`, ONE_LIST);
  }
}
