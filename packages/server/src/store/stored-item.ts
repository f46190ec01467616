/**
 * A look at an item in its chunk, not the item: the store makes a new one each time somebody looks, and it is good until
 * that item is removed or replaced.
 */
import { HEADER_BYTES, itemDouble, itemMark, itemWord, KEY_BYTES_MASK, SLAB_CLASS_SHIFT } from './item-layout.js';
import { wordOf, type SlabPage } from './slab-page.js';

/** What replies tell of an item. */
export interface ItemFacts {
  readonly key: string;
  readonly valueBytes: number;
  readonly flags: number;
  /** Unix second of its end; Infinity for never. */
  expiresAt: number;
  cas: bigint;
  /** Unix second of storing or of the access that made it active, as memcached keeps it. */
  time: number;
  /** Read at least once. */
  readonly isFetched: boolean;
  /** Stored under a key sent in base64; replies encode it again. */
  readonly isBinaryKey: boolean;
}

/** What a new item needs; the rest starts at its defaults. */
export interface NewItem {
  readonly key: string;
  /** Is copied. */
  readonly value: Buffer;
  readonly flags: number;
  readonly expiresAt: number;
  /** Default: the next one. */
  readonly cas?: bigint | undefined;
  readonly isBinaryKey?: boolean;
  readonly isStale?: boolean;
  readonly isTokenSent?: boolean;
}

/** Values that fit no chunk, by the place of their item. Replies hold them while they are sent: they never change. */
export type LargeValues = Map<number, Buffer>;

const EMPTY = Buffer.alloc(0);
const HALF_BITS = 32n;

export class StoredItem implements ItemFacts {
  /** Names its chunk. */
  readonly place: number;
  readonly #page: SlabPage;
  readonly #large: LargeValues;
  readonly #word: number;

  constructor(place: number, page: SlabPage, large: LargeValues) {
    this.place = place;
    this.#page = page;
    this.#large = large;
    this.#word = wordOf(place);
  }

  get keyBytes(): number {
    return this.#read(itemWord.state) & KEY_BYTES_MASK;
  }

  get valueBytes(): number {
    return this.#read(itemWord.valueBytes);
  }

  /** memcached's slab class of its size with bookkeeping. */
  get slabClass(): number {
    return this.#read(itemWord.state) >>> SLAB_CLASS_SHIFT;
  }

  get key(): string {
    const start = this.#keyStart;
    return this.#page.bytes.toString('latin1', start, start + this.keyBytes);
  }

  get value(): Buffer {
    if (this.#has(itemMark.largeValue)) return this.#large.get(this.place) ?? EMPTY;
    const start = this.#keyStart + this.keyBytes;
    return this.#page.bytes.subarray(start, start + this.valueBytes);
  }

  /** Other bytes, as many as there were. */
  set value(bytes: Buffer) {
    if (this.#has(itemMark.largeValue)) this.#large.set(this.place, bytes);
    else this.#page.bytes.set(bytes, this.#keyStart + this.keyBytes);
  }

  get flags(): number {
    return this.#read(itemWord.flags) >>> 0;
  }

  get expiresAt(): number {
    return this.#page.doubles[(this.#word >>> 1) + itemDouble.expiresAt] ?? 0;
  }

  set expiresAt(second: number) {
    this.#page.doubles[(this.#word >>> 1) + itemDouble.expiresAt] = second;
  }

  get time(): number {
    return this.#page.doubles[(this.#word >>> 1) + itemDouble.time] ?? 0;
  }

  set time(second: number) {
    this.#page.doubles[(this.#word >>> 1) + itemDouble.time] = second;
  }

  get cas(): bigint {
    const high = this.casHigh;
    return high === 0 ? BigInt(this.casLow) : (BigInt(high) << HALF_BITS) | BigInt(this.casLow);
  }

  set cas(cas: bigint) {
    this.setCas(Number(cas >> HALF_BITS), Number(BigInt.asUintN(32, cas)));
  }

  // In halves, because arithmetic of bigints makes a new one each time.

  get casHigh(): number {
    return this.#read(itemWord.casHigh) >>> 0;
  }

  get casLow(): number {
    return this.#read(itemWord.casLow) >>> 0;
  }

  setCas(high: number, low: number): void {
    this.#write(itemWord.casHigh, high);
    this.#write(itemWord.casLow, low);
  }

  get isFetched(): boolean {
    return this.#has(itemMark.fetched);
  }

  set isFetched(is: boolean) {
    this.#mark(itemMark.fetched, is);
  }

  /** `false` once it was removed, until another item takes its place. */
  get isStored(): boolean {
    return this.#has(itemMark.stored);
  }

  /** Read at least twice. */
  get isActive(): boolean {
    return this.#has(itemMark.active);
  }

  set isActive(is: boolean) {
    this.#mark(itemMark.active, is);
  }

  /** Invalidated by `md I` or stored behind a newer version by `ms I`. */
  get isStale(): boolean {
    return this.#has(itemMark.stale);
  }

  set isStale(is: boolean) {
    this.#mark(itemMark.stale, is);
  }

  /** A client holds the right to recache it. */
  get isTokenSent(): boolean {
    return this.#has(itemMark.tokenSent);
  }

  set isTokenSent(is: boolean) {
    this.#mark(itemMark.tokenSent, is);
  }

  get isBinaryKey(): boolean {
    return this.#has(itemMark.binaryKey);
  }

  /** What it tells now, for the time after it. */
  facts(): ItemFacts {
    const { key, valueBytes, flags, expiresAt, cas, time, isFetched, isBinaryKey } = this;
    return { key, valueBytes, flags, expiresAt, cas, time, isFetched, isBinaryKey };
  }

  /** Writes a new item here, all but its CAS value and its places in index and list. */
  fill(input: NewItem, slabClass: number, time: number): void {
    const { key, value } = input;
    const isLarge = key.length + value.length + HEADER_BYTES > this.#page.chunkBytes;
    const start = this.#keyStart;
    const { bytes } = this.#page;
    for (let at = 0; at < key.length; at += 1) bytes[start + at] = key.charCodeAt(at);
    if (!isLarge) bytes.set(value, start + key.length);
    // A copy: what was received belongs to the connection.
    else this.#large.set(this.place, Buffer.from(value));
    this.#write(
      itemWord.state,
      key.length |
        (slabClass << SLAB_CLASS_SHIFT) |
        itemMark.stored |
        (isLarge ? itemMark.largeValue : 0) |
        (input.isBinaryKey === true ? itemMark.binaryKey : 0) |
        (input.isStale === true ? itemMark.stale : 0) |
        (input.isTokenSent === true ? itemMark.tokenSent : 0),
    );
    this.#write(itemWord.flags, input.flags);
    this.#write(itemWord.valueBytes, value.length);
    this.expiresAt = input.expiresAt;
    this.time = time;
  }

  /** Nothing is here any more. */
  empty(): void {
    if (this.#has(itemMark.largeValue)) this.#large.delete(this.place);
    this.#write(itemWord.state, 0);
  }

  get #keyStart(): number {
    return this.#word * 4 + HEADER_BYTES;
  }

  #read(word: number): number {
    return this.#page.words[this.#word + word] ?? 0;
  }

  #write(word: number, value: number): void {
    this.#page.words[this.#word + word] = value;
  }

  #has(mark: number): boolean {
    return (this.#read(itemWord.state) & mark) !== 0;
  }

  #mark(mark: number, is: boolean): void {
    const state = this.#read(itemWord.state);
    this.#write(itemWord.state, is ? state | mark : state & ~mark);
  }
}
