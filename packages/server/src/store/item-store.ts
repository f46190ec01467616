/**
 * Items under a byte limit: least recently used out first, expired ones removed when somebody looks. Sizes are
 * memcached's own item sizes, so that what fits here fits there. Knows no protocol.
 */
import { fromExptime, itemSize, type MemcachedVersion } from '@memkit/protocol/internal';
import type { ItemClock } from './item-clock.js';
import type { ServerStats } from './server-stats.js';
import { fitsRule, type SizeRule } from './size-rule.js';
import type { NewItem, StoredItem } from './stored-item.js';

/** memcached renews an item's access time at most once in this many seconds (ITEM_UPDATE_INTERVAL). */
const ACCESS_TIME_SECONDS = 60;
/** memcached's clock begins so long before its start (memcached.c, process_started). */
const HEAD_START_SECONDS = 62;

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
}

export class ItemStore {
  readonly itemSizeMax: number;
  readonly #sizeRule: SizeRule;
  readonly stats: ServerStats;
  readonly version: MemcachedVersion;
  /** Everything that ended before the clock began ended then. */
  readonly #firstSecond: number;
  readonly #clock: ItemClock;
  /** Oldest access first: a Map keeps the order of insertion, and an access inserts again. */
  readonly #items = new Map<string, StoredItem>();
  #memory: number;
  #bytes = 0;
  #lastCas = 0n;
  /** Items of this second and before are gone once the second is reached; 0: no flush yet. */
  #flushedUntil = 0;
  /** Items with a lower CAS are gone too: it tells apart items stored in the second of the flush. */
  #flushedCas = 0n;

  constructor(options: ItemStoreOptions) {
    this.#clock = options.clock;
    this.stats = options.stats;
    this.#memory = options.memory;
    this.itemSizeMax = options.itemSizeMax;
    this.#sizeRule = options.sizeRule ?? 'memcached';
    this.version = options.version ?? '1.6.18';
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

  get memory(): number {
    return this.#memory;
  }

  /** Changes the limit and evicts until the items fit. */
  set memory(bytes: number) {
    this.#memory = bytes;
    this.#evict();
  }

  /** The current Unix second. */
  now(): number {
    return Math.floor(this.#clock.now());
  }

  nextCas(): bigint {
    this.#lastCas += 1n;
    return this.#lastCas;
  }

  /** The exptime of a request -> Unix second of the end. */
  expiry(exptime: number): number {
    return exptime < 0 ? this.#firstSecond : Math.max(fromExptime(exptime, this.now()), this.#firstSecond);
  }

  /** The live item; does not count as an access. */
  peek(key: string): StoredItem | undefined {
    const item = this.#items.get(key);
    if (item === undefined) return undefined;
    if (this.#isFlushed(item)) {
      this.stats.count('get_flushed');
    } else if (item.expiresAt <= this.now()) {
      this.stats.count('get_expired');
    } else {
      return item;
    }
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
    this.#moveToFront(item);
  }

  /** Counts a write that leaves the item in place. */
  renew(item: StoredItem): void {
    const now = this.now();
    if (item.time < now - ACCESS_TIME_SECONDS) item.time = now;
    this.#moveToFront(item);
  }

  /** Stores under a new CAS value, in place of an older item. `undefined` when it can never fit the memory. */
  link(input: NewItem): StoredItem | undefined {
    const item: StoredItem = {
      key: input.key,
      value: input.value,
      flags: input.flags,
      expiresAt: input.expiresAt,
      isBinaryKey: input.isBinaryKey ?? false,
      isStale: input.isStale ?? false,
      isTokenSent: input.isTokenSent ?? false,
      isFetched: false,
      isActive: false,
      time: this.now(),
      cas: 0n,
    };
    const size = sizeOf(item);
    if (size > this.#memory) return undefined;
    const old = this.#items.get(item.key);
    if (old !== undefined) this.remove(old);
    item.cas = input.cas ?? this.nextCas();
    this.#items.set(item.key, item);
    this.#bytes += size;
    this.stats.count('total_items');
    this.#evict();
    return item;
  }

  /** Whether one item of this size is allowed at all. */
  canHold(item: { readonly key: string; readonly valueBytes: number; readonly flags: number }): boolean {
    const { key, valueBytes, flags } = item;
    return fitsRule({ keyBytes: key.length, valueBytes, flags }, this.itemSizeMax, this.#sizeRule);
  }

  remove(item: StoredItem): void {
    if (!this.#items.delete(item.key)) return;
    this.#bytes -= sizeOf(item);
  }

  /**
   * `flush_all`: everything stored until `exptime` is gone from then on; 0 and less: now. The delay has memcached's
   * own reading, one second early, and a later flush replaces an earlier one that is still to come. A time before the
   * clock began takes the flush back.
   */
  flush(exptime: number): void {
    const now = this.now();
    const end = exptime > 0 ? this.expiry(exptime) : now;
    const isTakenBack = end === this.#firstSecond;
    this.#flushedUntil = isTakenBack ? 0 : end - 1;
    if (end - 1 > now) return;
    if (this.version === '1.6.18') this.#flushedCas = this.nextCas();
    else if (!isTakenBack) this.clear();
  }

  /** Removes everything at once and gives the memory back. */
  clear(): void {
    this.#items.clear();
    this.#bytes = 0;
  }

  #isFlushed(item: StoredItem): boolean {
    if (this.#flushedUntil === 0 || this.#flushedUntil > this.now()) return false;
    return item.time <= this.#flushedUntil || item.cas < this.#flushedCas;
  }

  #moveToFront(item: StoredItem): void {
    this.#items.delete(item.key);
    this.#items.set(item.key, item);
  }

  #evict(): void {
    for (const item of this.#items.values()) {
      if (this.#bytes <= this.#memory) return;
      this.remove(item);
      this.stats.count('evictions');
    }
  }
}

function sizeOf(item: StoredItem): number {
  return itemSize({ keyBytes: item.key.length, valueBytes: item.value.length, flags: item.flags });
}
