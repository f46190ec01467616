import { DEFAULT_ITEM_SIZE_MAX } from './limits.js';

// memcached's item_make_header on a 64-bit build (items.c): header 48, CAS 8, key + NUL, client flags 4 when not 0,
// value + CRLF. Measured on 1.6.18: key of 3 bytes, flags 0 -> 1,048,514 is the largest value; 250 bytes, flags -> 1,048,263.
// The same on 1.6.45, for text, meta and binary, for -I from 512k to 128m and whatever slab_chunk_max is.
const ITEM_HEADER_BYTES = 48;
const CAS_BYTES = 8;
const KEY_TERMINATOR_BYTES = 1;
const VALUE_TERMINATOR_BYTES = 2;
const FLAGS_BYTES = 4;

export interface ItemDimensions {
  readonly keyBytes: number;
  readonly valueBytes: number;
  readonly flags: number;
}

/** What the server counts for the item, in bytes: key, value and bookkeeping. */
export function itemSize({ keyBytes, valueBytes, flags }: ItemDimensions): number {
  return keyBytes + valueBytes + itemOverhead(flags);
}

/**
 * Bytes of bookkeeping around key and value: 59, or 63 with client flags.
 * @param hasCas `false` for a server that was started with -C: 8 bytes less
 */
export function itemOverhead(flags: number, hasCas = true): number {
  const fixed = ITEM_HEADER_BYTES + KEY_TERMINATOR_BYTES + VALUE_TERMINATOR_BYTES;
  return fixed + (hasCas ? CAS_BYTES : 0) + (flags === 0 ? 0 : FLAGS_BYTES);
}

/** Whether the server stores the item. `itemSizeMax` in bytes, memcached's -I. */
export function canStoreItem(item: ItemDimensions, itemSizeMax = DEFAULT_ITEM_SIZE_MAX): boolean {
  return itemSize(item) <= itemSizeMax;
}
