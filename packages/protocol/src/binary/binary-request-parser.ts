/**
 * Bytes of a binary connection -> requests, split anywhere. Pure: no socket, no clock, no accounts.
 *
 *   HEADER (24) -> PREFIX (extras, key) -> request
 *                            |-> VALUE (storage, SASL) -> request
 *                            +-> SWALLOW (too large, unknown opcode) -> request
 *
 * What is refused, and whether the connection ends, is memcached's order of checks (proto_bin.c). One difference: behind
 * an unknown opcode exactly its body is skipped, where memcached also skips into the next request.
 */
import { BodyBuffer } from '../bytes/body-buffer.js';
import { canStoreItem } from '../rules/item-size.js';
import { DEFAULT_ITEM_SIZE_MAX, MAX_KEY_BYTES } from '../rules/limits.js';
import type { MemcachedVersion } from '../text/memcached-version.js';
import { BINARY_HEADER_BYTES, BINARY_REQUEST_MAGIC, readBinaryHeader, type BinaryHeader } from './binary-header.js';
import { BINARY_REQUEST_SHAPES, type RequestShape } from './binary-request-shapes.js';
import type { BinaryFrame, BinaryRequest } from './binary-request.js';
import { binaryStatus } from './binary-status.js';
import { FrequentFrames } from './frequent-frames.js';

/** Longest name of a SASL mechanism in memcached. */
const MAX_MECHANISM_BYTES = 32;
/** memcached takes SASL messages up to half an item; larger ones end in "Out of memory". */
const MAX_SASL_MESSAGE_BYTES = 512 * 1024;
/** Header, extras and key have to fit in what memcached reads at once, or the connection ends without a word (measured). */
const MAX_PREFIX_BYTES = 16_384 - BINARY_HEADER_BYTES;
/** 1.6.45 refuses a larger body (measured). */
const MAX_BODY_BYTES = 1024 * 1024 * 1024;
/** 1.6.18 takes a length from here on for a negative one. */
const FIRST_NEGATIVE_LENGTH = 2 ** 31;

export interface BinaryRequestParserOptions {
  /** `false` stops the reading behind this request. */
  readonly onRequest: (request: BinaryRequest) => unknown;
  /** Largest item the server holds, in bytes; data of larger ones is swallowed, not collected. */
  readonly itemSizeMax?: number;
  /** Whose limits on lengths. Default `'1.6.18'`. */
  readonly version?: MemcachedVersion;
}

/** What to do once `bytes` more are there. */
interface Step {
  readonly bytes: number;
  readonly keeps: boolean;
  /** @param isOwn whether nobody else will write there */
  readonly run: (data: Buffer, isOwn: boolean) => void;
}

const EMPTY = Buffer.alloc(0);

export class BinaryRequestParser {
  readonly #onRequest: (request: BinaryRequest) => unknown;
  readonly #itemSizeMax: number;
  readonly #version: MemcachedVersion;
  /** What has come of the step, when that is not all. */
  #body: BodyBuffer | undefined;
  #swallowedBytes = 0;
  #step: Step;
  #isClosed = false;
  #isStopped = false;
  readonly #headerStep: Step;
  readonly #frequent: FrequentFrames;

  constructor(options: BinaryRequestParserOptions) {
    this.#onRequest = options.onRequest;
    this.#itemSizeMax = options.itemSizeMax ?? DEFAULT_ITEM_SIZE_MAX;
    this.#version = options.version ?? '1.6.18';
    this.#frequent = new FrequentFrames(this.#itemSizeMax);
    this.#headerStep = {
      bytes: BINARY_HEADER_BYTES,
      keeps: true,
      run: (data) => {
        this.#onHeader(data);
      },
    };
    this.#step = this.#headerStep;
  }

  /** Whether a header has come, and not all of its body. */
  get isAmidData(): boolean {
    return this.#step !== this.#headerStep;
  }

  /**
   * Takes the bytes from `start` on and calls `onRequest` for every request they complete, until it gives `false`. After
   * a request that ends the connection nothing is read.
   * @returns where it stopped: the next bytes to push
   */
  push(chunk: Buffer, start = 0): number {
    let at = start;
    this.#isStopped = false;
    while (at < chunk.length && this.#isReading()) {
      at = this.#readRequest(chunk, at);
    }
    this.#frequent.forgetChunk();
    return at;
  }

  #readRequest(chunk: Buffer, at: number): number {
    const isBetweenFrames = this.#step === this.#headerStep && this.#body === undefined;
    const request = isBetweenFrames ? this.#frequent.read(chunk, at) : undefined;
    if (request === undefined) return this.#advance(chunk, at);
    const { end } = this.#frequent;
    this.#emit(request, false);
    return end;
  }

  #advance(chunk: Buffer, at: number): number {
    const step = this.#step;
    if (!step.keeps) return this.#skip(chunk, at, step);
    if (this.#body === undefined && chunk.length - at >= step.bytes) {
      this.#step = this.#headerStep;
      step.run(chunk.subarray(at, at + step.bytes), false);
      return at + step.bytes;
    }
    const body = (this.#body ??= new BodyBuffer(step.bytes));
    const end = body.take(chunk, at);
    if (!body.isFull) return end;
    this.#body = undefined;
    this.#step = this.#headerStep;
    step.run(body.bytes, true);
    return end;
  }

  #skip(chunk: Buffer, at: number, step: Step): number {
    const taken = Math.min(step.bytes - this.#swallowedBytes, chunk.length - at);
    this.#swallowedBytes += taken;
    if (this.#swallowedBytes < step.bytes) return at + taken;
    this.#swallowedBytes = 0;
    this.#step = this.#headerStep;
    step.run(EMPTY, true);
    return at + taken;
  }

  #onHeader(bytes: Buffer): void {
    const header = readBinaryHeader(bytes);
    const { opcode, opaque, keyBytes, extrasBytes } = header;
    const shape = BINARY_REQUEST_SHAPES.get(opcode);
    const frame: BinaryFrame = { opcode, opaque, quiet: shape?.quiet ?? false };
    if (header.magic !== BINARY_REQUEST_MAGIC) {
      this.#emit({ ...frame, op: 'unreadable' }, true);
    } else if (keyBytes + extrasBytes > MAX_PREFIX_BYTES) {
      this.#expect(MAX_PREFIX_BYTES, () => {
        this.#emit({ ...frame, op: 'unreadable' }, true);
      });
    } else {
      this.#expect(keyBytes + extrasBytes, (prefix, isOwn) => {
        // A copy: the value may come chunks later, and the chunk belongs to the socket.
        this.#onPrefix(header, frame, shape, isOwn ? prefix : Buffer.from(prefix));
      });
    }
  }

  #onPrefix(header: BinaryHeader, frame: BinaryFrame, shape: RequestShape | undefined, prefix: Buffer): void {
    const { keyBytes, extrasBytes, bodyBytes } = header;
    const valueBytes = bodyBytes - keyBytes - extrasBytes;
    if (valueBytes < 0) {
      this.#malformed(frame, binaryStatus.unknownCommand);
    } else if (keyBytes > MAX_KEY_BYTES || (this.#version === '1.6.45' && bodyBytes > MAX_BODY_BYTES)) {
      this.#malformed(frame, binaryStatus.invalidArguments);
    } else if (shape === undefined) {
      if (valueBytes >= FIRST_NEGATIVE_LENGTH) this.#malformed(frame, binaryStatus.unknownCommand);
      else this.#swallow(valueBytes, { ...frame, op: 'unknown' });
    } else if (
      !shape.extras.includes(extrasBytes) ||
      !fits(shape.key, keyBytes) ||
      (shape.value === 'none' && valueBytes > 0)
    ) {
      this.#malformed(frame, binaryStatus.invalidArguments);
    } else {
      const key = prefix.toString('latin1', extrasBytes);
      this.#onBody(header, frame, shape, prefix.subarray(0, extrasBytes), key, valueBytes);
    }
  }

  #onBody(
    header: BinaryHeader,
    frame: BinaryFrame,
    shape: RequestShape,
    extras: Buffer,
    key: string,
    valueBytes: number,
  ): void {
    if (valueBytes >= FIRST_NEGATIVE_LENGTH && shape.kind === 'sasl') {
      this.#malformed(frame, binaryStatus.unknownCommand);
      return;
    }
    if (valueBytes >= FIRST_NEGATIVE_LENGTH && shape.kind === 'store') {
      // memcached ends the connection at once or after these gigabytes: which one depends on the length (measured).
      this.#emit({ ...frame, op: 'unreadable' }, true);
      return;
    }
    if (shape.kind === 'store') {
      const flags = extras.length === 0 ? 0 : extras.readUInt32BE(0);
      if (!canStoreItem({ keyBytes: key.length, valueBytes, flags }, this.#itemSizeMax)) {
        this.#swallow(valueBytes, { ...frame, op: 'too-large', key, dropsOldValue: shape.mode === 'set' });
        return;
      }
    } else if (shape.kind === 'sasl') {
      const status =
        key.length > MAX_MECHANISM_BYTES
          ? binaryStatus.invalidArguments
          : valueBytes > MAX_SASL_MESSAGE_BYTES
            ? binaryStatus.outOfMemory
            : undefined;
      if (status !== undefined) {
        this.#swallow(valueBytes, { ...frame, op: 'malformed', status, closes: false });
        return;
      }
    }
    this.#expect(shape.value === 'unread' ? 0 : valueBytes, (value, isOwn) => {
      const data = isOwn ? value : Buffer.from(value);
      this.#emit({ ...frame, ...shape.build({ header, extras, key, data }) }, shape.kind === 'quit');
    });
  }

  #malformed(frame: BinaryFrame, status: (typeof binaryStatus)[keyof typeof binaryStatus]): void {
    this.#emit({ ...frame, op: 'malformed', status, closes: true }, true);
  }

  #expect(bytes: number, run: Step['run']): void {
    if (bytes === 0) run(EMPTY, true);
    else this.#step = { bytes, keeps: true, run };
  }

  #swallow(bytes: number, request: BinaryRequest): void {
    if (bytes === 0) {
      this.#emit(request, false);
      return;
    }
    this.#step = {
      bytes,
      keeps: false,
      run: () => {
        this.#emit(request, false);
      },
    };
  }

  #isReading(): boolean {
    return !this.#isClosed && !this.#isStopped;
  }

  #emit(request: BinaryRequest, closes: boolean): void {
    this.#isClosed ||= closes;
    if (this.#onRequest(request) === false) this.#isStopped = true;
  }
}

function fits(rule: RequestShape['key'], bytes: number): boolean {
  return rule === 'any' || (rule === 'none' ? bytes === 0 : bytes > 0);
}
