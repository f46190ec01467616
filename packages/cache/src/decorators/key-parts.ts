/** What stands for one argument, id or result in a key. */
import { MemcacheError } from '@memkit/core';
import { cacheKeyOf } from '../keys/cache-key.js';
import { canonicalValue } from '../keys/canonical-arguments.js';

/** A value in a key. `optional`: "none" is a value like any other. */
export interface KeyPart {
  readonly value: unknown;
  readonly optional?: boolean;
}

/**
 * `namespace:part/part`. Strings, numbers and bigints stand as they are (so `42` and `'42'` are the same part), objects
 * with a cache key by that, and anything else in canonical form behind `~`. In strings, `%`, `/` and a `~` at the start
 * are percent-encoded: different parts never give the same key.
 * @throws `MEMCACHE_INVALID_KEY` for `undefined`, `null`, `''` and `NaN`, which most often are mistakes of the caller
 */
export function joinKey(namespace: string, parts: readonly KeyPart[]): string {
  return `${namespace}:${parts.map(({ value, optional }) => (optional ? textOf(value) : keyPart(value))).join('/')}`;
}

/** @throws `MEMCACHE_INVALID_KEY` for what identifies nothing */
export function keyPart(part: unknown): string {
  if (isNothing(part)) throw nothing(part);
  return textOf(part);
}

/** Whether a value identifies nothing: it would give everybody who forgot an id the same entry. */
export function isNothing(part: unknown): part is undefined | null | '' {
  return part === undefined || part === null || part === '' || Number.isNaN(part);
}

function textOf(part: unknown): string {
  if (typeof part === 'string') return encode(part);
  if (typeof part === 'number' || typeof part === 'bigint') return String(part);
  if (typeof part !== 'object' || part === null) return `~${canonicalValue(part)}`;
  const own = cacheKeyOf(part) ?? ownText(part);
  return own === undefined ? `~${canonicalValue(part)}` : encode(own);
}

/** The text of an object whose class brings its own `toString` and no `toJSON`. */
function ownText(part: object): string | undefined {
  if ('toJSON' in part || Array.isArray(part) || isBuiltIn(part)) return undefined;
  const { toString } = part as { toString?: unknown };
  if (typeof toString !== 'function' || toString === Object.prototype.toString) return undefined;
  const text: unknown = Reflect.apply(toString, part, []);
  return typeof text === 'string' && text !== '' && !text.startsWith('[object ') ? text : undefined;
}

/** Their text says less than they hold, or the canonical form says it better. */
function isBuiltIn(part: object): boolean {
  return (
    ArrayBuffer.isView(part) || Object.prototype.toString.call(part) !== '[object Object]' || !('constructor' in part)
  );
}

function encode(part: string): string {
  return part.replace(/[%/]|^~/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);
}

function nothing(part: unknown): MemcacheError {
  return new MemcacheError('INVALID_KEY', {
    action: 'Cannot build a key',
    detail: `one of its parts is ${part === '' ? 'an empty string' : String(part)}`,
    hint: 'Pass the id; where none is a value like any other, mark the parameter with @Key({ optional: true }).',
  });
}
