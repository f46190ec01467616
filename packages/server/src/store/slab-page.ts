/** Bytes of one page: small, so that a page is soon empty and may serve items of another size. */
export const PAGE_BYTES = 64 * 1024;

/**
 * Memory cut into chunks of one size, one item each. A place names a chunk, as a number: its page and, in units of 8
 * bytes, where in it. Place 0 is none.
 *
 *   place  [ page: 18 bits | unit: 13 bits ]
 *   page   [ chunk | chunk | free | chunk | ... never used ... ]
 *                      free: ^ first of a list through the chunks' own first words
 */
export class SlabPage {
  readonly number: number;
  readonly bytes = Buffer.allocUnsafeSlow(PAGE_BYTES);
  readonly words = new Int32Array(this.bytes.buffer, this.bytes.byteOffset, PAGE_BYTES / 4);
  readonly doubles = new Float64Array(this.bytes.buffer, this.bytes.byteOffset, PAGE_BYTES / 8);
  slabClass = 0;
  chunkBytes = PAGE_BYTES;
  /** Chunks that hold an item. */
  used = 0;
  /** How often it was cut: what is known of its places ends with each time. */
  cuts = 0;
  /** Where in the list of its class's pages with room; -1: not in it. */
  roomIndex = -1;
  /** Bytes that were ever handed out as chunks. */
  #freshFrom = 0;
  #firstFree = NO_PLACE;

  constructor(number: number) {
    this.number = number;
  }

  /** From now on its chunks have this size, and none holds an item. */
  cut(slabClass: number, chunkBytes: number): void {
    this.cuts += 1;
    this.used = 0;
    this.slabClass = slabClass;
    this.chunkBytes = chunkBytes;
    this.#freshFrom = 0;
    this.#firstFree = NO_PLACE;
  }

  get hasRoom(): boolean {
    return this.#firstFree !== NO_PLACE || this.#freshFrom + this.chunkBytes <= PAGE_BYTES;
  }

  /** Only while there is room. */
  take(): number {
    this.used += 1;
    const free = this.#firstFree;
    if (free !== NO_PLACE) {
      this.#firstFree = this.words[wordOf(free)] ?? NO_PLACE;
      return free;
    }
    const place = (this.number << UNIT_BITS) | (this.#freshFrom >>> 3);
    this.#freshFrom += this.chunkBytes;
    return place;
  }

  giveBack(place: number): void {
    this.used -= 1;
    this.words[wordOf(place)] = this.#firstFree;
    this.#firstFree = place;
  }

  /** The place behind `place` in this page that was ever handed out; behind `NO_PLACE` the first one. */
  placeBehind(place: number): number {
    const offset = place === NO_PLACE ? 0 : wordOf(place) * 4 + this.chunkBytes;
    return offset < this.#freshFrom ? (this.number << UNIT_BITS) | (offset >>> 3) : NO_PLACE;
  }
}

export const NO_PLACE = 0;
const UNIT_BITS = 13;
/** Page 0 is left out, so that no place is 0; places stay below 2 ** 31, which V8 keeps as plain integers. */
export const MOST_PAGES = 2 ** (31 - UNIT_BITS) - 1;

export function pageNumberOf(place: number): number {
  return place >>> UNIT_BITS;
}

/** Index of a place's first 32-bit word in its page. */
export function wordOf(place: number): number {
  return (place & (2 ** UNIT_BITS - 1)) << 1;
}
