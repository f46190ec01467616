/**
 * Cuts a byte stream into lines and data blocks; what they mean is the consumer's business.
 *
 *   chunk 1  [ VA 5 f0\r\n hello \r\n HD\r\n VA 30 f0\r\n 0123 ]     lines are read where they lie
 *   body                                               [ 0123...... ]  allocated whole, filled as chunks come
 *   chunk 2  [ 456789 ... \r\n VA 7 ]
 *   held line                 [ VA 7 ]                                 copied until its end comes
 *
 * Chunks belong to the caller and may be overwritten as soon as push() returns: whatever is kept is copied, once.
 */
import { MemcacheError } from '../errors/memcache-error.js';
import { showNumber } from '../errors/error-message.js';
import { BodyBuffer, ValueCopier } from './body-buffer.js';

export interface LineConsumer {
  /**
   * A line without its CRLF, `start` to `end` of `bytes`, which are overwritten later.
   * Returns the bytes of the data block behind it, or `NO_BODY`.
   */
  line(bytes: Buffer, start: number, end: number): number;
  /** The data block the last line announced, without its CRLF; a copy. */
  body(data: Buffer): void;
  /**
   * Reads what it can of the bytes where a line begins by itself, data blocks too; the lines go on where it says. For the
   * few kinds of replies that nearly all are: each costs half as much then.
   */
  readAhead(bytes: Buffer, at: number, copier: ValueCopier): number;
  /** Whether the data block that comes now may have a line feed more than announced. */
  readonly endsLoosely?: boolean;
}

export const NO_BODY = -1;

/** Longest line accepted, its end included. The longest legal one, a stats line, stays under 1 KiB; a key or an error text is shorter. */
export const MAX_LINE_BYTES = 8192;
const FIRST_LINE_CAPACITY = 512;

/** The largest item memcached can be told to store (-I, memcached.c: "1024m"), so no honest block is larger. */
export const MAX_BODY_BYTES = 1024 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const CRLF_BYTES = 2;

export function unexpectedReply(detail: string): MemcacheError {
  return new MemcacheError('UNEXPECTED_REPLY', { action: 'Cannot read the reply', detail });
}

export class LineFramer {
  readonly #consumer: LineConsumer;
  readonly #copier = new ValueCopier();
  /** The beginning of a line whose end has not arrived. */
  #line: Buffer | undefined;
  #lineBytes = 0;
  /** The data block whose end has not arrived. */
  #body: BodyBuffer | undefined;
  /** The last byte between the block and its line feed; 0 when there was none yet. */
  #tail = 0;

  constructor(consumer: LineConsumer) {
    this.#consumer = consumer;
  }

  /** Where the next bytes are wanted, of which as many as there is room for belong to one data block. */
  get room(): Buffer | undefined {
    return this.#body?.room;
  }

  /** @throws `MEMCACHE_UNEXPECTED_REPLY`; the stream cannot be read any further then */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      if (this.#body !== undefined) {
        at = this.#continueBody(this.#body, chunk, at);
        continue;
      }
      if (this.#lineBytes === 0) at = this.#consumer.readAhead(chunk, at, this.#copier);
      if (at < chunk.length) at = this.#readLine(chunk, at);
    }
    this.#copier.forget();
  }

  #readLine(chunk: Buffer, at: number): number {
    const lineFeed = this.#findLineFeed(chunk, at);
    if (lineFeed < 0) {
      this.#hold(chunk, at, chunk.length);
      return chunk.length;
    }
    const size =
      this.#lineBytes === 0 ? this.#consumer.line(chunk, at, lineFeed - 1) : this.#endHeldLine(chunk, at, lineFeed);
    return size < 0 ? lineFeed + 1 : this.#startBody(chunk, lineFeed + 1, size);
  }

  /** Index of the line feed that ends the line; -1 when it has not arrived. A loop beats indexOf on short lines. */
  #findLineFeed(chunk: Buffer, start: number): number {
    const limit = Math.min(chunk.length, start + MAX_LINE_BYTES - this.#lineBytes);
    for (let at = start; at < limit; at += 1) {
      if (chunk[at] !== LF) continue;
      const before = at > start ? chunk[at - 1] : this.#line?.[this.#lineBytes - 1];
      if (before === CR && (at > start || this.#lineBytes > 0)) return at;
      throw unexpectedReply('a line does not end in carriage return and line feed');
    }
    if (limit - start + this.#lineBytes >= MAX_LINE_BYTES) {
      throw unexpectedReply(`a line is longer than ${showNumber(MAX_LINE_BYTES)} bytes`);
    }
    return -1;
  }

  #hold(chunk: Buffer, start: number, end: number): Buffer {
    const length = this.#lineBytes + end - start;
    let line = this.#line;
    if (line === undefined || line.length < length) {
      const larger = Buffer.allocUnsafeSlow(length <= FIRST_LINE_CAPACITY ? FIRST_LINE_CAPACITY : MAX_LINE_BYTES);
      line?.copy(larger, 0, 0, this.#lineBytes);
      this.#line = line = larger;
    }
    chunk.copy(line, this.#lineBytes, start, end);
    this.#lineBytes = length;
    return line;
  }

  #endHeldLine(chunk: Buffer, start: number, lineFeed: number): number {
    const line = this.#hold(chunk, start, lineFeed + 1);
    const end = this.#lineBytes - CRLF_BYTES;
    this.#lineBytes = 0;
    return this.#consumer.line(line, 0, end);
  }

  #startBody(chunk: Buffer, at: number, size: number): number {
    if (size > MAX_BODY_BYTES) {
      throw unexpectedReply(`a value of ${showNumber(size)} bytes is announced, more than memcached can store`);
    }
    const end = at + size;
    if (chunk[end] === CR && chunk[end + 1] === LF) {
      this.#consumer.body(this.#copier.copy(chunk, at, end));
      return end + CRLF_BYTES;
    }
    this.#tail = 0;
    this.#body = new BodyBuffer(size);
    return at;
  }

  /** Takes what belongs to the unfinished block; returns where the rest of the chunk begins. */
  #continueBody(body: BodyBuffer, chunk: Buffer, start: number): number {
    let at = body.take(chunk, start);
    while (body.isFull && at < chunk.length) {
      const byte = chunk[at] ?? 0;
      at += 1;
      if (byte === LF && this.#tail === CR) {
        this.#body = undefined;
        this.#consumer.body(body.bytes);
        return at;
      }
      const isExpected =
        byte === CR ? this.#tail !== CR : byte === LF && this.#tail === 0 && this.#consumer.endsLoosely;
      if (isExpected !== true) throw unexpectedReply('a value does not end where its length says');
      this.#tail = byte;
    }
    return at;
  }
}
