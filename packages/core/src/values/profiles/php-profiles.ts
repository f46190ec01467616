/**
 * Formats of php-memcached 3 (measured): the type in bits 0 to 3, how it is compressed in bits 4 to 7, and 16 bits for
 * the user. PHP does not tell text from bytes.
 */
import type { Packing } from '../packing.js';
import { phpDouble, phpSerialize, phpUnserialize } from './php-serialize.js';
import type { ProfileTable } from './table-format.js';
import { foreign, json, textOrBytes, wholeNumber, onlyRead, readFloat, type ValueKind } from './value-kind.js';

// A PHP integer has 64 bits.
const LONG = { least: -(2n ** 63n), most: 2n ** 63n - 1n };
const whole = wholeNumber(1);

const long: ValueKind = {
  ...whole,
  write: (value, key) =>
    typeof value === 'bigint' && (value < LONG.least || value > LONG.most) ? undefined : whole.write?.(value, key),
};

const double: ValueKind = {
  flags: 2,
  name: 'a number',
  write: (value) => (typeof value === 'number' ? phpDouble(value) : undefined),
  read: (data) => readFloat(data.toString('latin1')),
};

const truth: ValueKind = {
  flags: 3,
  name: 'true or false',
  write: (value) => (typeof value === 'boolean' ? (value ? '1' : '') : undefined),
  read: (data) => (data.length === 0 ? false : data.equals(Buffer.from('1')) ? true : undefined),
};

const serialized: ValueKind = {
  flags: 4,
  name: 'plain lists and objects',
  write: (value) => (typeof value === 'object' ? phpSerialize(value) : undefined),
  read: phpUnserialize,
};

// php-memcached compresses with FastLZ unless it is told otherwise, and reads both.
const zlib: Packing = { algorithm: 'deflate', flags: 16 | 32, hasLengthHeader: true };

const scalars = [textOrBytes(0), long, double, truth];
const foreignKinds = [foreign(5, 'igbinary data'), foreign(7, 'MessagePack data')];
const shared = {
  kindMask: 0xf,
  counterFlags: 1,
  packings: [
    { flags: 16 | 32, packing: zlib },
    { flags: 16 | 64, packing: 'FastLZ' },
    { flags: 16 | 128, packing: 'Zstandard' },
    { flags: 16, packing: 'an algorithm its flags do not name' },
  ],
} as const;

export const php: ProfileTable = {
  ...shared,
  kinds: [...scalars, serialized, onlyRead(json(6)), ...foreignKinds],
};

export const phpJson: ProfileTable = {
  ...shared,
  kinds: [...scalars, json(6), onlyRead(serialized), ...foreignKinds],
};
