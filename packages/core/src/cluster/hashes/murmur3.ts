/** MurmurHash3 of 32 bits, seed 0, of texts that begin alike: what they share is mixed once. */

const FIRST_FACTOR = 0xcc9e2d51;
const SECOND_FACTOR = 0x1b873593;
const WORD_BITS = 32;

export class Murmur3 {
  readonly #hash: number;
  /** The bytes behind the last whole word, and how many bits they are. */
  readonly #rest: number;
  readonly #restBits: number;
  readonly #length: number;

  /** @param prefix what every text begins with, a string of characters 0 to 255 */
  constructor(prefix: string) {
    let hash = 0;
    let word = 0;
    let bits = 0;
    for (let at = 0; at < prefix.length; at += 1) {
      word |= prefix.charCodeAt(at) << bits;
      bits += 8;
      if (bits < WORD_BITS) continue;
      hash = mixWord(hash, word);
      word = 0;
      bits = 0;
    }
    this.#hash = hash;
    this.#rest = word;
    this.#restBits = bits;
    this.#length = prefix.length;
  }

  /**
   * The hash of the prefix with `bytes` behind it, an unsigned number.
   * @param bytes a string of characters 0 to 255
   */
  of(bytes: string): number {
    let hash = this.#hash;
    let word = this.#rest;
    let bits = this.#restBits;
    for (let at = 0; at < bytes.length; at += 1) {
      word |= bytes.charCodeAt(at) << bits;
      bits += 8;
      if (bits < WORD_BITS) continue;
      hash = mixWord(hash, word);
      word = 0;
      bits = 0;
    }
    // No bytes left over are a word of zero, which changes nothing.
    hash ^= scramble(word) ^ (this.#length + bytes.length);
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
    hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
    return (hash ^ (hash >>> 16)) >>> 0;
  }
}

function mixWord(hash: number, word: number): number {
  return (Math.imul(rotate(hash ^ scramble(word), 13), 5) + 0xe6546b64) | 0;
}

function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, FIRST_FACTOR), 15), SECOND_FACTOR);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (WORD_BITS - by));
}
