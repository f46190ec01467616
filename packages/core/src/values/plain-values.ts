/** What several formats write and read alike. */

/** The same memory as a Buffer. */
export function bytesOf(value: Uint8Array): Buffer {
  return Buffer.isBuffer(value) ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

/** Decimal digits as a number, or a bigint where that is not exact; `undefined` when they are something else. */
export function readCount(data: Buffer): number | bigint | undefined {
  // The server pads a number that lost a digit with spaces (memcached.c, do_add_delta).
  const digits = data.toString('latin1').trimEnd();
  return /^\d{1,20}$/.test(digits) ? toCount(BigInt(digits)) : undefined;
}

/** A number where it is exact, else the bigint. */
export function toCount(count: bigint): number | bigint {
  return count <= Number.MAX_SAFE_INTEGER && count >= Number.MIN_SAFE_INTEGER ? Number(count) : count;
}

/** Made by braces, or without a prototype. */
export function isPlainObject(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
