/**
 * Bytes of a text connection -> requests, classic and meta mixed, split anywhere. Pure: no socket, no clock.
 *
 *        +--------- LINE <---------------+
 *        |           | storage command   | CR LF checked
 *   other command    v                   |
 *   -> request      DATA (length + 2) ---+-> request, or "bad data chunk"
 *        |
 *        +-> SWALLOW (refused data) -> its error -> LINE
 */
import { BodyBuffer } from '../bytes/body-buffer.js';
import { HeldBytes } from '../bytes/held-bytes.js';
import { parseMetaLine } from '../meta/meta-request-parser.js';
import { DEFAULT_ITEM_SIZE_MAX } from '../rules/limits.js';
import { parseClassicLine } from './classic-line-parser.js';
import { FrequentRequests } from './frequent-requests.js';
import type { MemcachedVersion } from './memcached-version.js';
import { parseNewestLine } from './newest-line-parser.js';
import { reject, type ParsedLine, type TextRequest } from './text-request.js';

const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const EMPTY = Buffer.alloc(0);

/** Without a line end in this many bytes memcached closes the connection, unless it is a multi-get (proto_text.c). */
const MAX_UNFINISHED_LINE_BYTES = 2048;
/** What memcached reads at once: a longer line, with its end, is one without an end to it (measured on both versions). */
const MAX_LINE_BYTES = 16_384;
/** memcached sets no bound for a multi-get line; this server does, so that one client cannot take all the memory. */
const MAX_UNFINISHED_GET_BYTES = 8 * 1024 * 1024;
/** Nor for its keys; this many words take some 10 ms to read. */
const MAX_WORDS = 100_000;
const UNBOUNDED_LINE = /^ {0,100}gets? /;
/** Of a line, enough to know whether it is one. */
const HEAD_BYTES = 128;

export interface TextRequestParserOptions {
  /** `false` stops the reading behind this request. */
  readonly onRequest: (request: TextRequest) => unknown;
  /** Largest item the server holds, in bytes; data of larger ones is swallowed, not collected. */
  readonly itemSizeMax?: number;
  /** Whose reading of the lines. Default `'1.6.18'`. */
  readonly version?: MemcachedVersion;
}

type Pending = Extract<ParsedLine, { readonly length: number }>;

export class TextRequestParser {
  readonly #onRequest: (request: TextRequest) => unknown;
  readonly #itemSizeMax: number;
  readonly #version: MemcachedVersion;
  readonly #frequent: FrequentRequests;
  readonly #line = new HeldBytes();
  /** An unfinished data block with its line end. */
  #body: BodyBuffer | undefined;
  #pending: Pending | undefined;
  #swallowBytes = 0;
  #afterSwallow: TextRequest | undefined;
  #isClosed = false;
  #isStopped = false;

  constructor(options: TextRequestParserOptions) {
    this.#onRequest = options.onRequest;
    this.#itemSizeMax = options.itemSizeMax ?? DEFAULT_ITEM_SIZE_MAX;
    this.#version = options.version ?? '1.6.18';
    this.#frequent = new FrequentRequests(this.#itemSizeMax);
  }

  /** Whether the data of a storage command has begun and not ended. */
  get isAmidData(): boolean {
    return this.#pending !== undefined || this.#swallowBytes > 0;
  }

  /**
   * Takes the bytes from `start` on and calls `onRequest` for every request they complete, until it gives `false`. After
   * `quit` nothing is read.
   * @returns where it stopped: the next bytes to push
   */
  push(chunk: Buffer, start = 0): number {
    let at = start;
    this.#isStopped = false;
    while (at < chunk.length && this.#isReading()) {
      if (this.#swallowBytes > 0) at = this.#swallow(chunk, at);
      else if (this.#pending !== undefined) at = this.#collect(chunk, at, this.#pending);
      else at = this.#readRequest(chunk, at);
    }
    this.#frequent.forgetChunk();
    return at;
  }

  #readRequest(chunk: Buffer, at: number): number {
    const request = this.#line.length === 0 ? this.#frequent.read(chunk, at) : undefined;
    if (request === undefined) return this.#readLine(chunk, at);
    const { end } = this.#frequent;
    this.#emit(request);
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    if (end < 0) {
      this.#line.add(chunk, at, chunk.length);
      if (this.#isTooLongWithoutEnd()) this.#emit({ op: 'quit', isError: true });
      return chunk.length;
    }
    const line = this.#line.takeWith(chunk, at, end);
    if (line.length >= MAX_LINE_BYTES && !isReadable(line)) {
      this.#emit({ op: 'quit', isError: true });
    } else {
      this.#onLine(line);
    }
    return end + 1;
  }

  #isTooLongWithoutEnd(): boolean {
    const { length } = this.#line;
    if (length <= MAX_UNFINISHED_LINE_BYTES) return false;
    return length > MAX_UNFINISHED_GET_BYTES || !isUnbounded(this.#line.head(HEAD_BYTES));
  }

  #onLine(line: Buffer): void {
    const parsed = this.#parse(line);
    if ('swallow' in parsed) {
      this.#swallowBytes = parsed.swallow;
      this.#afterSwallow = parsed.request;
    } else if ('length' in parsed) {
      this.#pending = parsed;
      this.#frequent.learn(line, parsed.finish(EMPTY));
    } else {
      this.#frequent.learn(line, parsed.request);
      this.#emit(parsed.request);
    }
  }

  #parse(line: Buffer): ParsedLine {
    // "\r\n" alone is a line of one character, not an empty one: memcached strips CR only behind something.
    const length = line.length > 1 && line[line.length - 1] === CR ? line.length - 1 : line.length;
    const text = line.toString('latin1', 0, length);
    if (this.#version === '1.6.45') return parseNewestLine(text, line.length + 1, this.#itemSizeMax);
    const nul = text.indexOf('\0');
    const words = (nul < 0 ? text : text.slice(0, nul)).split(' ').filter((word) => word !== '');
    const command = words[0];
    if (command === undefined || command.length < 2) return reject('ERROR');
    if (command.length === 2 && command.startsWith('m')) return parseMetaLine(words, this.#itemSizeMax);
    return parseClassicLine(words, this.#itemSizeMax);
  }

  #collect(chunk: Buffer, at: number, pending: Pending): number {
    const blockBytes = pending.length + 2;
    if (this.#body === undefined && chunk.length - at >= blockBytes) {
      // A copy: the chunk belongs to the socket, and a slice would keep all of it in memory.
      this.#onData(pending, Buffer.from(chunk.subarray(at, at + blockBytes)));
      return at + blockBytes;
    }
    const body = (this.#body ??= new BodyBuffer(blockBytes));
    const end = body.take(chunk, at);
    if (!body.isFull) return end;
    this.#body = undefined;
    this.#onData(pending, body.bytes);
    return end;
  }

  #onData(pending: Pending, block: Buffer): void {
    this.#pending = undefined;
    const { length } = pending;
    const isWhole = block[length] === CR && block[length + 1] === LF;
    if (isWhole) this.#emit(pending.finish(block.subarray(0, length)));
    else this.#emit({ op: 'rejected', reply: pending.quiet ? '' : 'CLIENT_ERROR bad data chunk' });
  }

  #swallow(chunk: Buffer, at: number): number {
    const taken = Math.min(this.#swallowBytes, chunk.length - at);
    this.#swallowBytes -= taken;
    if (this.#swallowBytes === 0 && this.#afterSwallow !== undefined) {
      const request = this.#afterSwallow;
      this.#afterSwallow = undefined;
      this.#emit(request);
    }
    return at + taken;
  }

  #isReading(): boolean {
    return !this.#isClosed && !this.#isStopped;
  }

  #emit(request: TextRequest): void {
    if (request.op === 'quit') this.#isClosed = true;
    if (this.#onRequest(request) === false) this.#isStopped = true;
  }
}

function isReadable(longLine: Buffer): boolean {
  return isUnbounded(longLine.subarray(0, HEAD_BYTES)) && hasAtMost(MAX_WORDS, longLine);
}

/** Whether a line has so many spaces. */
function hasAtMost(spaces: number, line: Buffer): boolean {
  let count = 0;
  for (let at = 0; at < line.length; at += 1) if (line[at] === SPACE) count += 1;
  return count <= spaces;
}

function isUnbounded(head: Buffer): boolean {
  return UNBOUNDED_LINE.test(head.toString('latin1'));
}
