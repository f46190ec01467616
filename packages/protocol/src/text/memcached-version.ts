/**
 * The memcached versions whose reading of requests is reproduced to the byte. Between the two memcached got another
 * parser: 1.6.18 counts words and reads numbers as C does, 1.6.45 asks for the fewest words and for plain digits.
 */
export const MEMCACHED_VERSIONS = ['1.6.18', '1.6.45'] as const;

export type MemcachedVersion = (typeof MEMCACHED_VERSIONS)[number];
