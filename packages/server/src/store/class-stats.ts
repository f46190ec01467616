/** What is counted by slab class, by the names of `stats items`; their sums are in the general `stats`. */
import { CHUNK_BYTES, SLAB_PAGE_BYTES, slabClassOf } from './slab-classes.js';
import type { StoredItem } from './stored-item.js';

/** Commands by the class of the item they met, or bring. */
export type ClassCommand =
  'get_hits' | 'cmd_set' | 'delete_hits' | 'incr_hits' | 'decr_hits' | 'cas_hits' | 'cas_badval' | 'touch_hits';

export interface ClassStats extends Record<ClassCommand, number> {
  /** Items now, and their bytes with bookkeeping. */
  number: number;
  bytes: number;
  /** Pages memcached would have taken for the most items there were at a time; it rarely gives one back. */
  pages: number;
  evicted: number;
  evictedNonzero: number;
  /** Seconds since the last access of the item that was evicted last. */
  evictedTime: number;
  evictedUnfetched: number;
  evictedActive: number;
  reclaimed: number;
  expiredUnfetched: number;
  crawlerReclaimed: number;
  crawlerItemsChecked: number;
  outOfMemory: number;
}

type Counter = Exclude<keyof ClassStats, 'number' | 'bytes' | 'pages' | 'evictedTime' | ClassCommand>;

export class ClassStatsTable {
  readonly #classes: readonly ClassStats[] = CHUNK_BYTES.map(() => ({
    number: 0,
    bytes: 0,
    pages: 0,
    evicted: 0,
    evictedNonzero: 0,
    evictedTime: 0,
    evictedUnfetched: 0,
    evictedActive: 0,
    reclaimed: 0,
    expiredUnfetched: 0,
    crawlerReclaimed: 0,
    crawlerItemsChecked: 0,
    outOfMemory: 0,
    get_hits: 0,
    cmd_set: 0,
    delete_hits: 0,
    incr_hits: 0,
    decr_hits: 0,
    cas_hits: 0,
    cas_badval: 0,
    touch_hits: 0,
  }));

  of(slabClass: number): ClassStats {
    return this.#classes[slabClass] as ClassStats;
  }

  /** Classes that ever had an item, with their numbers. */
  used(): readonly (readonly [slabClass: number, stats: ClassStats])[] {
    return [...this.#classes.entries()].filter(([, { pages }]) => pages > 0);
  }

  sum(counter: Counter): number {
    return this.#classes.reduce((total, stats) => total + stats[counter], 0);
  }

  add(slabClass: number, bytes: number): void {
    const stats = this.of(slabClass);
    stats.number += 1;
    stats.bytes += bytes;
    const pages = pagesFor(slabClass, stats);
    if (pages > stats.pages) stats.pages = pages;
  }

  remove(slabClass: number, bytes: number): void {
    const stats = this.of(slabClass);
    stats.number -= 1;
    stats.bytes -= bytes;
  }

  /** Nothing is there any more; what was counted stays. */
  empty(): void {
    for (const stats of this.#classes) {
      stats.number = 0;
      stats.bytes = 0;
      stats.pages = 0;
    }
  }

  /** `stats reset`. */
  reset(): void {
    for (const stats of this.#classes) {
      const { number, bytes, pages } = stats;
      for (const name of Object.keys(stats) as (keyof ClassStats)[]) stats[name] = 0;
      Object.assign(stats, { number, bytes, pages });
    }
  }

  countReclaimed(item: StoredItem): void {
    const stats = this.of(item.slabClass);
    stats.reclaimed += 1;
    if (!item.isFetched) stats.expiredUnfetched += 1;
  }

  /** @param now the current Unix second */
  countEvicted(item: StoredItem, now: number): void {
    const stats = this.of(item.slabClass);
    stats.evicted += 1;
    stats.evictedTime = now - item.time;
    if (Number.isFinite(item.expiresAt)) stats.evictedNonzero += 1;
    if (!item.isFetched) stats.evictedUnfetched += 1;
    if (item.isActive) stats.evictedActive += 1;
  }

  countOutOfMemory(bytes: number): void {
    this.of(slabClassOf(bytes)).outOfMemory += 1;
  }
}

export function chunksPerPage(slabClass: number): number {
  return Math.floor(SLAB_PAGE_BYTES / (CHUNK_BYTES[slabClass] ?? SLAB_PAGE_BYTES));
}

function pagesFor(slabClass: number, { number, bytes }: ClassStats): number {
  // Items of several chunks count by their bytes.
  const isLargest = slabClass === CHUNK_BYTES.length - 1;
  return isLargest ? Math.ceil(bytes / SLAB_PAGE_BYTES) : Math.ceil(number / chunksPerPage(slabClass));
}
