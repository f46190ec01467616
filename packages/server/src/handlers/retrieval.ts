/** get and get-and-touch, for every protocol. */
import type { ItemStore } from '../store/item-store.js';
import type { StoredItem } from '../store/stored-item.js';

/** The item, counted as an access; `undefined` is a miss. */
export function fetchItem(store: ItemStore, key: string): StoredItem | undefined {
  store.stats.counts.cmd_get += 1;
  const item = store.peek(key);
  if (item === undefined) {
    store.stats.counts.get_misses += 1;
    return undefined;
  }
  store.countHit(item.slabClass);
  store.bump(item);
  return item;
}
