import { readUint64 } from '../bytes/decimal.js';
import { unexpectedReply } from '../bytes/line-framer.js';

const SPACE = 0x20;
const ZERO = 0x30;
/** `VALUE ` */
const PREFIX_BYTES = 6;
const V = 0x56;
const A = 0x41;
const L = 0x4c;
const U = 0x55;
const E = 0x45;
const MAX_FLAGS = 0xffff_ffff;

/**
 * Reads `VALUE <key> <flags> <bytes> [<cas>]`, the head of each item of a retrieval, where it lies. One object is used
 * again for every line: no allocation but the key.
 */
export class ValueLine {
  key = '';
  flags = 0;
  /** 0n for get and gat. */
  cas = 0n;
  #at = 0;

  /** Whether this is such a line. */
  static matches(bytes: Buffer, start: number, end: number): boolean {
    return (
      bytes[start] === V &&
      end - start > PREFIX_BYTES &&
      bytes[start + 1] === A &&
      bytes[start + 2] === L &&
      bytes[start + 3] === U &&
      bytes[start + 4] === E &&
      bytes[start + 5] === SPACE
    );
  }

  /**
   * Returns the size of the data block.
   * @throws `MEMCACHE_UNEXPECTED_REPLY`
   */
  read(bytes: Buffer, start: number, end: number): number {
    this.#at = start + PREFIX_BYTES;
    this.key = this.#readKey(bytes, end);
    this.flags = this.#readNumber(bytes, end);
    const size = this.#readNumber(bytes, end);
    if (this.flags < 0 || this.flags > MAX_FLAGS || size < 0 || this.key === '') {
      throw unexpectedReply('a VALUE line lacks key, flags or length');
    }
    this.cas = this.#at < end ? readUint64(bytes, this.#at, end, 'a CAS token') : 0n;
    return size;
  }

  #readKey(bytes: Buffer, end: number): string {
    const start = this.#at;
    let seen = 0;
    let at = start;
    for (; at < end && bytes[at] !== SPACE; at += 1) seen |= bytes[at] ?? 0;
    this.#at = at + 1;
    // Nearly every key is ASCII, which is decoded faster when it is known to be.
    return bytes.toString(seen < 0x80 ? 'latin1' : 'utf8', start, at);
  }

  /** A number and the space behind it; -1 when there is none. */
  #readNumber(bytes: Buffer, end: number): number {
    const start = this.#at;
    let value = 0;
    let at = start;
    for (; at < end && bytes[at] !== SPACE; at += 1) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return -1;
      value = value * 10 + digit;
    }
    this.#at = at + 1;
    return at === start || value > Number.MAX_SAFE_INTEGER ? -1 : value;
  }
}
