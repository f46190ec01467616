/** touch and the touching half of get-and-touch, for every protocol. */
import type { ItemStore } from '../store/item-store.js';
import type { StoredItem } from '../store/stored-item.js';

/** Gives the item a new expiry; `undefined` when the key is absent. Its CAS value stays. */
export function touchItem(store: ItemStore, key: string, exptime: number): StoredItem | undefined {
  store.stats.count('cmd_touch');
  const item = store.peek(key);
  if (item === undefined) {
    store.stats.count('touch_misses');
    return undefined;
  }
  store.count('touch_hits', item.slabClass);
  store.bump(item);
  item.expiresAt = store.expiry(exptime);
  return item;
}
