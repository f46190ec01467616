/** From the arguments of a decorated method to its key. Decides at class definition whether that can work. */
import type { AnyKeyed, MethodKey } from './decorator-options.js';
import { joinKey } from './key-parts.js';
import { keyParametersOf } from './key-parameter.js';
import { classNameOf, invalidDecorator, type MethodPlace } from './method-place.js';

/** The key of one call. */
export type KeyOf = (self: unknown, args: readonly unknown[]) => string;

/** Without `@Key()` and key function: `undefined`. */
export function keyBuilder(
  decorator: string,
  place: MethodPlace,
  options: Pick<AnyKeyed, 'key' | 'namespace'>,
): KeyOf | undefined {
  const { key } = options;
  const namespaceOf = namespaceReader(decorator, place, options.namespace);
  if (key) {
    return (self, args) => keyUnder(namespaceOf(self), key(...args));
  }
  const parameters = keyParametersOf(decorator, place);
  if (parameters.length === 0) return undefined;
  return (self, args) =>
    joinKey(
      namespaceOf(self),
      parameters.map(({ index }) => args[index]),
    );
}

/** @throws `MEMCACHE_INVALID_DECORATOR` */
export function requireKey(decorator: string, place: MethodPlace, keyOf: KeyOf | undefined): KeyOf {
  if (keyOf) return keyOf;
  const hint = place.target
    ? 'Mark a parameter with @Key() or give the decorator a key function.'
    : 'Give the decorator a key function: standard decorators cannot mark parameters.';
  throw invalidDecorator(decorator, place, 'nothing says what its key is', hint);
}

/** A key function's string stands as it is; its parts are joined as those of parameters. */
export function keyUnder(namespace: string, key: MethodKey): string {
  return typeof key === 'string' ? `${namespace}:${key}` : joinKey(namespace, key);
}

/** The namespace of a call: the given one, or the name of the class the object really is of. */
export function namespaceReader(
  decorator: string,
  place: MethodPlace,
  namespace: string | undefined,
): (self: unknown) => string {
  if (namespace !== undefined) {
    if (namespace === '') throw invalidDecorator(decorator, place, 'its namespace is empty', GIVE_NAMESPACE);
    return () => namespace;
  }
  const { target } = place;
  if (!target) throw invalidDecorator(decorator, place, 'it has no namespace', GIVE_NAMESPACE);
  return (self) => classNameOf(typeof self === 'object' || typeof self === 'function' ? (self ?? target) : target);
}

const GIVE_NAMESPACE = "Give it one: { namespace: 'user' }.";

const unnamedReaders = new WeakMap<object, Map<string | symbol, string>>();

/**
 * Two reading methods of one class under its default namespace would get each other's results.
 * @throws `MEMCACHE_INVALID_DECORATOR`
 */
export function assertOnlyUnnamedReader(decorator: string, place: MethodPlace): void {
  if (!place.target) return;
  for (let at: object | null = place.target; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    for (const [name, other] of unnamedReaders.get(at) ?? []) {
      if (name === place.name || other !== decorator) continue;
      const detail = `${String(name)} reads under the same default namespace, so each would find the other's results`;
      throw invalidDecorator(decorator, place, detail, `${GIVE_NAMESPACE} Each of the two needs its own.`);
    }
  }
  const methods = unnamedReaders.get(place.target) ?? new Map<string | symbol, string>();
  unnamedReaders.set(place.target, methods.set(place.name, decorator));
}
