/** What is stored in memcached for one entry: the value, its times and the version tokens it depends on. As JSON text. */
import { MemcacheError } from '@memkit/core';

export interface Entry {
  readonly value: unknown;
  /** Unix milliseconds. */
  readonly storedAt: number;
  /** Unix milliseconds; `Infinity` for `'forever'`. */
  readonly freshUntil: number;
  /** Token of the namespace when the value was loaded. */
  readonly all: string;
  /** Tag -> its token when the value was loaded. */
  readonly tags: ReadonlyMap<string, string>;
}

const FORMAT = 1;
const START = `{"memkit":${FORMAT},`;

/**
 * @throws `MEMCACHE_NOT_SERIALIZABLE` for what JSON cannot hold: functions, symbols, bigints, cycles
 */
export function encodeEntry(entry: Entry, key: string): string {
  const { value, storedAt, freshUntil, all, tags } = entry;
  const until = Number.isFinite(freshUntil) ? freshUntil : null;
  const head = JSON.stringify({ memkit: FORMAT, storedAt, freshUntil: until, all, tags: Object.fromEntries(tags) });
  const [field, json] =
    value instanceof Uint8Array ? ['bytes', encodeBytes(value)] : ['value', encodeValue(value, key)];
  return `${head.slice(0, -1)},"${field}":${json}}`;
}

function encodeBytes(value: Uint8Array): string {
  return JSON.stringify(Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'));
}

function encodeValue(value: unknown, key: string): string {
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

/** The entry, or `undefined` when the stored value is something else. */
export function decodeEntry(stored: unknown): Entry | undefined {
  if (typeof stored !== 'string' || !stored.startsWith(START)) return undefined;
  try {
    return toEntry(JSON.parse(stored) as Readonly<Record<string, unknown>>);
  } catch {
    return undefined;
  }
}

function toEntry({
  storedAt,
  freshUntil,
  all,
  tags,
  bytes,
  value,
}: Readonly<Record<string, unknown>>): Entry | undefined {
  if (typeof storedAt !== 'number' || typeof all !== 'string' || typeof tags !== 'object' || tags === null)
    return undefined;
  if (freshUntil !== null && typeof freshUntil !== 'number') return undefined;
  return {
    value: typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : value,
    storedAt,
    freshUntil: freshUntil ?? Number.POSITIVE_INFINITY,
    all,
    tags: new Map(Object.entries(tags as Readonly<Record<string, string>>)),
  };
}
