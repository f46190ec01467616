/**
 * Arguments -> text for keys: equal data gives equal text on every run and machine, different data different text.
 * Knows nothing about keys' length or namespaces.
 */
import { types } from 'node:util';
import { MemcacheError } from '@memkit/core';
import { cacheKeyOf } from './cache-key.js';

/**
 * Canonical text of a list of arguments: object keys in order, and `undefined`, `null`, `NaN`, `-0`, dates, bigints,
 * maps, sets, bytes and regular expressions each with a form of their own. Objects with `@CacheKey()` stand for
 * themselves, other classes by their `toJSON`.
 * @throws `MEMCACHE_INVALID_KEY` for functions, symbols, cycles, what is nested more than 200 deep, and objects of a
 * class without either: private fields cannot be seen, so two different objects could get the same key
 */
export function canonicalArguments(args: readonly unknown[]): string {
  return args.map((argument) => canonicalValue(argument)).join(',');
}

/** Canonical text of one value; see `canonicalArguments`. */
export function canonicalValue(value: unknown): string {
  return write(value, []);
}

/** Deeper than any argument that means something, and long before the stack ends. */
const DEEPEST = 200;

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
  if (parents.length === DEEPEST) throw noCanonicalForm(`it is nested more than ${String(DEEPEST)} deep`);
  const key = cacheKeyOf(value);
  if (key !== undefined) return `${className(value)}#${JSON.stringify(key)}`;
  const inside = [...parents, value];
  if (Array.isArray(value)) return writeArray(value, inside);
  // By what they are, not by `instanceof`: so that those of another realm count as well.
  if (types.isDate(value)) return `Date(${Number.isNaN(value.getTime()) ? 'NaN' : value.toISOString()})`;
  if (types.isMap(value)) {
    const entries = Array.from(value, ([name, item]) => `${write(name, inside)}=>${write(item, inside)}`);
    return `Map{${entries.sort().join(',')}}`;
  }
  if (types.isSet(value))
    return `Set{${Array.from(value, (item) => write(item, inside))
      .sort()
      .join(',')}}`;
  if (types.isRegExp(value)) return `RegExp(${JSON.stringify(value.source)},${value.flags})`;
  const bytes = writeBytes(value);
  if (bytes !== undefined) return bytes;
  if (isPlain(value)) return writeProperties(value, inside);
  if ('toJSON' in value && typeof value.toJSON === 'function') {
    const json: unknown = (value as { toJSON(): unknown }).toJSON();
    return `${className(value)}(${write(json, inside)})`;
  }
  throw noCanonicalForm(`an object of class ${className(value)} may hold what cannot be seen`);
}

/** A hole is not the same as `undefined`, and properties of its own are part of an array that has some. */
function writeArray(value: readonly unknown[], inside: readonly object[]): string {
  const items = Array.from({ length: value.length }, (_, at) => (at in value ? write(value[at], inside) : ''));
  const list = `[${items.join(',')}${value.length > 0 && items.at(-1) === '' ? ',' : ''}]`;
  const names = Object.keys(value);
  const filled = items.filter((item) => item !== '').length;
  if (names.length === filled && Object.getOwnPropertySymbols(value).length === 0) return list;
  throw noCanonicalForm('an array has properties besides its elements');
}

function writeProperties(value: object, inside: readonly object[]): string {
  if (Object.getOwnPropertySymbols(value).length > 0) throw noCanonicalForm('an object has a symbol as property name');
  const properties = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${properties.map(([name, item]) => `${JSON.stringify(name)}:${write(item, inside)}`).join(',')}}`;
}

function writeBytes(value: object): string | undefined {
  if (types.isUint8Array(value)) return `Bytes(${base64(value)})`;
  if (types.isArrayBuffer(value)) return `ArrayBuffer(${base64(new Uint8Array(value))})`;
  return ArrayBuffer.isView(value) ? `${className(value)}(${base64(value)})` : undefined;
}

function base64({ buffer, byteOffset, byteLength }: ArrayBufferView): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64url');
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

/** Names that have a form of their own here; a class that is called so keeps clear of it. */
const OWN_FORMS = /^(?:Date|Map|Set|RegExp|Bytes|ArrayBuffer|DataView|.*Array)$/;

function className(value: object): string {
  // An object without prototype has none, and one of data may call a property so.
  const { constructor } = value as { readonly constructor?: unknown };
  const name = typeof constructor === 'function' ? constructor.name : 'Object';
  return OWN_FORMS.test(name) && !ArrayBuffer.isView(value) ? `class ${name}` : name;
}

function noCanonicalForm(detail: string): MemcacheError {
  return new MemcacheError('INVALID_KEY', {
    action: 'Cannot build a key from the arguments',
    detail,
    hint: 'Give a key function that names what decides the result, such as { key: (user) => user.id }.',
  });
}
