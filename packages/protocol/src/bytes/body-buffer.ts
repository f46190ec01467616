/** What becomes of value bytes that must outlive the chunk they came in. */
import { DEFAULT_ITEM_SIZE_MAX } from '../rules/limits.js';

/** Memory for a block is taken in one piece up to memcached's usual limit for an item, beyond it only as bytes come. */
const TRUSTED_BYTES = DEFAULT_ITEM_SIZE_MAX;
/** Below this a copy costs less than a read of its own. */
const LEAST_ROOM_BYTES = 32 * 1024;

/** A copy of part of a chunk. Small ones lie in Node's buffer pool, so holding on to one keeps at most 8 KiB alive. */
export function copyOut(chunk: Buffer, start: number, end: number): Buffer {
  const copy = Buffer.allocUnsafe(end - start);
  chunk.copy(copy, 0, start, end);
  return copy;
}

/**
 * A data block that comes in several chunks. Takes its announced size at once, so that each byte is copied once; a size
 * above 1 MiB is believed step by step, so that a server cannot make the process allocate what it never sends.
 */
export class BodyBuffer {
  readonly #size: number;
  #bytes: Buffer;
  #filled = 0;

  /** @param size announced, in bytes */
  constructor(size: number) {
    this.#size = size;
    this.#bytes = Buffer.allocUnsafe(Math.min(size, TRUSTED_BYTES));
  }

  get isFull(): boolean {
    return this.#filled === this.#size;
  }

  /** The whole block, once it is full. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /**
   * The memory of the block that is still empty, when it pays to have the next bytes written there: `take()` then finds
   * them in their place.
   */
  get room(): Buffer | undefined {
    const missing = this.#size - this.#filled;
    return missing >= LEAST_ROOM_BYTES && this.#bytes.length === this.#size
      ? this.#bytes.subarray(this.#filled)
      : undefined;
  }

  /** Copies what belongs to the block; returns where the rest of the chunk begins. */
  take(chunk: Buffer, start: number): number {
    const end = Math.min(chunk.length, start + this.#size - this.#filled);
    const filled = this.#filled + end - start;
    if (filled > this.#bytes.length) this.#grow(filled);
    if (!this.#holds(chunk, start)) chunk.copy(this.#bytes, this.#filled, start, end);
    this.#filled = filled;
    return end;
  }

  /** Whether the chunk was written into the room of this block. */
  #holds(chunk: Buffer, start: number): boolean {
    const bytes = this.#bytes;
    return chunk.buffer === bytes.buffer && chunk.byteOffset + start === bytes.byteOffset + this.#filled;
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.min(this.#size, Math.max(least, this.#bytes.length * 2)));
    this.#bytes.copy(larger, 0, 0, this.#filled);
    this.#bytes = larger;
  }
}
