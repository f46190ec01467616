/** Formats of dalli 3 to 5 for Ruby (measured with 5.0): 1 serialized, 2 compressed with zlib, 4 text. */
import { marshalDump, marshalLoad } from './ruby-marshal.js';
import type { ProfileTable } from './table-format.js';
import { json, text, textOrBytes, onlyRead, type ValueKind } from './value-kind.js';

const marshalled: ValueKind = {
  flags: 1,
  name: 'text, numbers, lists and plain objects',
  write: marshalDump,
  read: marshalLoad,
};

const shared = {
  // What raw: true stores, and counters; dalli gives them as text.
  kindMask: 5,
  packings: [{ flags: 2, packing: { algorithm: 'deflate', flags: 2, hasLengthHeader: false } }],
} as const;

export const dalli: ProfileTable = {
  ...shared,
  kinds: [marshalled, onlyRead(textOrBytes(0)), onlyRead(text(4))],
  counterFlags: 0,
};

/** With `serializer: JSON`. */
export const dalliJson: ProfileTable = {
  ...shared,
  kinds: [json(1), onlyRead(textOrBytes(0)), onlyRead(text(4))],
  counterFlags: 1,
};
