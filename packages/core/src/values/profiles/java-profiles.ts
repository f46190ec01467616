/**
 * The format of spymemcached's SerializingTranscoder: the type stands in bits 8 to 15, numbers
 * are big-endian without leading zero bytes, and 0 has none at all (measured with spymemcached 2.12).
 */
import type { ProfileTable } from './table-format.js';
import { bytes, foreign, text, type ValueKind } from './value-kind.js';

const LONG = { least: -(2n ** 63n), most: 2n ** 63n - 1n };

const truth: ValueKind = {
  flags: 0x0100,
  name: 'true or false',
  write: (value) => (typeof value === 'boolean' ? String(Number(value)) : undefined),
  read: (data) => (data.length === 1 ? data[0] === 0x31 : undefined),
};

const int: ValueKind = {
  flags: 0x0200,
  name: 'a whole number',
  write: (value) => (typeof value === 'number' && (value | 0) === value ? shortest(BigInt(value), 32) : undefined),
  read: (data) => (data.length <= 4 ? Number(BigInt.asIntN(32, wholeOf(data))) : undefined),
};

const long: ValueKind = {
  flags: 0x0300,
  name: 'a whole number of 64 bits',
  write: (value) => {
    if (typeof value !== 'bigint' && !Number.isSafeInteger(value)) return undefined;
    const whole = BigInt(value as bigint | number);
    return whole >= LONG.least && whole <= LONG.most ? shortest(whole, 64) : undefined;
  },
  read: (data) => {
    if (data.length > 8) return undefined;
    const whole = BigInt.asIntN(64, wholeOf(data));
    return Number.isSafeInteger(Number(whole)) ? Number(whole) : whole;
  },
};

const date: ValueKind = {
  flags: 0x0400,
  name: 'a Date',
  write: (value) =>
    value instanceof Date && Number.isFinite(value.getTime()) ? shortest(BigInt(value.getTime()), 64) : undefined,
  read: (data) => (data.length <= 8 ? new Date(Number(BigInt.asIntN(64, wholeOf(data)))) : undefined),
};

const byte: ValueKind = {
  flags: 0x0500,
  name: 'a byte',
  read: (data) => (data.length <= 1 ? Number(BigInt.asIntN(8, wholeOf(data))) : undefined),
};

const float: ValueKind = {
  flags: 0x0600,
  name: 'a number of 32 bits',
  read: (data) => (data.length <= 4 ? padded(data, 4).readFloatBE() : undefined),
};

const double: ValueKind = {
  flags: 0x0700,
  name: 'a number',
  write: (value) => {
    if (typeof value !== 'number') return undefined;
    const bits = Buffer.alloc(8);
    bits.writeDoubleBE(value);
    return shortest(bits.readBigInt64BE(), 64);
  },
  read: (data) => (data.length <= 8 ? padded(data, 8).readDoubleBE() : undefined),
};

export const spymemcached: ProfileTable = {
  kinds: [text(0), bytes(0x0800), truth, int, long, double, date, byte, float, foreign(1, 'a serialized Java object')],
  kindMask: 0xff01,
  counterFlags: 0,
  packings: [{ flags: 2, packing: { algorithm: 'gzip', flags: 2, hasLengthHeader: false } }],
};

function shortest(whole: bigint, bits: 32 | 64): Buffer {
  const data = Buffer.alloc(8);
  data.writeBigUInt64BE(BigInt.asUintN(bits, whole));
  const start = data.findIndex((one) => one !== 0);
  return start < 0 ? data.subarray(8) : data.subarray(start);
}

function wholeOf(data: Buffer): bigint {
  return padded(data, 8).readBigUInt64BE();
}

function padded(data: Buffer, size: number): Buffer {
  return Buffer.concat([Buffer.alloc(size - data.length), data]);
}
