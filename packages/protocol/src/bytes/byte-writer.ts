/**
 * Collects the requests of one tick into as few chunks as possible, so that a socket is written once.
 *
 *   slab  [ mg a v f\r\n | ms b T0 3 | ... free ... ]      small pieces are copied into the slab
 *   chunks[ slab(0..n), <large value>, slab(n..m) ]        large values are passed through uncopied
 *
 * Chunks handed out by `take()` are never written again: the slab moves on behind them.
 */
const SLAB_BYTES = 64 * 1024;
/** Above this a copy costs more than an extra element in writev. */
const PASS_THROUGH_BYTES = 8 * 1024;

export class ByteWriter {
  #slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
  #start = 0;
  #end = 0;
  #chunks: Buffer[] = [];
  #length = 0;

  /** Bytes written and not yet taken. */
  get length(): number {
    return this.#length + this.#end - this.#start;
  }

  /** Appends characters of which each is one byte (U+0000 to U+00FF). */
  latin1(text: string): void {
    this.#reserve(text.length);
    this.#end += this.#slab.write(text, this.#end, 'latin1');
  }

  utf8(text: string): void {
    // Three bytes are the most one UTF-16 unit needs.
    const most = text.length * 3;
    if (most > PASS_THROUGH_BYTES) {
      this.bytes(Buffer.from(text));
      return;
    }
    this.#reserve(most);
    this.#end += this.#slab.write(text, this.#end, 'utf8');
  }

  bytes(data: Uint8Array): void {
    if (data.length > PASS_THROUGH_BYTES) {
      this.#cut();
      this.#chunks.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
      this.#length += data.length;
      return;
    }
    this.#reserve(data.length);
    this.#slab.set(data, this.#end);
    this.#end += data.length;
  }

  uint8(value: number): void {
    this.#reserve(1);
    this.#end = this.#slab.writeUInt8(value, this.#end);
  }

  uint16(value: number): void {
    this.#reserve(2);
    this.#end = this.#slab.writeUInt16BE(value, this.#end);
  }

  uint32(value: number): void {
    this.#reserve(4);
    this.#end = this.#slab.writeUInt32BE(value, this.#end);
  }

  uint64(value: bigint): void {
    this.#reserve(8);
    this.#end = this.#slab.writeBigUInt64BE(value, this.#end);
  }

  /** Hands out everything written since the last call, in order, and starts anew behind it. */
  take(): Buffer[] {
    this.#cut();
    const chunks = this.#chunks;
    this.#chunks = [];
    this.#length = 0;
    return chunks;
  }

  #cut(): void {
    if (this.#end === this.#start) return;
    this.#chunks.push(this.#slab.subarray(this.#start, this.#end));
    this.#length += this.#end - this.#start;
    this.#start = this.#end;
  }

  #reserve(bytes: number): void {
    if (this.#end + bytes <= this.#slab.length) return;
    this.#cut();
    this.#slab = Buffer.allocUnsafeSlow(Math.max(SLAB_BYTES, bytes));
    this.#start = 0;
    this.#end = 0;
  }
}
