/**
 * All items: found by key, in the order of use, each in a chunk of its own, counted with their sizes. Knows what is where
 * and how much it is; what goes, and when, is the business of others.
 */
import { itemOverhead } from '@memkit/protocol/internal';
import type { CasCounter } from './cas-counter.js';
import { ClassStatsTable } from './class-stats.js';
import { hashOf, ItemIndex } from './item-index.js';
import { HEADER_BYTES } from './item-layout.js';
import { RecencyList } from './recency-list.js';
import { SizeHistogram } from './size-histogram.js';
import { slabClassOf } from './slab-classes.js';
import { MOST_CHUNK_BYTES, SlabMemory } from './slab-memory.js';
import { NO_PLACE, type SlabPage } from './slab-page.js';
import { StoredItem, type LargeValues, type NewItem } from './stored-item.js';

export class ItemTable {
  readonly classes = new ClassStatsTable();
  /** What `stats sizes` counts. */
  readonly sizes = new SizeHistogram();
  readonly #slabs: SlabMemory;
  readonly #index: ItemIndex;
  readonly #recency: RecencyList;
  readonly #largeValues: LargeValues = new Map();
  readonly #cas: CasCounter;
  #bytes = 0;

  /** @param limit of all items together, in bytes */
  constructor(limit: number, cas: CasCounter) {
    this.#cas = cas;
    this.#slabs = new SlabMemory(limit);
    this.#index = new ItemIndex(this.#slabs);
    this.#recency = new RecencyList(this.#slabs);
  }

  get size(): number {
    return this.#index.size;
  }

  /** Bytes of all items with their bookkeeping. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Pages taken from the system, in bytes; values above the largest chunk are beside them. */
  get pageBytes(): number {
    return this.#slabs.bytes;
  }

  set limit(bytes: number) {
    this.#slabs.limit = bytes;
  }

  get oldest(): StoredItem | undefined {
    return this.#at(this.#recency.oldest);
  }

  find(key: string): StoredItem | undefined {
    return this.#at(this.#index.find(key, hashOf(key)));
  }

  /**
   * Stores as the newest item, under the CAS value that is asked for or the next one. `undefined`: chunks of other sizes
   * have all the memory, and those of one page (`neighboursOf()`) have to go; an old item is gone then.
   * @param size in bytes, with bookkeeping
   * @param now the current Unix second
   * @param old the item of this key
   */
  put(input: NewItem, size: number, now: number, old: StoredItem | undefined): StoredItem | undefined {
    const item = this.#placeFor(input, old);
    if (item === undefined) return undefined;
    const slabClass = slabClassOf(size);
    item.fill(input, slabClass, now);
    this.#cas.assign(item, input.cas);
    this.#bytes += size;
    this.classes.add(slabClass, size);
    if (this.sizes.isEnabled) this.sizes.add(size, item.cas);
    return item;
  }

  /** Makes it the newest. */
  renew(item: StoredItem): void {
    this.#recency.renew(item.place);
  }

  /** Does nothing where it is gone already. */
  remove(item: StoredItem): void {
    if (!item.isStored) return;
    const { place } = item;
    this.#uncount(item);
    this.#index.delete(place);
    this.#recency.remove(place);
    item.empty();
    this.#slabs.giveBack(place);
  }

  clear(): void {
    this.#index.clear();
    this.#recency.clear();
    this.#slabs.clear();
    this.#largeValues.clear();
    this.#bytes = 0;
    this.classes.empty();
    this.sizes.empty();
  }

  /** Bytes of an item with memcached's bookkeeping. */
  sizeOf({ keyBytes, valueBytes, flags }: StoredItem): number {
    return keyBytes + valueBytes + itemOverhead(flags, this.#cas.isEnabled);
  }

  /** The items of its page, and itself. */
  neighboursOf(item: StoredItem): Iterable<StoredItem> {
    return this.#itemsOf(this.#slabs.pageOf(item.place));
  }

  /** All items in no order; also while some come and go. */
  *items(): Generator<StoredItem, void> {
    for (const page of this.#slabs.pages()) yield* this.#itemsOf(page);
  }

  *newestFirst(): Generator<StoredItem, void> {
    for (let place = this.#recency.newest; place !== NO_PLACE; place = this.#recency.olderThan(place)) {
      const item = this.#at(place);
      if (item !== undefined) yield item;
    }
  }

  /** The next `walk()` begins with the oldest. */
  startWalk(): void {
    this.#recency.startWalk();
  }

  /** The next item of the walk, in the order of use; `undefined` at its end. Items may come and go between two calls. */
  walk(): StoredItem | undefined {
    return this.#at(this.#recency.walk());
  }

  /** The chunk of the old item of this key, or another one where its size is not right. */
  #placeFor({ key, value }: NewItem, old: StoredItem | undefined): StoredItem | undefined {
    const bytes = chunkBytesFor(key.length, value.length);
    if (old !== undefined && this.#slabs.fits(old.place, bytes)) {
      this.#uncount(old);
      old.empty();
      this.#recency.renew(old.place);
      return old;
    }
    if (old !== undefined) this.remove(old);
    const place = this.#slabs.take(bytes);
    if (place === NO_PLACE) return undefined;
    this.#index.add(place, hashOf(key));
    this.#recency.add(place);
    return this.#at(place);
  }

  #uncount(item: StoredItem): void {
    const size = this.sizeOf(item);
    this.#bytes -= size;
    this.classes.remove(item.slabClass, size);
    if (this.sizes.isEnabled) this.sizes.remove(size, item.cas);
  }

  #at(place: number): StoredItem | undefined {
    return place === NO_PLACE ? undefined : new StoredItem(place, this.#slabs.pageOf(place), this.#largeValues);
  }

  *#itemsOf(page: SlabPage): Generator<StoredItem, void> {
    const { cuts } = page;
    for (
      let place = page.placeBehind(NO_PLACE);
      place !== NO_PLACE && page.cuts === cuts;
      place = page.placeBehind(place)
    ) {
      const item = new StoredItem(place, page, this.#largeValues);
      if (item.isStored) yield item;
    }
  }
}

/** A value that fits no chunk is a buffer of its own, and its chunk holds header and key. */
function chunkBytesFor(keyBytes: number, valueBytes: number): number {
  const bytes = HEADER_BYTES + keyBytes + valueBytes;
  return bytes > MOST_CHUNK_BYTES ? HEADER_BYTES + keyBytes : bytes;
}
