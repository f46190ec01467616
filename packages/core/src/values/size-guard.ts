import { MemcacheError, showNumber } from '@memkit/protocol';
import { MAX_KEY_BYTES, canStoreItem, itemOverhead, itemSize, keyBytes } from '@memkit/protocol/internal';
import type { EncodedValue } from './value-codec.js';

const MOST_BESIDE_THE_VALUE = MAX_KEY_BYTES + itemOverhead(1);

/**
 * Throws before the first byte when the server would refuse the item.
 * @throws `MEMCACHE_ITEM_TOO_LARGE`
 */
export function assertFits(key: string, { dataBytes, flags }: EncodedValue, itemSizeMax: number): void {
  // Far from the limit the key's exact length cannot matter.
  if (dataBytes + MOST_BESIDE_THE_VALUE <= itemSizeMax) return;
  const item = { keyBytes: keyBytes(key), valueBytes: dataBytes, flags };
  if (canStoreItem(item, itemSizeMax)) return;
  throw new MemcacheError('ITEM_TOO_LARGE', {
    action: 'Cannot store',
    key,
    detail:
      `the item needs ${showNumber(itemSize(item))} bytes and the server's limit is ${showNumber(itemSizeMax)} ` +
      `(key, value and ${showNumber(itemOverhead(flags))} bytes of bookkeeping)`,
  });
}
