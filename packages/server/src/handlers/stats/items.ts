import type { ItemStore } from '../../store/item-store.js';
import type { Stat } from './stat.js';

/**
 * stats items: by memcached's slab classes, those that have items now. All of them count as cold, the part of memcached's
 * list that is evicted from; ages are those of the items used longest ago.
 */
export function itemStats(store: ItemStore): readonly Stat[] {
  const age = store.oldest === undefined ? 0 : store.clock.now() - store.oldest.time;
  return store.classes
    .used()
    .filter(([, { number }]) => number > 0)
    .flatMap(([slabClass, counted]) => {
      const lines: readonly (readonly [string, number])[] = [
        ['number', counted.number],
        ['number_hot', 0],
        ['number_warm', 0],
        ['number_cold', counted.number],
        ['age_hot', 0],
        ['age_warm', 0],
        ['age', age],
        ['mem_requested', counted.bytes],
        ['evicted', counted.evicted],
        ['evicted_nonzero', counted.evictedNonzero],
        ['evicted_time', counted.evictedTime],
        ['outofmemory', counted.outOfMemory],
        ['tailrepairs', 0],
        ['reclaimed', counted.reclaimed],
        ['expired_unfetched', counted.expiredUnfetched],
        ['evicted_unfetched', counted.evictedUnfetched],
        ['evicted_active', counted.evictedActive],
        ['crawler_reclaimed', counted.crawlerReclaimed],
        ['crawler_items_checked', counted.crawlerItemsChecked],
        ['lrutail_reflocked', 0],
        ['moves_to_cold', 0],
        ['moves_to_warm', 0],
        ['moves_within_lru', 0],
        ['direct_reclaims', 0],
        ['hits_to_hot', 0],
        ['hits_to_warm', 0],
        ['hits_to_cold', counted.get_hits],
        ['hits_to_temp', 0],
      ];
      return lines.map(([name, value]): Stat => [`items:${String(slabClass)}:${name}`, String(value)]);
    });
}
