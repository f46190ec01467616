/** Values <-> bytes and flags. Values are data: nothing read is ever executed. */
import { MemcacheError } from '@memkit/protocol';
import type { WireItem } from '../drivers/protocol-driver.js';
import { serialize } from './json-serializer.js';
import { valueFlags } from './value-flags.js';

/** A value ready for the wire; text is encoded while writing. */
export interface EncodedValue {
  readonly data: Buffer | string;
  readonly dataBytes: number;
  readonly flags: number;
}

/** @throws `MEMCACHE_NOT_SERIALIZABLE` */
export function encodeValue(value: unknown, key: string): EncodedValue {
  if (typeof value === 'string') {
    return { data: value, dataBytes: Buffer.byteLength(value), flags: valueFlags.string };
  }
  if (value instanceof Uint8Array) return encodeBytes(value);
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
    return encodeCounter(value);
  }
  const text = serialize(value, key);
  return { data: text, dataBytes: Buffer.byteLength(text), flags: valueFlags.json };
}

/** A whole number from 0 to 18446744073709551615 as the server counts it. */
export function encodeCounter(value: number | bigint): EncodedValue {
  const digits = value.toString();
  return { data: digits, dataBytes: digits.length, flags: valueFlags.number };
}

function encodeBytes(value: Uint8Array): EncodedValue {
  const data = Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return { data, dataBytes: data.length, flags: valueFlags.bytes };
}

/**
 * The value of an item. Flags of other clients are not ours to interpret: their bytes come back as a Buffer.
 * @throws `MEMCACHE_VALUE_CORRUPT`
 */
export function decodeValue({ data, flags }: WireItem, key: string): unknown {
  switch (flags) {
    case valueFlags.string:
      return data.toString('utf8');
    case valueFlags.json:
      return parseJson(data, key);
    case valueFlags.number:
      return parseCounter(data, key);
    default:
      return ownBytes(data);
  }
}

function parseJson(data: Buffer, key: string): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    // Not as cause: the parser's message quotes the value.
    throw corrupt(key, data, 'JSON');
  }
}

function parseCounter(data: Buffer, key: string): number | bigint {
  // The server pads a number that lost a digit with spaces (memcached.c, do_add_delta).
  const digits = data.toString('latin1').trimEnd();
  if (!/^\d{1,20}$/.test(digits)) throw corrupt(key, data, 'a number');
  return toCount(BigInt(digits));
}

/** A number where it is exact, else the bigint. */
export function toCount(count: bigint): number | bigint {
  return count <= Number.MAX_SAFE_INTEGER ? Number(count) : count;
}

/**
 * Without the memory it arrived in, when that is much larger: a kept value must not keep a chunk of 64 KiB. Up to the
 * size of Node's own pool nothing is gained, because a copy would land in that pool and keep as much.
 */
function ownBytes(data: Buffer): Buffer {
  const keptBytes = data.buffer.byteLength;
  return keptBytes > Buffer.poolSize && keptBytes > 2 * data.length ? Buffer.from(data) : data;
}

function corrupt(key: string, data: Buffer, what: string): MemcacheError {
  const detail = `its flags say ${what} and its ${String(data.length)} bytes are not`;
  return new MemcacheError('VALUE_CORRUPT', { action: 'Cannot read', key, detail });
}
