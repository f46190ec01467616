/**
 * Items by key: buckets of places, linked through the items themselves. It grows while it is used: the buckets of the old
 * table move a few at a time, because moving a million at once takes 100 ms and every connection would wait for it.
 *
 *   old      [ moved | moved | bucket | bucket ]         buckets from #moved on are still read here
 *   buckets  [ b | b | . | . | b | b | . | . ]
 */
import { HEADER_BYTES, itemWord, KEY_BYTES_MASK } from './item-layout.js';
import type { SlabMemory } from './slab-memory.js';
import { NO_PLACE, wordOf } from './slab-page.js';

const FIRST_BUCKETS = 1024;
/** With so many for each new item the old table is empty long before the next one is needed. */
const MOVED_AT_ONCE = 8;

export class ItemIndex {
  readonly #memory: SlabMemory;
  #buckets = new Int32Array(FIRST_BUCKETS);
  #old: Int32Array | undefined;
  #moved = 0;
  #size = 0;

  constructor(memory: SlabMemory) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#size;
  }

  /** Where the item of this key is, or `NO_PLACE`. */
  find(key: string, hash: number): number {
    const table = this.#tableOf(hash);
    let place = table[hash & (table.length - 1)] ?? NO_PLACE;
    while (place !== NO_PLACE) {
      const { words, bytes } = this.#memory.pageOf(place);
      const word = wordOf(place);
      if (words[word + itemWord.hash] === hash && isKeyAt(words, bytes, word, key)) return place;
      place = words[word + itemWord.next] ?? NO_PLACE;
    }
    return NO_PLACE;
  }

  /** Adds an item whose key is not there. */
  add(place: number, hash: number): void {
    this.#memory.pageOf(place).words[wordOf(place) + itemWord.hash] = hash;
    this.#push(this.#tableOf(hash), place, hash);
    this.#size += 1;
    if (this.#old !== undefined) this.#moveSome(this.#old);
    else if (this.#size > this.#buckets.length) this.#grow();
  }

  delete(place: number): void {
    const word = wordOf(place);
    const { words } = this.#memory.pageOf(place);
    const hash = words[word + itemWord.hash] ?? 0;
    const next = words[word + itemWord.next] ?? NO_PLACE;
    const table = this.#tableOf(hash);
    const bucket = hash & (table.length - 1);
    this.#size -= 1;
    let before = table[bucket] ?? NO_PLACE;
    if (before === place) {
      table[bucket] = next;
      return;
    }
    for (;;) {
      const page = this.#memory.pageOf(before);
      const link = wordOf(before) + itemWord.next;
      if (page.words[link] === place) {
        page.words[link] = next;
        return;
      }
      before = page.words[link] ?? NO_PLACE;
    }
  }

  clear(): void {
    this.#buckets = new Int32Array(FIRST_BUCKETS);
    this.#old = undefined;
    this.#size = 0;
  }

  #tableOf(hash: number): Int32Array {
    const old = this.#old;
    return old !== undefined && (hash & (old.length - 1)) >= this.#moved ? old : this.#buckets;
  }

  #push(table: Int32Array, place: number, hash: number): void {
    const bucket = hash & (table.length - 1);
    this.#memory.pageOf(place).words[wordOf(place) + itemWord.next] = table[bucket] ?? NO_PLACE;
    table[bucket] = place;
  }

  #grow(): void {
    this.#old = this.#buckets;
    this.#moved = 0;
    this.#buckets = new Int32Array(this.#buckets.length * 2);
  }

  #moveSome(old: Int32Array): void {
    const end = Math.min(old.length, this.#moved + MOVED_AT_ONCE);
    for (; this.#moved < end; this.#moved += 1) {
      let place = old[this.#moved] ?? NO_PLACE;
      while (place !== NO_PLACE) {
        const { words } = this.#memory.pageOf(place);
        const word = wordOf(place);
        const next = words[word + itemWord.next] ?? NO_PLACE;
        this.#push(this.#buckets, place, words[word + itemWord.hash] ?? 0);
        place = next;
      }
    }
    if (end === old.length) this.#old = undefined;
  }
}

/** FNV-1a with the last mixing step of MurmurHash3: buckets are chosen by the low bits. */
export function hashOf(key: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < key.length; at += 1) hash = Math.imul(hash ^ key.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return hash ^ (hash >>> 16);
}

function isKeyAt(words: Int32Array, bytes: Buffer, word: number, key: string): boolean {
  const length = key.length;
  if (((words[word + itemWord.state] ?? 0) & KEY_BYTES_MASK) !== length) return false;
  const start = word * 4 + HEADER_BYTES;
  for (let at = 0; at < length; at += 1) if (bytes[start + at] !== key.charCodeAt(at)) return false;
  return true;
}
