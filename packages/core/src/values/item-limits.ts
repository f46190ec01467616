import { DEFAULT_ITEM_SIZE_MAX, itemOverhead, type ItemDimensions } from '@memkit/protocol/internal';

/**
 * `'memcached'`: key, value and bookkeeping. `'memcached-without-cas'`: started with -C, 8 bytes of bookkeeping less.
 * `'key-and-value'`: MemCachier, which counts key and value alone.
 */
export type SizeRule = 'memcached' | 'memcached-without-cas' | 'key-and-value';

/** What one server stores at most. The default stands until the server is asked for its own setting. */
export interface ItemLimits {
  /** In bytes, memcached's -I. */
  itemSizeMax: number;
  /** The setting was given as an option or read from the server. */
  isKnown: boolean;
  rule: SizeRule;
}

/** @param itemSizeMax the option; `undefined`: to be learned */
export function itemLimits(itemSizeMax: number | undefined, rule: SizeRule): ItemLimits {
  return { itemSizeMax: itemSizeMax ?? DEFAULT_ITEM_SIZE_MAX, isKnown: itemSizeMax !== undefined, rule };
}

/** What the server counts beside key and value, in bytes. */
export function bookkeepingBytes(flags: number, rule: SizeRule): number {
  return rule === 'key-and-value' ? 0 : itemOverhead(flags, rule === 'memcached');
}

/** What the server counts for the item, in bytes. */
export function countedBytes(item: ItemDimensions, rule: SizeRule): number {
  return item.keyBytes + item.valueBytes + bookkeepingBytes(item.flags, rule);
}
