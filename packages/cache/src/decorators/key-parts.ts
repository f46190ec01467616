import { canonicalValue } from '../keys/canonical-arguments.js';

/**
 * `namespace:part/part`. Strings, numbers and bigints stand as they are (so `42` and `'42'` are the same part), anything
 * else in canonical form behind `~`. In strings, `%`, `/` and a `~` at the start are percent-encoded: different parts
 * never give the same key.
 */
export function joinKey(namespace: string, parts: readonly unknown[]): string {
  return `${namespace}:${parts.map((part) => keyPart(part)).join('/')}`;
}

export function keyPart(part: unknown): string {
  if (typeof part === 'string') return part.replace(/[%/]|^~/g, (character) => encode(character));
  if (typeof part === 'number' || typeof part === 'bigint') return String(part);
  return `~${canonicalValue(part)}`;
}

function encode(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
