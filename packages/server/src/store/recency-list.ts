/**
 * Items in the order of use, linked through themselves, and one place in it for whoever walks along.
 *
 *   oldest <-> item <-> item <-> newest          next: where the walk goes on
 *               ^ next
 */
import { itemWord } from './item-layout.js';
import type { SlabMemory } from './slab-memory.js';
import { NO_PLACE, wordOf } from './slab-page.js';

export class RecencyList {
  readonly #memory: SlabMemory;
  #oldest = NO_PLACE;
  #newest = NO_PLACE;
  #next = NO_PLACE;

  constructor(memory: SlabMemory) {
    this.#memory = memory;
  }

  get oldest(): number {
    return this.#oldest;
  }

  get newest(): number {
    return this.#newest;
  }

  olderThan(place: number): number {
    return this.#link(place, itemWord.older);
  }

  add(place: number): void {
    const newest = this.#newest;
    this.#setLink(place, itemWord.older, newest);
    this.#setLink(place, itemWord.newer, NO_PLACE);
    if (newest === NO_PLACE) this.#oldest = place;
    else this.#setLink(newest, itemWord.newer, place);
    this.#newest = place;
  }

  remove(place: number): void {
    const older = this.#link(place, itemWord.older);
    const newer = this.#link(place, itemWord.newer);
    if (this.#next === place) this.#next = newer;
    if (older === NO_PLACE) this.#oldest = newer;
    else this.#setLink(older, itemWord.newer, newer);
    if (newer === NO_PLACE) this.#newest = older;
    else this.#setLink(newer, itemWord.older, older);
  }

  renew(place: number): void {
    if (place === this.#newest) return;
    this.remove(place);
    this.add(place);
  }

  clear(): void {
    this.#oldest = NO_PLACE;
    this.#newest = NO_PLACE;
    this.#next = NO_PLACE;
  }

  /** The next `walk()` begins with the oldest. */
  startWalk(): void {
    this.#next = this.#oldest;
  }

  /** The next item of the walk; `NO_PLACE` at its end. Items may come and go between two calls. */
  walk(): number {
    const place = this.#next;
    if (place !== NO_PLACE) this.#next = this.#link(place, itemWord.newer);
    return place;
  }

  #link(place: number, word: number): number {
    return this.#memory.pageOf(place).words[wordOf(place) + word] ?? NO_PLACE;
  }

  #setLink(place: number, word: number, to: number): void {
    this.#memory.pageOf(place).words[wordOf(place) + word] = to;
  }
}
