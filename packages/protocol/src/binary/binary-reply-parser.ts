/**
 * Client side of the binary protocol: bytes -> replies. Knows nothing of requests, sockets or time.
 *
 *   chunk  [ header | body ][ header | bo        whole replies are read where they lie; one that is spread over chunks
 *   parts                   [ header | bo ] dy ] is joined once, when its last byte is there
 */
import { showNumber } from '../errors/error-message.js';
import { keepable, MAX_BODY_BYTES, unexpectedReply } from '../bytes/line-framer.js';
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

  /** Reads the reply that starts at `at` of `bytes`, whose `bodyBytes` are known to be there. */
  constructor(bytes: Buffer, at: number, bodyBytes: number) {
    const keyBytes = bytes.readUInt16BE(at + binaryHeaderOffset.keyBytes);
    const extrasBytes = bytes.readUInt8(at + binaryHeaderOffset.extrasBytes);
    if (keyBytes + extrasBytes > bodyBytes) throw unexpectedReply('a binary reply is shorter than its own parts');
    const extras = at + BINARY_HEADER_BYTES;
    const key = extras + extrasBytes;
    this.opcode = bytes.readUInt8(at + binaryHeaderOffset.opcode);
    this.status = bytes.readUInt16BE(at + binaryHeaderOffset.statusOrVbucket);
    this.opaque = bytes.readUInt32BE(at + binaryHeaderOffset.opaque);
    this.#casHigh = bytes.readUInt32BE(at + binaryHeaderOffset.cas);
    this.#casLow = bytes.readUInt32BE(at + binaryHeaderOffset.cas + 4);
    this.flags = extrasBytes >= FLAGS_BYTES ? bytes.readUInt32BE(extras) : 0;
    this.key = keyBytes === 0 ? '' : bytes.toString('utf8', key, key + keyBytes);
    this.data = keepable(bytes, key + keyBytes, extras + bodyBytes);
  }

  // Most replies are never asked, and a bigint costs an allocation.
  get cas(): bigint {
    return (BigInt(this.#casHigh) << 32n) | BigInt(this.#casLow);
  }
}

export class BinaryReplyParser {
  readonly #onReply: (reply: BinaryReply) => void;
  /** Parts of a reply whose end has not arrived. */
  #parts: Buffer[] = [];
  #have = 0;
  /** Bytes of that reply as far as they are known: the header, then header and body. */
  #need = BINARY_HEADER_BYTES;

  constructor(onReply: (reply: BinaryReply) => void) {
    this.#onReply = onReply;
  }

  /**
   * Takes the next bytes of the stream and reports every reply that is now whole.
   * @throws `MEMCACHE_UNEXPECTED_REPLY`; the connection must be given up then
   */
  push(chunk: Buffer): void {
    let at = this.#have === 0 ? 0 : this.#continue(chunk);
    while (at < chunk.length) {
      const available = chunk.length - at;
      const size =
        available < BINARY_HEADER_BYTES ? BINARY_HEADER_BYTES : BINARY_HEADER_BYTES + readBodyBytes(chunk, at);
      if (available < size) {
        this.#parts = [chunk.subarray(at)];
        this.#have = available;
        this.#need = size;
        return;
      }
      this.#onReply(new BinaryReply(chunk, at, size - BINARY_HEADER_BYTES));
      at += size;
    }
  }

  /** Takes what belongs to the unfinished reply; returns where the rest of the chunk begins. */
  #continue(chunk: Buffer): number {
    let at = 0;
    for (;;) {
      const taken = Math.min(this.#need - this.#have, chunk.length - at);
      if (taken > 0) this.#parts.push(chunk.subarray(at, at + taken));
      at += taken;
      this.#have += taken;
      if (this.#have < this.#need) return at;
      const whole = Buffer.concat(this.#parts);
      this.#parts = [whole];
      const size = BINARY_HEADER_BYTES + readBodyBytes(whole, 0);
      if (size > this.#need) {
        this.#need = size;
        continue;
      }
      this.#parts = [];
      this.#have = 0;
      this.#need = BINARY_HEADER_BYTES;
      this.#onReply(new BinaryReply(whole, 0, size - BINARY_HEADER_BYTES));
      return at;
    }
  }
}

function readBodyBytes(bytes: Buffer, at: number): number {
  if (bytes[at] !== BINARY_REPLY_MAGIC) throw unexpectedReply('a binary reply does not begin with byte 0x81');
  const size = bytes.readUInt32BE(at + binaryHeaderOffset.bodyBytes);
  if (size > MAX_BINARY_BODY_BYTES) {
    throw unexpectedReply(`a reply of ${showNumber(size)} bytes is announced, more than memcached can store`);
  }
  return size;
}
