/**
 * Items under a byte limit: least recently used out first, expired ones removed when somebody looks or when sweep()
 * comes by. Sizes are memcached's own item sizes, so that what fits here fits there. Knows no protocol and no timer.
 */
import { fromExptime, itemOverhead, type MemcachedVersion } from '@memkit/protocol/internal';
import { ClassStatsTable, type ClassCommand } from './class-stats.js';
import { EventLog } from './event-log.js';
import type { ItemClock } from './item-clock.js';
import { ItemTable } from './item-table.js';
import { PrefixStats } from './prefix-stats.js';
import type { ServerStats } from './server-stats.js';
import type { SizeRule } from './size-rule.js';
import { SizeHistogram } from './size-histogram.js';
import { slabClassOf } from './slab-classes.js';
import type { NewItem, StoredItem } from './stored-item.js';

/** memcached renews an item's access time at most once in this many seconds (ITEM_UPDATE_INTERVAL). */
const ACCESS_TIME_SECONDS = 60;
/** memcached's clock begins so long before its start (memcached.c, process_started). */
const HEAD_START_SECONDS = 62;
/** So many items leave at once, in about a millisecond; a lower limit for a full store takes several slices. */
const EVICTIONS_AT_ONCE = 1000;
const HIGH_HALF = 2 ** 32;

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
  /** Whether items have a CAS value other than 0. */
  readonly hasCas: boolean;
  readonly #sizeRule: SizeRule;
  readonly stats: ServerStats;
  readonly classes = new ClassStatsTable();
  /** What `watch` shows. */
  readonly log = new EventLog();
  /** What `stats detail` counts. */
  readonly prefixes: PrefixStats;
  /** What `stats sizes` counts. */
  readonly sizes = new SizeHistogram();
  /** `lru_crawler disable` refuses crawls and dumps; expired items leave all the same. */
  isCrawlerEnabled = true;
  /** Called when there is something for `sweep()` to do: soon, when memory is above its limit or somebody asks for it. */
  onWork: (isUrgent: boolean) => void = () => undefined;
  readonly #clock: ItemClock;
  /** Everything that ended before the clock began ended then. */
  readonly #firstSecond: number;
  readonly #items: ItemTable;
  readonly #mayEvict: boolean;
  #memory: number;
  /** The limit there was before `fill()`; `undefined`: the memory does not count as full. */
  #memoryBeforeFill: number | undefined;
  #bytes = 0;
  #lastCas: number;
  /** Items of this second and before are gone once the second is reached; 0: no flush yet. */
  #flushedUntil = 0;
  /** Items with a lower CAS are gone too: it tells apart items stored in the second of the flush. */
  #flushedCas = 0n;
  /** No item ends before this Unix second, as far as is known. */
  #soonestEnd = Number.POSITIVE_INFINITY;
  #isSweeping = false;
  /** All items the sweep has seen so far were dead: it is still at the end the evictions take from. */
  #isAtTail = false;

  constructor(options: ItemStoreOptions) {
    this.#clock = options.clock;
    this.stats = options.stats;
    this.#memory = options.memory;
    this.#items = new ItemTable(options.memory);
    this.itemSizeMax = options.itemSizeMax;
    this.#sizeRule = options.sizeRule ?? 'memcached';
    this.version = options.version ?? '1.6.18';
    this.#mayEvict = options.mayEvict ?? true;
    this.hasCas = options.hasCas ?? true;
    // The first item of 1.6.45 has 2.
    this.#lastCas = this.hasCas && this.version === '1.6.45' ? 1 : 0;
    this.prefixes = new PrefixStats(options.prefixDelimiter);
    this.#firstSecond = this.now() - HEAD_START_SECONDS + 1;
  }

  /** Items in memory, including expired ones nobody has looked at. */
  get size(): number {
    return this.#items.size;
  }

  /** Bytes of all items with their bookkeeping. */
  get bytes(): number {
    return this.#bytes;
  }

  /** What pages of items take from the system. Never more than three tenths above the memory, and some pages. */
  get pageBytes(): number {
    return this.#items.pageBytes;
  }

  get memory(): number {
    return this.#memory;
  }

  /** Changes the limit. Items above it leave in slices: at once, with every item that is stored, and in `sweep()`. */
  set memory(bytes: number) {
    if (this.#memoryBeforeFill === undefined) this.#memory = bytes;
    else this.#memoryBeforeFill = bytes;
    this.#items.limit = bytes;
    this.#evict();
  }

  /**
   * The memory counts as full from now on: its limit is what the items take, but never less than the newest one of them.
   */
  fill(): void {
    this.#memoryBeforeFill ??= this.#memory;
    this.#memory = this.#bytes;
  }

  /** Takes `fill()` back. */
  unfill(): void {
    if (this.#memoryBeforeFill !== undefined) this.#memory = this.#memoryBeforeFill;
    this.#memoryBeforeFill = undefined;
  }

  /** The current Unix second. */
  now(): number {
    return Math.floor(this.#clock.now());
  }

  nextCas(): bigint {
    if (this.hasCas) this.#lastCas += 1;
    return BigInt(this.#lastCas);
  }

  /** The CAS value of a changed item: the one that was asked for, or the next one. */
  casOf(given: bigint | undefined): bigint {
    return this.hasCas && given !== undefined ? given : this.nextCas();
  }

  /** The exptime of a request -> Unix second of the end. */
  expiry(exptime: number): number {
    if (exptime === 0) return Number.POSITIVE_INFINITY;
    const end = this.#endOf(exptime);
    this.#expectEnd(end);
    return end;
  }

  /** The live item; does not count as an access. */
  peek(key: string): StoredItem | undefined {
    const item = this.#items.find(key);
    if (item === undefined) {
      if (this.log.watches('fetchers')) this.log.itemGet(key, 'not_found');
      return undefined;
    }
    const isFlushed = this.#isFlushed(item);
    if (!isFlushed && !this.#isOver(item)) {
      if (this.log.watches('fetchers')) this.log.itemGet(key, 'found', item);
      return item;
    }
    this.stats.count(isFlushed ? 'get_flushed' : 'get_expired');
    if (this.log.watches('fetchers')) this.log.itemGet(key, isFlushed ? 'flushed' : 'expired');
    this.remove(item);
    return undefined;
  }

  /** Counts an access: first fetched, then active, the way memcached's segmented LRU does (items.c, do_item_bump). */
  bump(item: StoredItem): void {
    if (!item.isFetched) {
      item.isFetched = true;
    } else if (!item.isActive) {
      item.isActive = true;
      item.time = this.now();
    }
    this.#items.renew(item);
  }

  /** Counts a write that leaves the item in place. */
  renew(item: StoredItem): void {
    const now = this.now();
    if (item.time < now - ACCESS_TIME_SECONDS) item.time = now;
    this.#items.renew(item);
  }

  /**
   * Stores under a new CAS value, in place of an older item. `undefined` when it can never fit the memory.
   * @param found the item of this key, where somebody looked a moment ago
   */
  link(input: NewItem, found?: StoredItem): StoredItem | undefined {
    const size = this.sizeFor(input.key, input.value.length, input.flags);
    if (!this.hasRoom(size)) return undefined;
    // Asked before anything is changed: an injected clock may throw.
    const now = this.now();
    const item = this.#placeFor(input, found?.isStored === true ? found : this.#items.find(input.key));
    if (item === undefined) {
      this.classes.countOutOfMemory(size);
      return undefined;
    }
    const slabClass = slabClassOf(size);
    item.fill(input, slabClass, now);
    this.#setCas(item, input.cas);
    this.#bytes += size;
    this.classes.add(slabClass, size);
    if (this.sizes.isEnabled) this.sizes.add(size, item.cas);
    this.stats.counts.total_items += 1;
    if (this.#bytes > this.#memory) this.#evict();
    return item;
  }

  /**
   * Whether an item of so many bytes can be taken in, evicting others where that is allowed; counted when not. Without
   * evictions only what is dead makes room, and an item that is replaced still takes its own (memcached -M).
   */
  hasRoom(size: number): boolean {
    if (size > this.#memory && this.#mayEvict && size <= (this.#memoryBeforeFill ?? 0)) this.#memory = size;
    if (size <= this.#memory && (this.#mayEvict || this.#reclaim(size))) return true;
    this.classes.countOutOfMemory(size);
    return false;
  }

  /** Removes dead items from the end of the list until so many bytes are free; gives whether they are. */
  #reclaim(size: number): boolean {
    while (this.#bytes + size > this.#memory) {
      const { oldest } = this;
      if (oldest === undefined || this.#isAlive(oldest)) return false;
      this.#evictItem(oldest);
    }
    return true;
  }

  /** Bytes of an item with memcached's bookkeeping. */
  sizeOf({ keyBytes, valueBytes, flags }: StoredItem): number {
    return keyBytes + valueBytes + itemOverhead(flags, this.hasCas);
  }

  /** The same for an item that is not there yet. */
  sizeFor(key: string, valueBytes: number, flags: number): number {
    return key.length + valueBytes + itemOverhead(flags, this.hasCas);
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

  /** As `casOf()`, without a bigint for the next one. */
  #setCas(item: StoredItem, given: bigint | undefined): void {
    if (this.hasCas && given !== undefined) {
      item.cas = given;
      return;
    }
    if (this.hasCas) this.#lastCas += 1;
    item.setCas(Math.floor(this.#lastCas / HIGH_HALF), this.#lastCas >>> 0);
  }

  /** The chunk of the old item of this key, or another one where its size is not right. */
  #placeFor({ key, value }: NewItem, old: StoredItem | undefined): StoredItem | undefined {
    if (old !== undefined && this.#items.fits(old, value.length)) {
      this.#uncount(old);
      old.empty();
      this.#items.renew(old);
      return old;
    }
    if (old !== undefined) this.remove(old);
    return this.#items.add(key, value.length) ?? this.#placeInEmptiedPage(key, value.length);
  }

  #placeInEmptiedPage(key: string, valueBytes: number): StoredItem | undefined {
    const { oldest } = this;
    if (oldest === undefined || !this.#mayEvict) return undefined;
    for (const item of this.#items.neighboursOf(oldest)) this.#evictItem(item);
    return this.#items.add(key, valueBytes);
  }

  /** Whether one item of this size is allowed at all. */
  canHold(item: { readonly key: string; readonly valueBytes: number; readonly flags: number }): boolean {
    const { key, valueBytes, flags } = item;
    if (this.#sizeRule === 'memcached') return this.sizeFor(key, valueBytes, flags) <= this.itemSizeMax;
    return key.length + valueBytes <= this.itemSizeMax;
  }

  remove(item: StoredItem): void {
    if (!item.isStored) return;
    this.#uncount(item);
    this.#items.remove(item);
  }

  #uncount(item: StoredItem): void {
    const size = this.sizeOf(item);
    this.#bytes -= size;
    this.classes.remove(item.slabClass, size);
    if (this.sizes.isEnabled) this.sizes.remove(size, item.cas);
  }

  /**
   * `flush_all`: everything stored until `exptime` is gone from then on; 0 and less: now. The delay has memcached's
   * own reading, one second early, and a later flush replaces an earlier one that is still to come. A time before the
   * clock began takes the flush back.
   */
  flush(exptime: number): void {
    const now = this.now();
    const end = exptime > 0 ? this.#endOf(exptime) : now;
    const isTakenBack = end === this.#firstSecond;
    // Without CAS values nothing tells apart what is stored in the second of the flush: 1.6.18 lets all of it go.
    const last = this.hasCas || this.version !== '1.6.18' ? end - 1 : end;
    this.#flushedUntil = isTakenBack ? 0 : last;
    if (!isTakenBack) this.#expectEnd(this.#flushedUntil);
    if (end - 1 > now) return;
    if (this.version === '1.6.18') this.#flushedCas = this.nextCas();
    else if (!isTakenBack) this.clear();
  }

  /** Unix second of `flush_all`, as `stats settings` gives it; 0: none yet. */
  get flushedUntil(): number {
    return this.#flushedUntil;
  }

  /** Removes everything at once and gives the memory back. */
  clear(): void {
    this.#items.clear();
    this.#bytes = 0;
    this.classes.empty();
    this.sizes.empty();
    this.#soonestEnd = Number.POSITIVE_INFINITY;
    this.#isSweeping = false;
  }

  /** The live items among the `most` that were used last, the last one first. */
  *newestFirst(most: number): Generator<StoredItem, void> {
    let looks = 0;
    for (const item of this.#items.newestFirst()) {
      if (looks === most) return;
      looks += 1;
      if (this.#isAlive(item)) yield item;
    }
  }

  /** The live items in no order, for long walks: items may come and go between two steps. */
  *liveItems(): Generator<StoredItem, void> {
    for (const item of this.#items.items()) if (this.#isAlive(item)) yield item;
  }

  /** The next `sweep()` looks at every item, due or not. */
  sweepAll(): void {
    this.#soonestEnd = Math.min(this.#soonestEnd, this.now());
    this.onWork(true);
  }

  get isSweeping(): boolean {
    return this.#isSweeping;
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
  sweep(most: number): 'idle' | 'wait' | 'more' {
    if (this.#bytes > this.#memory) {
      this.#evict();
      return 'more';
    }
    if (!this.#isSweeping && !this.#startSweep()) return Number.isFinite(this.#soonestEnd) ? 'wait' : 'idle';
    for (let seen = 0; seen < most; seen += 1) {
      const item = this.#items.walk();
      if (item === undefined) {
        this.#isSweeping = false;
        return Number.isFinite(this.#soonestEnd) ? 'wait' : 'idle';
      }
      this.#sweepItem(item);
    }
    return 'more';
  }

  #startSweep(): boolean {
    if (this.#soonestEnd > this.now()) return false;
    this.#isSweeping = true;
    this.#isAtTail = true;
    const now = this.now();
    // Whoever is met alive says when its own time comes.
    this.#soonestEnd = this.#flushedUntil > now ? this.#flushedUntil : Number.POSITIVE_INFINITY;
    this.#items.startWalk();
    this.stats.count('lru_crawler_starts');
    return true;
  }

  #sweepItem(item: StoredItem): void {
    const counted = this.classes.of(item.slabClass);
    counted.crawlerItemsChecked += 1;
    if (this.#isAlive(item)) {
      this.#isAtTail = false;
      if (item.expiresAt < this.#soonestEnd) this.#soonestEnd = item.expiresAt;
      return;
    }
    // memcached's maintainer takes dead items from the end of the list, its crawler those in the middle.
    if (this.#isAtTail) counted.reclaimed += 1;
    else counted.crawlerReclaimed += 1;
    if (!item.isFetched) counted.expiredUnfetched += 1;
    this.remove(item);
  }

  #endOf(exptime: number): number {
    return exptime < 0 ? this.#firstSecond : Math.max(fromExptime(exptime, this.now()), this.#firstSecond);
  }

  #expectEnd(second: number): void {
    if (second >= this.#soonestEnd) return;
    this.#soonestEnd = second;
    this.onWork(false);
  }

  #isAlive(item: StoredItem): boolean {
    return !this.#isOver(item) && !this.#isFlushed(item);
  }

  /** Does not ask the clock about an item that never ends. */
  #isOver({ expiresAt }: StoredItem): boolean {
    return expiresAt !== Number.POSITIVE_INFINITY && expiresAt <= this.now();
  }

  #isFlushed(item: StoredItem): boolean {
    if (this.#flushedUntil === 0 || this.#flushedUntil > this.now()) return false;
    return item.time <= this.#flushedUntil || item.cas < this.#flushedCas;
  }

  #evict(): void {
    for (let count = 0; count < EVICTIONS_AT_ONCE && this.#bytes > this.#memory; count += 1) {
      const { oldest } = this;
      if (oldest === undefined) return;
      this.#evictItem(oldest);
    }
    if (this.#bytes > this.#memory) this.onWork(true);
  }

  #evictItem(item: StoredItem): void {
    this.#countEviction(item);
    this.remove(item);
  }

  /** The memory of a dead item is taken back; that of a live one is an eviction. */
  #countEviction(item: StoredItem): void {
    if (!this.#isAlive(item)) {
      this.classes.countReclaimed(item);
      return;
    }
    this.stats.count('evictions');
    this.classes.countEvicted(item, this.now());
    if (this.log.watches('evictions')) this.log.eviction(item, this.now());
  }
}
