/**
 * An item in its chunk: 56 bytes, as many as memcached's header and CAS value have, then key and value. With what
 * memcached counts behind both, an item always fits where memcached's own would.
 *
 *   words    0 next in index  1 older  2 newer  3 hash
 *   doubles  2 expiresAt  3 time
 *   words    8 CAS, low half  9 CAS, high half  10 flags  11 bytes of the value  12 state  13 unused
 *   bytes    56 key, value
 *
 *   state    [ 0 | slab class: 8 bits | marks: 8 bits | bytes of the key: 8 bits ]
 */
export const HEADER_BYTES = 56;

export const itemWord = {
  next: 0,
  older: 1,
  newer: 2,
  hash: 3,
  casLow: 8,
  casHigh: 9,
  flags: 10,
  valueBytes: 11,
  state: 12,
} as const;

/** Counted from the first word of the chunk, in doubles. */
export const itemDouble = { expiresAt: 2, time: 3 } as const;

export const KEY_BYTES_MASK = 0xff;
export const SLAB_CLASS_SHIFT = 16;

export const itemMark = {
  /** The chunk holds an item; none of the marks is set in one that does not. */
  stored: 0x100,
  fetched: 0x200,
  active: 0x400,
  stale: 0x800,
  tokenSent: 0x1000,
  binaryKey: 0x2000,
  /** The value is a buffer of its own. */
  largeValue: 0x4000,
} as const;
