/** delete, for every protocol. */
import type { ItemStore } from '../store/item-store.js';

export type DeleteOutcome = 'deleted' | 'not-found' | 'exists';

/** @param cas delete only the item with this CAS value; `undefined`: whatever is there */
export function deleteItem(store: ItemStore, key: string, cas?: bigint): DeleteOutcome {
  const item = store.peek(key);
  if (item === undefined || (cas !== undefined && item.cas !== cas)) {
    store.stats.count('delete_misses');
    return item === undefined ? 'not-found' : 'exists';
  }
  store.count('delete_hits', item.slabClass);
  if (store.log.watches('deletions')) store.log.deletion(item, 'delete');
  store.remove(item);
  return 'deleted';
}
