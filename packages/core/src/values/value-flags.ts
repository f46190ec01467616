/**
 * Our client flags. All lie in the upper 16 bits, which no common client gives a meaning of its own: php-memcached hands
 * them to the user, pylibmc, spymemcached and dalli mask them away, memjs reads no flags. So another client sees our JSON
 * and numbers as their text, and never as its own pickled, marshalled or compressed data.
 *
 *   bit   31 ............ 19  18      17     16    15 ................. 0
 *         0               0   NUMBER  BYTES  JSON  other clients' formats
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
} as const;
