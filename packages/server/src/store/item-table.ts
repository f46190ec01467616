/**
 * All items: found by key, in the order of use, each in a chunk of its own. Knows what is where; what goes, and when, is
 * the store's business.
 */
import { hashOf, ItemIndex } from './item-index.js';
import { HEADER_BYTES } from './item-layout.js';
import { RecencyList } from './recency-list.js';
import { MOST_CHUNK_BYTES, SlabMemory } from './slab-memory.js';
import { NO_PLACE, type SlabPage } from './slab-page.js';
import { StoredItem, type LargeValues } from './stored-item.js';

export class ItemTable {
  readonly #slabs: SlabMemory;
  readonly #index: ItemIndex;
  readonly #recency: RecencyList;
  readonly #largeValues: LargeValues = new Map();

  /** @param limit of all items together, in bytes */
  constructor(limit: number) {
    this.#slabs = new SlabMemory(limit);
    this.#index = new ItemIndex(this.#slabs);
    this.#recency = new RecencyList(this.#slabs);
  }

  get size(): number {
    return this.#index.size;
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

  /** Whether another value of this length may take the place of the item's. */
  fits(item: StoredItem, valueBytes: number): boolean {
    return this.#slabs.fits(item.place, chunkBytesFor(item.keyBytes, valueBytes));
  }

  /**
   * An empty chunk as the newest item, for a key that is not there. `undefined`: chunks of other sizes have all the
   * memory, and those of one page (`neighboursOf()`) have to go.
   */
  add(key: string, valueBytes: number): StoredItem | undefined {
    const place = this.#slabs.take(chunkBytesFor(key.length, valueBytes));
    if (place === NO_PLACE) return undefined;
    this.#index.add(place, hashOf(key));
    this.#recency.add(place);
    return this.#at(place);
  }

  /** Makes it the newest. */
  renew(item: StoredItem): void {
    this.#recency.renew(item.place);
  }

  remove(item: StoredItem): void {
    const { place } = item;
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
