/**
 * The bytes of memcached -Y before the login, read as 1.6.18 does: `set <anything> 0 0 <n>` with the data
 * `<username> <password>`. Every other line is refused, quit and binary bytes included. Pure: bytes in, attempts out.
 *
 *   LINE --set--> DATA (n + 2) --> an attempt
 *    ^  other: refused   |
 *    '-------------------'
 *
 * 1.6.18 sends only the last of several refusals that one chunk caused; here each is sent.
 */
import { readUint32 } from '@memkit/protocol/internal';

/** What somebody without a login has sent. */
export type LoginAttempt =
  | { readonly op: 'login'; readonly username: string; readonly password: string }
  | { readonly op: 'refused'; readonly reply: string }
  /** The connection ends. */
  | { readonly op: 'garbage' };

const LF = 0x0a;
const CR = 0x0d;
/** Behind this many bytes without a line end memcached closes the connection. */
const MAX_LINE_BYTES = 2048;
/** memcached's read buffer, which no login may outgrow: one of 17,000 bytes ends the connection (1.6.18 and 1.6.45). */
const MAX_DATA_BYTES = 16 * 1024;
/** A line is not looked at before this many bytes have come: a lone line feed gets no answer. */
const LEAST_LINE_BYTES = 2;
const NOTHING = Buffer.alloc(0);

export class AsciiLoginReader {
  readonly #onAttempt: (attempt: LoginAttempt) => void;
  #held: Buffer[] = [];
  #heldBytes = 0;
  /** Bytes of the data block and its line end; `undefined` while a line is expected. */
  #dataBytes: number | undefined;

  constructor(onAttempt: (attempt: LoginAttempt) => void) {
    this.#onAttempt = onAttempt;
  }

  /** Takes the bytes from `start` on up to the end of the next line or attempt; returns where it stopped. */
  push(chunk: Buffer, start: number): number {
    return this.#dataBytes === undefined ? this.#readLine(chunk, start) : this.#readData(chunk, start, this.#dataBytes);
  }

  #readLine(chunk: Buffer, start: number): number {
    if (this.#holdsLoneLineFeed()) return this.#onLine(this.#takeHeld(NOTHING), start);
    const isTooShort = this.#heldBytes === 0 && chunk.length - start < LEAST_LINE_BYTES;
    const end = isTooShort ? -1 : chunk.indexOf(LF, start);
    if (end < 0) return this.#hold(chunk, start, MAX_LINE_BYTES);
    return this.#onLine(this.#takeHeld(chunk.subarray(start, end)), end + 1);
  }

  #onLine(line: Buffer, next: number): number {
    const words = wordsOf(line);
    const size = words[0] === 'set' ? readUint32(words[4] ?? '') : undefined;
    if (size === undefined) this.#onAttempt({ op: 'refused', reply: 'CLIENT_ERROR unauthenticated' });
    else this.#dataBytes = size + 2;
    return next;
  }

  #holdsLoneLineFeed(): boolean {
    return this.#heldBytes === 1 && this.#held[0]?.[0] === LF;
  }

  #readData(chunk: Buffer, start: number, bytes: number): number {
    const missing = bytes - this.#heldBytes;
    if (chunk.length - start < missing) return this.#hold(chunk, start, MAX_DATA_BYTES);
    const block = this.#takeHeld(chunk.subarray(start, start + missing));
    this.#dataBytes = undefined;
    this.#onAttempt(attemptOf(block));
    return start + missing;
  }

  #hold(chunk: Buffer, start: number, limit: number): number {
    // A copy: the chunk belongs to the socket.
    this.#held.push(Buffer.from(chunk.subarray(start)));
    this.#heldBytes += chunk.length - start;
    if (this.#heldBytes > limit) this.#onAttempt({ op: 'garbage' });
    return chunk.length;
  }

  #takeHeld(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    const whole = Buffer.concat([...this.#held, last]);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}

function attemptOf(block: Buffer): LoginAttempt {
  const end = block.length - 2;
  if (block[end] !== CR || block[end + 1] !== LF) {
    return { op: 'refused', reply: 'CLIENT_ERROR bad command line termination' };
  }
  const [username, password] = wordsOf(block.subarray(0, end));
  return username === undefined || password === undefined
    ? { op: 'refused', reply: 'CLIENT_ERROR bad authentication token format' }
    : { op: 'login', username, password };
}

/** As C reads them: up to a NUL, separated by spaces alone. */
function wordsOf(bytes: Buffer): readonly string[] {
  const nul = bytes.indexOf(0);
  const text = bytes.toString('utf8', 0, nul < 0 ? bytes.length : nul);
  return text.split(' ').filter((word) => word !== '');
}
