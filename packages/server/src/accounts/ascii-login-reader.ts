/**
 * The bytes of memcached -Y before the login: `set <anything> 0 0 <n>` with the data `<username> <password>`, read by
 * the rules of a version. Every other line is refused, quit and binary bytes included. Pure: bytes in, attempts out.
 *
 *   LINE --set--> DATA (n + 2) --> an attempt
 *    ^  other: refused   |
 *    '-------------------'
 *
 * memcached sends only the last of several refusals that one chunk caused; here each is sent.
 */
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { LOGIN_RULES, refused, type LoginAttempt, type LoginRules } from './ascii-login-rules.js';

const LF = 0x0a;
const CR = 0x0d;
/** Behind this many bytes without a line end memcached closes the connection. */
const MAX_LINE_BYTES = 2048;
/** memcached's read buffer, which no login may outgrow: one of 17,000 bytes ends the connection (1.6.18 and 1.6.45). */
const MAX_DATA_BYTES = 16 * 1024;
const NOTHING = Buffer.alloc(0);

export class AsciiLoginReader {
  readonly #rules: LoginRules;
  readonly #onAttempt: (attempt: LoginAttempt) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes of the data block and its line end; `undefined` while a line is expected. */
  #dataBytes: number | undefined;

  constructor(version: MemcachedVersion, onAttempt: (attempt: LoginAttempt) => void) {
    this.#rules = LOGIN_RULES[version];
    this.#onAttempt = onAttempt;
  }

  /** Takes the bytes from `start` on up to the end of the next line or attempt; returns where it stopped. */
  push(chunk: Buffer, start: number): number {
    return this.#dataBytes === undefined ? this.#readLine(chunk, start) : this.#readData(chunk, start, this.#dataBytes);
  }

  #readLine(chunk: Buffer, start: number): number {
    const { leastBytes } = this.#rules;
    if (this.#heldBytes + chunk.length - start < leastBytes) return this.#hold(chunk, start, MAX_LINE_BYTES);
    if (this.#heldBytes < leastBytes) {
      // Nobody has looked at the few bytes that are held: a line may end in them.
      const held = this.#takeHeld(NOTHING);
      const end = held.indexOf(LF);
      if (end >= 0) return this.#onLine(held.subarray(0, end), start);
      this.#keep(held);
    }
    const end = chunk.indexOf(LF, start);
    if (end < 0) return this.#hold(chunk, start, MAX_LINE_BYTES);
    return this.#onLine(this.#takeHeld(chunk.subarray(start, end)), end + 1);
  }

  #onLine(line: Buffer, next: number): number {
    const result = this.#rules.readLine(line);
    if (typeof result === 'number') this.#dataBytes = result + 2;
    else this.#onAttempt(result);
    return next;
  }

  #readData(chunk: Buffer, start: number, bytes: number): number {
    const missing = bytes - this.#heldBytes;
    if (chunk.length - start < missing) return this.#hold(chunk, start, MAX_DATA_BYTES);
    const block = this.#takeHeld(chunk.subarray(start, start + missing));
    this.#dataBytes = undefined;
    this.#onAttempt(this.#attemptOf(block));
    return start + missing;
  }

  #attemptOf(block: Buffer): LoginAttempt {
    const end = block.length - 2;
    if (block[end] !== CR || block[end + 1] !== LF) return refused('bad command line termination');
    return this.#rules.readData(block.subarray(0, end));
  }

  #hold(chunk: Buffer, start: number, limit: number): number {
    // A copy: the chunk belongs to the socket.
    this.#keep(Buffer.from(chunk.subarray(start)));
    if (this.#heldBytes > limit) this.#onAttempt({ op: 'garbage' });
    return chunk.length;
  }

  #keep(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #takeHeld(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}
