/**
 * Formats of clients for Python, as measured with pymemcache 4 (its pickle serde, which is Django's default),
 * python-memcached 1.6, pylibmc 1.6 and bmemcached 0.31. All pickle what is neither text nor bytes nor a whole number.
 */
import type { Packing } from '../packing.js';
import type { ProfileTable } from './table-format.js';
import { bytes, foreign, text, wholeNumber, onlyRead, type ValueKind } from './value-kind.js';

const ZLIB = 8;
const zlib: Packing = { algorithm: 'deflate', flags: ZLIB, hasLengthHeader: false };
const pickle = foreign(1, 'a pickled Python object');
const KINDS = ~ZLIB >>> 0;

export const pymemcache: ProfileTable = {
  kinds: [text(16), bytes(0), wholeNumber(2), onlyRead(wholeNumber(4)), pickle],
  kindMask: KINDS,
  counterFlags: 2,
  // Only its compressed serde writes and reads these.
  packings: [{ flags: ZLIB, packing: zlib, isOnlyRead: true }],
};

export const pythonMemcached: ProfileTable = {
  ...pymemcache,
  packings: [{ flags: ZLIB, packing: zlib }],
};

/** pylibmc reads true and false as the numbers 1 and 0, too: their flags are those of Python 2's numbers. */
const pylibmcTruth: ValueKind = {
  ...wholeNumber(2),
  name: 'true or false',
  write: (value) => (typeof value === 'boolean' ? String(Number(value)) : undefined),
};

export const pylibmc: ProfileTable = {
  kinds: [text(16), bytes(0), wholeNumber(4), pylibmcTruth, pickle],
  kindMask: KINDS,
  counterFlags: 4,
  packings: [{ flags: ZLIB, packing: zlib }],
};

export const bmemcached: ProfileTable = {
  kinds: [text(0), bytes(16), wholeNumber(2), onlyRead(wholeNumber(4)), pickle],
  kindMask: KINDS,
  counterFlags: 2,
  packings: [{ flags: ZLIB, packing: zlib }],
};
