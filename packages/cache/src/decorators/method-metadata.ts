/** Which methods carry which caching decorators. Written when classes are defined, read by the Nest module at start-up. */
import type { Reader } from './reader.js';

/** A caching decorator on a method. */
export interface DecoratedMethod {
  readonly name: string | symbol;
  /** `@ReadThrough`. */
  readonly decorator: string;
  /** `UserService.findOne`, for messages. */
  readonly place: string;
  /** Whether the decorator names its cache itself, so that a bound one is not used. */
  readonly hasOwnCache: boolean;
}

interface StandIn {
  readonly method: DecoratedMethod;
  readonly reader: Reader | undefined;
}

const byTarget = new WeakMap<object, DecoratedMethod[]>();
const byMethod = new WeakMap<object, StandIn[]>();

export function recordDecorated(target: object, method: DecoratedMethod): void {
  byTarget.set(target, [...(byTarget.get(target) ?? []), method]);
}

/** Standard decorators are told no prototype; their methods are found by the function that stands in for them. */
export function recordStandIn(
  standIn: object,
  original: object,
  method: DecoratedMethod,
  reader: Reader | undefined,
): void {
  byMethod.set(standIn, [...(byMethod.get(original) ?? []), { method, reader }]);
}

/** All decorated methods of a class, inherited ones included; a class that has none gives an empty list. */
export function decoratedMethodsOf(prototype: object): readonly DecoratedMethod[] {
  const found: DecoratedMethod[] = [];
  const overridden = new Set<string | symbol>();
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    const own = [...(byTarget.get(at) ?? []), ...standInsOf(at).map(({ method }) => method)];
    found.push(...own.filter(({ name }) => !overridden.has(name)));
    for (const name of Reflect.ownKeys(at)) overridden.add(name);
  }
  return found;
}

/** The reading methods that a prototype, or a class with static ones, has itself. */
export function readersOfStandIns(target: object): readonly Reader[] {
  return standInsOf(target).flatMap(({ reader }) => (reader ? [reader] : []));
}

function standInsOf(prototype: object): readonly StandIn[] {
  return Reflect.ownKeys(prototype).flatMap((name) => {
    const method: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    return typeof method === 'function' ? (byMethod.get(method) ?? []) : [];
  });
}
