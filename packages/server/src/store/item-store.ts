/**
 * Items under a byte limit: least recently used out first, expired ones removed when somebody looks or when sweep()
 * comes by. Sizes are memcached's own item sizes, so that what fits here fits there. Knows no protocol and no timer.
 */
import { itemOverhead, type MemcachedVersion } from '@memkit/protocol/internal';
import { CasCounter } from './cas-counter.js';
import type { ClassCommand, ClassStatsTable } from './class-stats.js';
import { EventLog } from './event-log.js';
import { ExpiryWalk, type WalkState } from './expiry-walk.js';
import type { ItemClock } from './item-clock.js';
import { ItemTable } from './item-table.js';
import { MemoryLimit } from './memory-limit.js';
import { PrefixStats } from './prefix-stats.js';
import type { ServerStats } from './server-stats.js';
import type { SizeHistogram } from './size-histogram.js';
import type { SizeRule } from './size-rule.js';
import { StoreClock } from './store-clock.js';
import type { NewItem, StoredItem } from './stored-item.js';

/** memcached renews an item's access time at most once in this many seconds (ITEM_UPDATE_INTERVAL). */
const ACCESS_TIME_SECONDS = 60;

export interface ItemStoreOptions {
  readonly clock: ItemClock;
  readonly stats: ServerStats;
  /** Limit of all items together, in bytes. */
  readonly memory: number;
  /** Limit of one item, in bytes. */
  readonly itemSizeMax: number;
  /** What counts against it. Default `memcached`. */
  readonly sizeRule?: SizeRule;
  /** Whose counting of CAS values and whose flush. Default `'1.6.18'`. */
  readonly version?: MemcachedVersion;
  /** Default `true`; `false`: what does not fit is refused, as memcached -M. */
  readonly mayEvict?: boolean;
  /** Default `true`; `false`: every CAS value is 0, and an item takes 8 bytes less, as memcached -C. */
  readonly hasCas?: boolean;
  /** memcached's -D: what ends a prefix. Default `:`. */
  readonly prefixDelimiter?: string | undefined;
}

export class ItemStore {
  readonly itemSizeMax: number;
  readonly version: MemcachedVersion;
  readonly clock: StoreClock;
  readonly cas: CasCounter;
  /** How much all items may take. */
  readonly memory: MemoryLimit;
  readonly stats: ServerStats;
  readonly classes: ClassStatsTable;
  /** What `watch` shows. */
  readonly log = new EventLog();
  /** What `stats detail` counts. */
  readonly prefixes: PrefixStats;
  /** What `stats sizes` counts. */
  readonly sizes: SizeHistogram;
  /** `lru_crawler disable` refuses crawls and dumps; expired items leave all the same. */
  isCrawlerEnabled = true;
  /** Called when there is something for `sweep()` to do: soon, when memory is above its limit or somebody asks for it. */
  onWork: (isUrgent: boolean) => void = () => undefined;
  readonly #sizeRule: SizeRule;
  readonly #items: ItemTable;
  readonly #walk: ExpiryWalk;

  constructor(options: ItemStoreOptions) {
    const { stats, mayEvict = true } = options;
    this.itemSizeMax = options.itemSizeMax;
    this.#sizeRule = options.sizeRule ?? 'memcached';
    this.version = options.version ?? '1.6.18';
    this.stats = stats;
    this.prefixes = new PrefixStats(options.prefixDelimiter);
    this.cas = new CasCounter(this.version, options.hasCas ?? true);
    this.clock = new StoreClock(options.clock, this.cas, this.version);
    const items = new ItemTable(options.memory, this.cas);
    this.#items = items;
    this.classes = items.classes;
    this.sizes = items.sizes;
    const { clock, log } = this;
    const onWork = (isUrgent: boolean): void => {
      this.onWork(isUrgent);
    };
    this.memory = new MemoryLimit(options.memory, { items, clock, stats, log, mayEvict, onWork });
    this.#walk = new ExpiryWalk({ items, clock, stats, onWork });
  }

  /** Items in memory, including expired ones nobody has looked at. */
  get size(): number {
    return this.#items.size;
  }

  /** Bytes of all items with their bookkeeping. */
  get bytes(): number {
    return this.#items.bytes;
  }

  /** What pages of items take from the system. Never more than three tenths above the memory, and some pages. */
  get pageBytes(): number {
    return this.#items.pageBytes;
  }

  /** The exptime of a request -> Unix second of the end. */
  expiry(exptime: number): number {
    if (exptime === 0) return Number.POSITIVE_INFINITY;
    const end = this.clock.endOf(exptime);
    this.#walk.expect(end);
    return end;
  }

  /** The live item; does not count as an access. */
  peek(key: string): StoredItem | undefined {
    const item = this.#items.find(key);
    if (item === undefined) {
      if (this.log.watches('fetchers')) this.log.itemGet(key, 'not_found');
      return undefined;
    }
    const isFlushed = this.clock.isFlushed(item);
    if (!isFlushed && !this.clock.isOver(item)) {
      if (this.log.watches('fetchers')) this.log.itemGet(key, 'found', item);
      return item;
    }
    this.stats.count(isFlushed ? 'get_flushed' : 'get_expired');
    if (this.log.watches('fetchers')) this.log.itemGet(key, isFlushed ? 'flushed' : 'expired');
    this.#items.remove(item);
    return undefined;
  }

  /** Counts an access: first fetched, then active, the way memcached's segmented LRU does (items.c, do_item_bump). */
  bump(item: StoredItem): void {
    if (!item.isFetched) {
      item.isFetched = true;
    } else if (!item.isActive) {
      item.isActive = true;
      item.time = this.clock.now();
    }
    this.#items.renew(item);
  }

  /** Counts a write that leaves the item in place. */
  renew(item: StoredItem): void {
    const now = this.clock.now();
    if (item.time < now - ACCESS_TIME_SECONDS) item.time = now;
    this.#items.renew(item);
  }

  /**
   * Stores under a new CAS value, in place of an older item. `undefined` when it can never fit the memory.
   * @param found the item of this key, where somebody looked a moment ago
   */
  link(input: NewItem, found?: StoredItem): StoredItem | undefined {
    const size = this.sizeFor(input.key, input.value.length, input.flags);
    if (!this.memory.hasRoom(size)) return undefined;
    // Asked before anything is changed: an injected clock may throw.
    const now = this.clock.now();
    const old = found?.isStored === true ? found : this.#items.find(input.key);
    let item = this.#items.put(input, size, now, old);
    if (item === undefined && this.memory.emptyPage()) item = this.#items.put(input, size, now, undefined);
    if (item === undefined) {
      this.classes.countOutOfMemory(size);
      return undefined;
    }
    this.stats.counts.total_items += 1;
    if (this.#items.bytes > this.memory.bytes) this.memory.evict();
    return item;
  }

  /** Bytes of an item with memcached's bookkeeping. */
  sizeOf(item: StoredItem): number {
    return this.#items.sizeOf(item);
  }

  /** The same for an item that is not there yet. */
  sizeFor(key: string, valueBytes: number, flags: number): number {
    return key.length + valueBytes + itemOverhead(flags, this.cas.isEnabled);
  }

  countHit(slabClass: number): void {
    this.stats.counts.get_hits += 1;
    this.classes.of(slabClass).get_hits += 1;
  }

  countSet(slabClass: number): void {
    this.stats.counts.cmd_set += 1;
    this.classes.of(slabClass).cmd_set += 1;
  }

  /** Counts for the server and for the slab class. */
  count(name: ClassCommand, slabClass: number): void {
    this.stats.count(name);
    this.classes.of(slabClass)[name] += 1;
  }

  /** Whether one item of this size is allowed at all. */
  canHold(item: { readonly key: string; readonly valueBytes: number; readonly flags: number }): boolean {
    const { key, valueBytes, flags } = item;
    if (this.#sizeRule === 'memcached') return this.sizeFor(key, valueBytes, flags) <= this.itemSizeMax;
    return key.length + valueBytes <= this.itemSizeMax;
  }

  remove(item: StoredItem): void {
    this.#items.remove(item);
  }

  /** `flush_all`: everything stored until `exptime` is gone from then on; 0 and less: now. See `StoreClock`. */
  flush(exptime: number): void {
    if (this.clock.flush(exptime)) this.clear();
    else if (this.clock.flushedUntil !== 0) this.#walk.expect(this.clock.flushedUntil);
  }

  /** Removes everything at once and gives the memory back. */
  clear(): void {
    this.#items.clear();
    this.#walk.clear();
  }

  /** The live items among the `most` that were used last, the last one first. */
  *newestFirst(most: number): Generator<StoredItem, void> {
    let looks = 0;
    for (const item of this.#items.newestFirst()) {
      if (looks === most) return;
      looks += 1;
      if (this.clock.isAlive(item)) yield item;
    }
  }

  /** The live items in no order, for long walks: items may come and go between two steps. */
  *liveItems(): Generator<StoredItem, void> {
    for (const item of this.#items.items()) if (this.clock.isAlive(item)) yield item;
  }

  /** The next `sweep()` looks at every item, due or not. */
  sweepAll(): void {
    this.#walk.hasten();
  }

  get isSweeping(): boolean {
    return this.#walk.isWalking;
  }

  /** The item that will be evicted next. */
  get oldest(): StoredItem | undefined {
    return this.#items.oldest;
  }

  /**
   * Looks at the next items and removes those whose time is up, and evicts what is above the limit.
   * @param most how many items to look at
   * @returns `idle` when nothing can end, `wait` when nothing is due yet, `more` when the sweep goes on
   */
  sweep(most: number): WalkState {
    if (this.#items.bytes <= this.memory.bytes) return this.#walk.step(most);
    this.memory.evict();
    return 'more';
  }
}
