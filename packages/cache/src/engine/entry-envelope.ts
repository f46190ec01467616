/** What is stored in memcached for one entry: the value, its times and the version tokens it depends on. As JSON text. */
import { MemcacheError } from '@memkit/core';
import { isAbsent } from '../policies/absent-value.js';

export interface Entry {
  /** `undefined`: it is known that there is none. */
  readonly value: unknown;
  /** Unix milliseconds. */
  readonly storedAt: number;
  /** Unix milliseconds; `Infinity` for `'forever'`. */
  readonly freshUntil: number;
  /** How long its loader took, in milliseconds; `undefined` when it was set. */
  readonly loadMs?: number | undefined;
  /** Its version at the source. */
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
  /** Token of the namespace when the value was loaded. */
  readonly all: string;
  /** Tag -> its token when the value was loaded. */
  readonly tags: ReadonlyMap<string, string>;
}

const FORMAT = 1;
const START = `{"memkit":${FORMAT},`;
const MARK = `${START}"mark":`;

/**
 * @throws `MEMCACHE_NOT_SERIALIZABLE` for what JSON cannot hold: functions, symbols, bigints, cycles
 */
export function encodeEntry(entry: Entry, key: string): string {
  const { value, storedAt, freshUntil, loadMs, etag, lastModified, all, tags } = entry;
  const until = Number.isFinite(freshUntil) ? freshUntil : null;
  // What is undefined is left out.
  const facts = { memkit: FORMAT, storedAt, freshUntil: until, loadMs, etag, lastModified, all };
  const head = JSON.stringify({ ...facts, tags: Object.fromEntries(tags) });
  return `${head.slice(0, -1)},${encodeValue(value, key)}}`;
}

function encodeValue(value: unknown, key: string): string {
  if (isAbsent(value)) return '"absent":true';
  return value instanceof Uint8Array ? `"bytes":${encodeBytes(value)}` : `"value":${encodeJson(value, key)}`;
}

function encodeBytes(value: Uint8Array): string {
  return JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'));
}

function encodeJson(value: unknown, key: string): string {
  let cause: unknown;
  try {
    // Undefined for functions and symbols, whatever the declared type says.
    const json: unknown = JSON.stringify(value);
    if (typeof json === 'string') return json;
  } catch (error) {
    cause = error;
  }
  const detail = cause instanceof Error ? firstLine(cause.message) : `a ${typeof value} is not data`;
  throw new MemcacheError('NOT_SERIALIZABLE', { action: 'Cannot store', key, detail, cause });
}

function firstLine(message: string): string {
  return message.split('\n', 1)[0] ?? message;
}

/** What holds an empty place for a moment, so that a store can tell whether somebody was there since. No entry. */
export function encodeMark(token: string): string {
  return `${MARK}${JSON.stringify(token)}}`;
}

export function isMark(stored: unknown): boolean {
  return typeof stored === 'string' && stored.startsWith(MARK);
}

/** The entry, or `undefined` when the stored value is something else. */
export function decodeEntry(stored: unknown): Entry | undefined {
  if (typeof stored !== 'string' || !stored.startsWith(START)) return undefined;
  try {
    return toEntry(JSON.parse(stored) as Readonly<Record<string, unknown>>);
  } catch {
    return undefined;
  }
}

function toEntry(fields: Readonly<Record<string, unknown>>): Entry | undefined {
  const { storedAt, freshUntil, all, tags, bytes, value, loadMs, etag, lastModified } = fields;
  if (typeof storedAt !== 'number' || typeof all !== 'string' || typeof tags !== 'object' || tags === null)
    return undefined;
  if (freshUntil !== null && typeof freshUntil !== 'number') return undefined;
  return {
    value: typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : value,
    storedAt,
    freshUntil: freshUntil ?? Number.POSITIVE_INFINITY,
    loadMs: typeof loadMs === 'number' ? loadMs : undefined,
    etag: typeof etag === 'string' ? etag : undefined,
    lastModified: typeof lastModified === 'string' ? lastModified : undefined,
    all,
    tags: new Map(Object.entries(tags as Readonly<Record<string, string>>)),
  };
}
