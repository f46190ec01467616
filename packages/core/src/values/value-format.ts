import type { EncodedValue } from './encoded-value.js';
import type { Packing } from './packing.js';

/** How one client writes values: types as flags and bytes, and what compression looks like. */
export interface ValueFormat {
  /**
   * Bytes and flags of a value, uncompressed.
   * @throws `MEMCACHE_NOT_SERIALIZABLE` for what the format has no word for
   */
  write(value: unknown, key: string): EncodedValue;
  /**
   * The value of uncompressed bytes. The bytes may belong to a larger buffer.
   * @param flags without those of the compression
   * @throws `MEMCACHE_VALUE_CORRUPT`
   */
  read(data: Buffer, flags: number, key: string): unknown;
  /** Flags of decimal digits that the server can count. */
  readonly counterFlags: number;
  /** How new values are compressed; `undefined`: the client has no compression that all of its users can read. */
  readonly packing: Packing | undefined;
  /**
   * How the flags say that the bytes are compressed, or a word for a compression that is not supported; `undefined`:
   * they are not compressed.
   */
  packingOf(flags: number): Packing | string | undefined;
  /** Whether text or bytes that were appended to a compressed value belong to it. */
  canGrow(flags: number): boolean;
}
