/**
 * Our client flags. All lie in the upper 16 bits, which no common client gives a meaning of its own: php-memcached hands
 * them to the user, pylibmc, spymemcached and dalli mask them away, memjs reads no flags. So another client sees our JSON
 * and numbers as their text, and never as its own pickled, marshalled or compressed data.
 *
 *   bit   31 .. 24  23 22 21     20       19          18      17     16    15 ................. 0
 *         0         COMPRESSION  CHUNKED  SERIALIZED  NUMBER  BYTES  JSON  other clients' formats
 *
 * Exactly one type bit is set, or none for text; the compression is a number in three bits beside it.
 */
export const valueFlags = {
  /** UTF-8 text. 0, because that is how every client reads it, and because it costs no flags bytes. */
  string: 0,
  /** JSON text. */
  json: 0x1_0000,
  /** Bytes, returned as a Buffer. */
  bytes: 0x2_0000,
  /**
   * A whole number from 0 as decimal digits, which the server can increment. Not JSON, because a counter may outgrow
   * what JSON.parse keeps exact, and because the server pads a shrinking number with spaces.
   */
  number: 0x4_0000,
  /** What the option `serializer` wrote. Not JSON's flag, so that a client without that serializer does not misread it. */
  serialized: 0x8_0000,
  /** Not a value but the list of the items that hold its pieces; see commands/chunk-manifest.ts. */
  chunked: 0x10_0000,
} as const;

/** How the bytes of a value of ours are compressed, beside its type. */
export const compressionFlags = {
  deflate: 0x20_0000,
  gzip: 0x40_0000,
  brotli: 0x60_0000,
} as const;

export const COMPRESSION_MASK = 0xe0_0000;
/** Every bit that we ever set. */
export const OWN_FLAGS_MASK = 0xff_0000;
