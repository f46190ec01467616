/** From a call of a decorated method to its key. Decides at class definition whether that can work. */
import type { KeyOption, MethodKey, MethodOutcome, ResultKeyOption } from './decorator-options.js';
import { joinKey, keyPart } from './key-parts.js';
import { keyParametersOf } from './key-parameter.js';
import { classNameOf, invalidDecorator, type MethodPlace } from './method-place.js';

type AnyArgs = readonly unknown[];

/** The key of one call, before the method runs. */
export type KeyOf = (self: unknown, args: AnyArgs) => string;
/** The key of what a method returned. */
export type ResultKeyOf = (self: unknown, outcome: MethodOutcome) => string;

interface KeySources extends ResultKeyOption<AnyArgs, unknown> {
  readonly namespace?: string;
  /** Whatever function it is. */
  readonly key?: unknown;
}

/** Without `@Key()` and key function: `undefined`. */
export function argumentKey(
  decorator: string,
  place: MethodPlace,
  { key, namespace }: KeyOption<AnyArgs> & { readonly namespace?: string },
): KeyOf | undefined {
  const namespaceOf = namespaceReader(place, namespace);
  if (key) return (self, args) => keyUnder(namespaceOf(self), key(...args));
  const parameters = keyParametersOf(decorator, place);
  const [only, ...others] = parameters;
  if (!only) return undefined;
  if (others.length === 0 && !only.optional) {
    return (self, args) => `${namespaceOf(self)}:${keyPart(args[only.index])}`;
  }
  return (self, args) =>
    joinKey(
      namespaceOf(self),
      parameters.map(({ index, optional }) => ({ value: args[index], optional })),
    );
}

/** Without `keyFromResult`: `undefined`. */
export function resultKey(
  decorator: string,
  place: MethodPlace,
  { key, keyFromResult, namespace }: KeySources,
): ResultKeyOf | undefined {
  if (keyFromResult === undefined) return undefined;
  if (key !== undefined) {
    const detail = 'both "key" and "keyFromResult" say what its key is';
    throw invalidDecorator(decorator, place, detail, 'Remove one of the two.');
  }
  const namespaceOf = namespaceReader(place, namespace);
  if (keyFromResult === true) return (self, { result }) => joinKey(namespaceOf(self), [{ value: result }]);
  return (self, outcome) => keyUnder(namespaceOf(self), keyFromResult(outcome));
}

/** @throws `MEMCACHE_INVALID_DECORATOR` unless the key is a text */
export function assignedKey(
  decorator: string,
  place: MethodPlace,
  { key, namespace }: { readonly key?: unknown; readonly namespace?: string },
): KeyOf {
  if (typeof key !== 'string' || key === '') {
    const detail = key === '' ? 'its key is empty' : `its key is of type ${typeof key}`;
    throw invalidDecorator(decorator, place, detail, "Give it a key that is always the same: { key: 'all' }.");
  }
  const namespaceOf = namespaceReader(place, namespace);
  return (self) => `${namespaceOf(self)}:${key}`;
}

/** @throws `MEMCACHE_INVALID_DECORATOR` for a text where the key has to depend on the call */
export function assertKeyFunction(decorator: string, place: MethodPlace, key: unknown): void {
  if (key === undefined || typeof key === 'function') return;
  const hint = `Write { key: (id) => id }, or ${decorator}Assigned({ key: 'all' }) for a key that is always the same.`;
  throw invalidDecorator(decorator, place, `its option "key" is of type ${typeof key}`, hint);
}

/** @throws `MEMCACHE_INVALID_DECORATOR` */
export function requireKey<Source>(decorator: string, place: MethodPlace, source: Source | undefined): Source {
  if (source !== undefined) return source;
  const hint = place.target
    ? 'Mark a parameter with @Key() or give the decorator a key function.'
    : 'Give the decorator a key function: standard decorators cannot mark parameters.';
  throw invalidDecorator(decorator, place, 'nothing says what its key is', hint);
}

/** A key function's string stands as it is; its parts are joined as those of parameters. */
export function keyUnder(namespace: string, key: MethodKey): string {
  if (typeof key === 'string' && key !== '') return `${namespace}:${key}`;
  const parts: readonly unknown[] = Array.isArray(key) ? key : [key];
  return joinKey(namespace, parts.length === 0 ? NO_PARTS : parts.map((value) => ({ value })));
}

const NO_PARTS = [{ value: undefined }];

/** The namespace of a call: the given one, or the name of the class the object really is of. */
export function namespaceReader(place: MethodPlace, namespace: string | undefined): (self: unknown) => string {
  if (namespace !== undefined) return () => namespace;
  const { target } = place;
  return (self) => {
    const owner = (typeof self === 'object' || typeof self === 'function') && self !== null ? self : target;
    if (owner) return classNameOf(owner);
    throw invalidDecorator(
      'the decorator',
      place,
      'it was called without an object',
      "Give it a namespace: { namespace: 'user' }.",
    );
  };
}
