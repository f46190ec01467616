/**
 * Cuts a byte stream into lines and data blocks; what they mean is the consumer's business.
 *
 *   VA 5 f0\r\n hello \r\n HD\r\n VA 30...        lines are read where they lie; a data block that is whole in one
 *   [ line ][ body(5) ][ line ][ half a line      chunk is a view of it, one that is spread over chunks is joined once
 */
import { MemcacheError } from '../errors/memcache-error.js';
import { showNumber } from '../errors/error-message.js';

export interface LineConsumer {
  /** A line without its CRLF, `start` to `end` of `bytes`. Returns the bytes of the data block behind it, or `NO_BODY`. */
  line(bytes: Buffer, start: number, end: number): number;
  /** The data block the last line announced, without its CRLF. */
  body(data: Buffer): void;
}

export const NO_BODY = -1;

/** Longest line accepted. The longest legal one, a stats line, stays under 1 KiB; a key or an error text is shorter. */
const MAX_LINE_BYTES = 8192;

/** The largest item memcached can be told to store (-I, memcached.c: "1024m"), so no honest block is larger. */
export const MAX_BODY_BYTES = 1024 * 1024 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const CRLF_BYTES = 2;

/**
 * A view keeps its whole chunk alive, so a small value that someone holds on to could pin 64 KiB. Chunks up to the size
 * of Node's own Buffer pool may be pinned (a copy would land in that pool and pin as much); from larger ones a value is
 * copied unless it makes up a quarter of what it pins.
 */
const PINNABLE_CHUNK_BYTES = 8192;
const LEAST_SHARE = 4;

/** Part of a chunk that may outlive it. */
export function keepable(chunk: Buffer, start: number, end: number): Buffer {
  const view = chunk.subarray(start, end);
  return chunk.length <= PINNABLE_CHUNK_BYTES || view.length * LEAST_SHARE >= chunk.length ? view : Buffer.from(view);
}

export function unexpectedReply(detail: string): MemcacheError {
  return new MemcacheError('UNEXPECTED_REPLY', { action: 'Cannot read the reply', detail });
}

export class LineFramer {
  readonly #consumer: LineConsumer;
  /** The beginning of a line whose end has not arrived. */
  #rest: Buffer | undefined;
  /** Parts of a data block whose end has not arrived, and how many bytes are missing, CRLF included. */
  #parts: Buffer[] = [];
  #missing = 0;

  constructor(consumer: LineConsumer) {
    this.#consumer = consumer;
  }

  /** @throws `MEMCACHE_UNEXPECTED_REPLY`; the stream cannot be read any further then */
  push(chunk: Buffer): void {
    let bytes = chunk;
    let at = 0;
    if (this.#missing > 0) {
      at = this.#continueBody(chunk);
      if (this.#missing > 0) return;
    } else if (this.#rest !== undefined) {
      bytes = Buffer.concat([this.#rest, chunk]);
      this.#rest = undefined;
    }
    while (at < bytes.length) {
      const lineFeed = endOfLine(bytes, at);
      if (lineFeed < 0) {
        this.#rest = bytes.subarray(at);
        return;
      }
      const size = this.#consumer.line(bytes, at, lineFeed - 1);
      at = lineFeed + 1;
      if (size >= 0) at = this.#startBody(bytes, at, size);
    }
  }

  #startBody(bytes: Buffer, at: number, size: number): number {
    if (size > MAX_BODY_BYTES) {
      throw unexpectedReply(`a value of ${showNumber(size)} bytes is announced, more than memcached can store`);
    }
    const end = at + size;
    if (end + CRLF_BYTES > bytes.length) {
      this.#missing = size + CRLF_BYTES - (bytes.length - at);
      // Even an empty part is kept: the block's first byte may lie in the next chunk.
      this.#parts = [bytes.subarray(at)];
      return bytes.length;
    }
    if (bytes[end] !== CR || bytes[end + 1] !== LF) throw unexpectedReply(BAD_BLOCK_END);
    this.#consumer.body(keepable(bytes, at, end));
    return end + CRLF_BYTES;
  }

  /** Takes what belongs to the unfinished block; returns where the rest of the chunk begins. */
  #continueBody(chunk: Buffer): number {
    const taken = Math.min(this.#missing, chunk.length);
    this.#parts.push(chunk.subarray(0, taken));
    this.#missing -= taken;
    if (this.#missing > 0) return taken;
    const block = Buffer.concat(this.#parts);
    this.#parts = [];
    const end = block.length - CRLF_BYTES;
    if (block[end] !== CR || block[end + 1] !== LF) throw unexpectedReply(BAD_BLOCK_END);
    this.#consumer.body(block.subarray(0, end));
    return taken;
  }
}

const BAD_BLOCK_END = 'a value does not end where its length says';

/** Index of the line feed that ends the line at `start`; -1 when it has not arrived. A loop beats indexOf on short lines. */
function endOfLine(bytes: Buffer, start: number): number {
  const limit = Math.min(bytes.length, start + MAX_LINE_BYTES);
  for (let at = start; at < limit; at += 1) {
    if (bytes[at] !== LF) continue;
    if (at > start && bytes[at - 1] === CR) return at;
    throw unexpectedReply('a line does not end in carriage return and line feed');
  }
  if (limit - start >= MAX_LINE_BYTES) {
    throw unexpectedReply(`a line is longer than ${showNumber(MAX_LINE_BYTES)} bytes`);
  }
  return -1;
}

/** Reads decimal digits from `start` to the first other byte or `end`; -1 when there are none or too many. */
export function readDigits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  let at = start;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return at === start || value > Number.MAX_SAFE_INTEGER ? -1 : value;
}
