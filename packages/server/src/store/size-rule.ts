import { canStoreItem, type ItemDimensions } from '@memkit/protocol/internal';

/**
 * What counts against the limit of one item. `memcached`: key, value and bookkeeping. `key-and-value`: these two alone,
 * as at MemCachier (its documentation, "Key-Value size limit"; appended and prepended data count as well).
 */
export type SizeRule = 'memcached' | 'key-and-value';

/** @param limit in bytes */
export function fitsRule(item: ItemDimensions, limit: number, rule: SizeRule): boolean {
  return rule === 'memcached' ? canStoreItem(item, limit) : item.keyBytes + item.valueBytes <= limit;
}
