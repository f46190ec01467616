/** Objects that say themselves what stands for them in a key. Knows nothing about decorators. */
import { MemcacheError } from '@memkit/core';

/**
 * Name of the method that gives an object's part of a key; for plain objects, and for classes whose methods cannot be
 * decorated. The same as putting `@CacheKey()` on a method.
 * @example
 * ```ts
 * class Account {
 *   constructor(readonly bank: string, readonly number: string) {}
 *   [cacheKey]() { return `${this.bank}-${this.number}`; }
 * }
 * ```
 */
export const cacheKey: unique symbol = Symbol.for('memkit.cacheKey');

/** Prototype -> name of its method or getter. */
const memberNames = new WeakMap<object, string | symbol>();
/** Methods and getters whose prototype is not known yet. */
const members = new WeakSet();

/** @returns the name of another member of the same prototype, which stays the one that counts */
export function addKeyMember(prototype: object, name: string | symbol): string | symbol | undefined {
  const other = memberNames.get(prototype);
  if (other === undefined) memberNames.set(prototype, name);
  return other;
}

export function addUnplacedKeyMember(member: object): void {
  members.add(member);
}

type Reader = (value: object) => unknown;

/** Prototype -> how its objects are asked; `null` when they cannot be. */
const readers = new WeakMap<object, Reader | null>();

/**
 * What stands for the object in keys; `undefined` when it does not say.
 * @throws `MEMCACHE_INVALID_KEY` when it says nothing, or what is no key
 */
export function cacheKeyOf(value: object): string | undefined {
  const read = Object.hasOwn(value, cacheKey) ? readBySymbol : readerOf(Object.getPrototypeOf(value));
  if (!read) return undefined;
  const key = read(value);
  if (typeof key === 'string' && key !== '') return key;
  if (typeof key === 'number' || typeof key === 'bigint') return String(key);
  const detail = key === '' ? 'it is empty' : `it is ${key === null ? 'null' : `of type ${typeof key}`}`;
  throw unusable(value, detail, 'Return a string of at least one character, or a number.');
}

function readerOf(prototype: unknown): Reader | undefined {
  if (typeof prototype !== 'object' || prototype === null) return undefined;
  let reader = readers.get(prototype);
  if (reader === undefined) {
    reader = findReader(prototype) ?? null;
    readers.set(prototype, reader);
  }
  return reader ?? undefined;
}

function findReader(prototype: object): Reader | undefined {
  for (let at: object | null = prototype; at !== null; at = Object.getPrototypeOf(at) as object | null) {
    if (Object.hasOwn(at, cacheKey)) return readBySymbol;
    const name = memberNames.get(at) ?? findUnplaced(at);
    if (name !== undefined) return (value) => readMember(value, name);
  }
  return undefined;
}

function findUnplaced(prototype: object): string | symbol | undefined {
  let found: string | symbol | undefined;
  for (const name of Reflect.ownKeys(prototype)) {
    const descriptor = Object.getOwnPropertyDescriptor(prototype, name) ?? {};
    // The getter only to recognise it.
    const member: unknown = 'get' in descriptor ? Reflect.get(descriptor, 'get') : descriptor.value;
    if (typeof member !== 'function' || !members.has(member)) continue;
    if (found !== undefined) {
      const detail = `both ${String(found)} and ${String(name)} of its class have @CacheKey()`;
      throw unusable(prototype, detail, 'An object has one key: remove one of the two.');
    }
    found = name;
  }
  return found;
}

function readMember(value: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(value, name);
  return typeof member === 'function' ? Reflect.apply(member, value, []) : member;
}

function readBySymbol(value: object): unknown {
  return readMember(value, cacheKey);
}

function unusable(value: object, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_KEY', {
    action: `Cannot use the cache key of a ${value.constructor.name}`,
    detail,
    hint,
  });
}
