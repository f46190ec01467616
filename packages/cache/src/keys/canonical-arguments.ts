/**
 * Arguments -> text for keys: equal data gives equal text on every run and machine, different data different text.
 * Knows nothing about keys' length or namespaces.
 */
import { MemcacheError } from '@memkit/core';

/**
 * Canonical text of a list of arguments: object keys in order, and `undefined`, `null`, `NaN`, `-0`, dates, bigints,
 * maps, sets and bytes each with a form of their own.
 * @throws `MEMCACHE_INVALID_KEY` for functions, symbols, cycles, and objects of a class without `toJSON`: private
 * fields cannot be seen, so two different objects could get the same key
 */
export function canonicalArguments(args: readonly unknown[]): string {
  return args.map((argument) => canonicalValue(argument)).join(',');
}

/** Canonical text of one value; see `canonicalArguments`. */
export function canonicalValue(value: unknown): string {
  return write(value, []);
}

function write(value: unknown, parents: readonly object[]): string {
  switch (typeof value) {
    case 'string':
      return JSON.stringify(value);
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'bigint':
      return `${value}n`;
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      return value === null ? 'null' : writeObject(value, parents);
    default:
      throw noCanonicalForm(`a ${typeof value} has no canonical form`);
  }
}

function writeObject(value: object, parents: readonly object[]): string {
  if (parents.includes(value)) throw noCanonicalForm('it contains itself');
  const inside = [...parents, value];
  const list = (items: Iterable<unknown>): string[] => Array.from(items, (item) => write(item, inside));
  if (Array.isArray(value)) return `[${list(value).join(',')}]`;
  if (value instanceof Date) return `Date(${Number.isNaN(value.getTime()) ? 'NaN' : value.toISOString()})`;
  if (value instanceof Map) {
    const entries = Array.from(value, ([key, item]) => `${write(key, inside)}=>${write(item, inside)}`);
    return `Map{${entries.sort().join(',')}}`;
  }
  if (value instanceof Set) return `Set{${list(value).sort().join(',')}}`;
  const bytes = writeBytes(value);
  if (bytes !== undefined) return bytes;
  if (isPlain(value)) return writeProperties(value, inside);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = (value as { toJSON(): unknown }).toJSON();
    return `${className(value)}(${write(json, inside)})`;
  }
  throw noCanonicalForm(`an object of class ${className(value)} may hold what cannot be seen`);
}

function writeProperties(value: object, inside: readonly object[]): string {
  const properties = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${properties.map(([name, item]) => `${JSON.stringify(name)}:${write(item, inside)}`).join(',')}}`;
}

function writeBytes(value: object): string | undefined {
  if (value instanceof Uint8Array) return `Bytes(${Buffer.from(value).toString('base64url')})`;
  if (value instanceof ArrayBuffer) return `ArrayBuffer(${Buffer.from(value).toString('base64url')})`;
  if (!ArrayBuffer.isView(value)) return undefined;
  const { buffer, byteOffset, byteLength } = value;
  return `${className(value)}(${Buffer.from(buffer, byteOffset, byteLength).toString('base64url')})`;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === null) return true;
  // The root of another realm (vm contexts, test runners) is as plain as ours.
  return (
    typeof prototype === 'object' &&
    Object.getPrototypeOf(prototype) === null &&
    Object.hasOwn(prototype, 'hasOwnProperty')
  );
}

function className(value: object): string {
  return value.constructor.name;
}

function noCanonicalForm(detail: string): MemcacheError {
  return new MemcacheError('INVALID_KEY', {
    action: 'Cannot build a key from the arguments',
    detail,
    hint: 'Give a key function that names what decides the result, such as { key: (user) => user.id }.',
  });
}
