/**
 * Client side of the binary protocol: bytes -> replies. Knows nothing of requests, sockets or time.
 *
 *   chunk 1  [ header | body ][ header | bo ]     whole replies are read where they lie, their value is copied out
 *   header                    [ header ]
 *   body                               [ bo.. ]   a reply that is spread over chunks is copied as its bytes come
 *
 * Chunks belong to the caller and may be overwritten as soon as push() returns.
 */
import { showNumber } from '../errors/error-message.js';
import { BodyBuffer, ValueCopier } from '../bytes/body-buffer.js';
import { MAX_BODY_BYTES, unexpectedReply } from '../bytes/line-framer.js';
import { BINARY_HEADER_BYTES, BINARY_REPLY_MAGIC, binaryHeaderOffset } from './binary-header.js';

/** Key and extras come on top of the largest value. */
const MAX_BINARY_BODY_BYTES = MAX_BODY_BYTES + 0xffff + 0xff;
const FLAGS_BYTES = 4;

export class BinaryReply {
  readonly opcode: number;
  readonly status: number;
  readonly opaque: number;
  /** Client flags of a retrieval; 0 when the reply has no extras. */
  readonly flags: number;
  /** Empty unless the reply carries it (stats, GETK). */
  readonly key: string;
  /** The value, the text of an error, or the eight bytes of a counter. */
  readonly data: Buffer;
  readonly #casHigh: number;
  readonly #casLow: number;

  /**
   * Reads the header at `at` of `header`, and what is in the body from `bodyAt` of `body`; keeps no part of `header`.
   * @param copier copies the value; `undefined`: `body` belongs to this reply
   */
  constructor(
    header: Buffer,
    at: number,
    body: Buffer,
    bodyAt: number,
    bodyBytes: number,
    copier: ValueCopier | undefined,
  ) {
    const keyBytes = readUint16(header, at + binaryHeaderOffset.keyBytes);
    const extrasBytes = header[at + binaryHeaderOffset.extrasBytes] ?? 0;
    if (keyBytes + extrasBytes > bodyBytes) throw unexpectedReply('a binary reply is shorter than its own parts');
    const key = bodyAt + extrasBytes;
    const end = bodyAt + bodyBytes;
    this.opcode = header[at + binaryHeaderOffset.opcode] ?? 0;
    this.status = readUint16(header, at + binaryHeaderOffset.statusOrVbucket);
    this.opaque = readUint32(header, at + binaryHeaderOffset.opaque);
    this.#casHigh = readUint32(header, at + binaryHeaderOffset.cas);
    this.#casLow = readUint32(header, at + binaryHeaderOffset.cas + 4);
    this.flags = extrasBytes >= FLAGS_BYTES ? readUint32(body, bodyAt) : 0;
    this.key = keyBytes === 0 ? '' : body.toString('utf8', key, key + keyBytes);
    this.data = copier?.copy(body, key + keyBytes, end) ?? body.subarray(key + keyBytes, end);
  }

  // Most replies are never asked, and a bigint costs an allocation.
  get cas(): bigint {
    return (BigInt(this.#casHigh) << 32n) | BigInt(this.#casLow);
  }
}

export class BinaryReplyParser {
  readonly #onReply: (reply: BinaryReply) => void;
  readonly #copier = new ValueCopier();
  /** The header of a reply whose end has not arrived. */
  readonly #header = Buffer.alloc(BINARY_HEADER_BYTES);
  #headerBytes = 0;
  /** Extras, key and value of that reply, once its header is whole. */
  #body: BodyBuffer | undefined;

  constructor(onReply: (reply: BinaryReply) => void) {
    this.#onReply = onReply;
  }

  /** Where the next bytes are best written to before they are pushed; `undefined`: anywhere. */
  get room(): Buffer | undefined {
    return this.#body?.room;
  }

  /**
   * Takes the next bytes of the stream and reports every reply that is now whole.
   * @throws `MEMCACHE_UNEXPECTED_REPLY`; the connection must be given up then
   */
  push(chunk: Buffer): void {
    let at = this.#headerBytes === 0 ? 0 : this.#continue(chunk, 0);
    while (at < chunk.length) {
      const body = at + BINARY_HEADER_BYTES;
      if (body > chunk.length) {
        at = this.#continue(chunk, at);
        continue;
      }
      const bodyBytes = readBodyBytes(chunk, at);
      if (body + bodyBytes > chunk.length) {
        at = this.#continue(chunk, at);
        continue;
      }
      this.#onReply(new BinaryReply(chunk, at, chunk, body, bodyBytes, this.#copier));
      at = body + bodyBytes;
    }
    this.#copier.forget();
  }

  /** Takes what belongs to a reply that is spread over chunks; returns where the rest of the chunk begins. */
  #continue(chunk: Buffer, start: number): number {
    let at = start;
    if (this.#body === undefined) {
      const end = Math.min(chunk.length, at + BINARY_HEADER_BYTES - this.#headerBytes);
      chunk.copy(this.#header, this.#headerBytes, at, end);
      this.#headerBytes += end - at;
      at = end;
      if (this.#headerBytes < BINARY_HEADER_BYTES) {
        if (this.#header[0] !== BINARY_REPLY_MAGIC) throw notBinary();
        return at;
      }
      this.#body = new BodyBuffer(readBodyBytes(this.#header, 0));
    }
    const body = this.#body;
    at = body.take(chunk, at);
    if (!body.isFull) return at;
    this.#body = undefined;
    this.#headerBytes = 0;
    this.#onReply(new BinaryReply(this.#header, 0, body.bytes, 0, body.bytes.length, undefined));
    return at;
  }
}

function readBodyBytes(bytes: Buffer, at: number): number {
  if (bytes[at] !== BINARY_REPLY_MAGIC) throw notBinary();
  const size = readUint32(bytes, at + binaryHeaderOffset.bodyBytes);
  if (size > MAX_BINARY_BODY_BYTES) {
    throw unexpectedReply(`a reply of ${showNumber(size)} bytes is announced, more than memcached can store`);
  }
  return size;
}

// Without the checks of type and range in Buffer's own readers: the header is known to be there.

function readUint16(bytes: Buffer, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function readUint32(bytes: Buffer, at: number): number {
  return readUint16(bytes, at) * 0x1_0000 + readUint16(bytes, at + 2);
}

function notBinary(): Error {
  return unexpectedReply('a binary reply does not begin with byte 0x81');
}
