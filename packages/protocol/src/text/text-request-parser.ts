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
import { parseMetaLine } from '../meta/meta-request-parser.js';
import { DEFAULT_ITEM_SIZE_MAX } from '../rules/limits.js';
import { parseClassicLine } from './classic-line-parser.js';
import { FrequentRequests } from './frequent-requests.js';
import type { MemcachedVersion } from './memcached-version.js';
import { parseNewestLine } from './newest-line-parser.js';
import { reject, type ParsedLine, type TextRequest } from './text-request.js';

const LF = 0x0a;
const CR = 0x0d;
const EMPTY = Buffer.alloc(0);

/** Without a line end in this many bytes memcached closes the connection, unless it is a multi-get (proto_text.c). */
const MAX_UNFINISHED_LINE_BYTES = 2048;
/** memcached sets no bound for a multi-get line; this server does, so that one client cannot take all the memory. */
const MAX_UNFINISHED_GET_BYTES = 8 * 1024 * 1024;
const UNBOUNDED_LINE = /^ {0,100}gets? /;

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
  /** Chunks of an unfinished line or data block, in order. */
  #held: Buffer[] = [];
  #heldBytes = 0;
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
    const request = this.#heldBytes === 0 ? this.#frequent.read(chunk, at) : undefined;
    if (request === undefined) return this.#readLine(chunk, at);
    const { end } = this.#frequent;
    this.#emit(request);
    return end;
  }

  #readLine(chunk: Buffer, at: number): number {
    const end = chunk.indexOf(LF, at);
    if (end < 0) {
      this.#hold(chunk.subarray(at));
      if (this.#isLineTooLong()) this.#emit({ op: 'quit', isError: true });
      return chunk.length;
    }
    const line = this.#takeHeld(chunk.subarray(at, end));
    this.#onLine(line);
    return end + 1;
  }

  #isLineTooLong(): boolean {
    if (this.#heldBytes <= MAX_UNFINISHED_LINE_BYTES) return false;
    const start = this.#held[0] ?? EMPTY;
    const head = start.length >= 128 ? start : Buffer.concat(this.#held).subarray(0, 128);
    const isGet = UNBOUNDED_LINE.test(head.toString('latin1', 0, 128));
    return !isGet || this.#heldBytes > MAX_UNFINISHED_GET_BYTES;
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
    const missing = pending.length + 2 - this.#heldBytes;
    const rest = chunk.length - at;
    if (rest < missing) {
      this.#hold(chunk.subarray(at));
      return chunk.length;
    }
    const block = this.#takeHeld(chunk.subarray(at, at + missing));
    this.#pending = undefined;
    if (block[pending.length] !== CR || block[pending.length + 1] !== LF) {
      this.#emit({ op: 'rejected', reply: pending.quiet ? '' : 'CLIENT_ERROR bad data chunk' });
    } else {
      // A copy: the chunk belongs to the socket, and a slice would keep all of it in memory.
      this.#emit(pending.finish(Buffer.from(block.subarray(0, pending.length))));
    }
    return at + missing;
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

  #hold(part: Buffer): void {
    this.#held.push(part);
    this.#heldBytes += part.length;
  }

  #takeHeld(last: Buffer): Buffer {
    if (this.#held.length === 0) return last;
    this.#held.push(last);
    const whole = Buffer.concat(this.#held);
    this.#held = [];
    this.#heldBytes = 0;
    return whole;
  }
}
