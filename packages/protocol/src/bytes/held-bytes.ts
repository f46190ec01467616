const FIRST_CAPACITY = 512;
const EMPTY = Buffer.alloc(0);

/**
 * The beginning of a line whose end has not arrived. One copy, however small the chunks are: a list of chunks of one byte
 * each would take a hundred times the memory.
 */
export class HeldBytes {
  #bytes = EMPTY;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(chunk: Buffer, start: number, end: number): void {
    const length = this.#length + end - start;
    if (length > this.#bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(FIRST_CAPACITY, length, this.#bytes.length * 2));
      this.#bytes.copy(larger, 0, 0, this.#length);
      this.#bytes = larger;
    }
    chunk.copy(this.#bytes, this.#length, start, end);
    this.#length = length;
  }

  /** The first so many of them, or all; overwritten later. */
  head(bytes: number): Buffer {
    return this.#bytes.subarray(0, Math.min(bytes, this.#length));
  }

  /** What was held, and this behind it; nothing is held any more. A part of the chunk when there was nothing before. */
  takeWith(chunk: Buffer, start: number, end: number): Buffer {
    if (this.#length === 0) return chunk.subarray(start, end);
    this.add(chunk, start, end);
    const whole = this.#bytes.subarray(0, this.#length);
    this.#bytes = EMPTY;
    this.#length = 0;
    return whole;
  }
}
