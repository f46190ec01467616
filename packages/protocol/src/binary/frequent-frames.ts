/**
 * GET and SET with their quiet forms and the forms with key, read where they lie when the whole frame is there and
 * nothing about it is unusual. Anything else is left to the steps of the parser, which know all of memcached's rules and
 * errors and give the same request. A frame costs a tenth of what it costs in steps (0.4 against 4 us on Node 20).
 */
import { ValueCopier } from '../bytes/body-buffer.js';
import { canStoreItem } from '../rules/item-size.js';
import { MAX_KEY_BYTES } from '../rules/limits.js';
import { BINARY_HEADER_BYTES, BINARY_REQUEST_MAGIC, binaryHeaderOffset } from './binary-header.js';
import { binaryOpcodes } from './binary-opcodes.js';
import type { BinaryRequest } from './binary-request.js';

/** Flags and exptime of SET. */
const SET_EXTRAS_BYTES = 8;

export class FrequentFrames {
  readonly #itemSizeMax: number;
  readonly #copier = new ValueCopier();
  #end = 0;

  constructor(itemSizeMax: number) {
    this.#itemSizeMax = itemSizeMax;
  }

  /** Where the next frame begins, after `read()` gave a request. */
  get end(): number {
    return this.#end;
  }

  /** The request that begins at `start`; `undefined` when it is for the steps of the parser. */
  read(chunk: Buffer, start: number): BinaryRequest | undefined {
    const body = start + BINARY_HEADER_BYTES;
    if (body > chunk.length || chunk[start] !== BINARY_REQUEST_MAGIC) return undefined;
    const keyBytes = uint16(chunk, start + binaryHeaderOffset.keyBytes);
    const bodyBytes = uint32(chunk, start + binaryHeaderOffset.bodyBytes);
    const end = body + bodyBytes;
    if (keyBytes === 0 || keyBytes > MAX_KEY_BYTES || end > chunk.length) return undefined;
    this.#end = end;
    const extrasBytes = chunk[start + binaryHeaderOffset.extrasBytes];
    switch (chunk[start + binaryHeaderOffset.opcode]) {
      case binaryOpcodes.get:
        return extrasBytes === 0 && bodyBytes === keyBytes ? get(chunk, start, end, false, false) : undefined;
      case binaryOpcodes.getQuiet:
        return extrasBytes === 0 && bodyBytes === keyBytes ? get(chunk, start, end, false, true) : undefined;
      case binaryOpcodes.getKey:
        return extrasBytes === 0 && bodyBytes === keyBytes ? get(chunk, start, end, true, false) : undefined;
      case binaryOpcodes.getKeyQuiet:
        return extrasBytes === 0 && bodyBytes === keyBytes ? get(chunk, start, end, true, true) : undefined;
      case binaryOpcodes.set:
        return extrasBytes === SET_EXTRAS_BYTES ? this.#readSet(chunk, start, keyBytes, false) : undefined;
      case binaryOpcodes.setQuiet:
        return extrasBytes === SET_EXTRAS_BYTES ? this.#readSet(chunk, start, keyBytes, true) : undefined;
      default:
        return undefined;
    }
  }

  /** The chunk may be overwritten from now on. */
  forgetChunk(): void {
    this.#copier.forget();
  }

  #readSet(chunk: Buffer, start: number, keyBytes: number, quiet: boolean): BinaryRequest | undefined {
    const extras = start + BINARY_HEADER_BYTES;
    const key = extras + SET_EXTRAS_BYTES;
    const value = key + keyBytes;
    const flags = uint32(chunk, extras);
    const valueBytes = this.#end - value;
    if (valueBytes < 0 || !canStoreItem({ keyBytes, valueBytes, flags }, this.#itemSizeMax)) return undefined;
    return {
      opcode: chunk[start + binaryHeaderOffset.opcode] ?? 0,
      opaque: uint32(chunk, start + binaryHeaderOffset.opaque),
      quiet,
      op: 'store',
      mode: 'set',
      key: chunk.toString('latin1', key, value),
      flags,
      exptime: uint32(chunk, extras + 4),
      cas: readCas(chunk, start + binaryHeaderOffset.cas),
      data: this.#copier.copy(chunk, value, this.#end),
    };
  }
}

function get(chunk: Buffer, start: number, end: number, withKey: boolean, quiet: boolean): BinaryRequest {
  return {
    opcode: chunk[start + binaryHeaderOffset.opcode] ?? 0,
    opaque: uint32(chunk, start + binaryHeaderOffset.opaque),
    quiet,
    op: 'get',
    key: chunk.toString('latin1', start + BINARY_HEADER_BYTES, end),
    withKey,
    withValue: true,
    exptime: undefined,
  };
}

// Shifts, because Buffer's own readers check range each time.

function uint16(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function uint32(bytes: Buffer, at: number): number {
  return ((uint16(bytes, at) << 16) | uint16(bytes, at + 2)) >>> 0;
}

function readCas(bytes: Buffer, at: number): bigint {
  const high = uint32(bytes, at);
  const low = uint32(bytes, at + 4);
  return high === 0 && low === 0 ? 0n : (BigInt(high) << 32n) | BigInt(low);
}
