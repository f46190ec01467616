/** The hashes of clients that place keys by a remainder, with what they do when a server is down. */
import { crc32 } from '../hashes/crc32.js';
import { oneAtATime } from '../hashes/one-at-a-time.js';
import { stringHash } from '../hashes/string-hash.js';
import type { KeyHash } from './modulo-ring.js';

const PERL_TRIES = 20;

/** libmemcached's default. It fails a key whose server is down; here the next server of the list takes it. */
export const libmemcachedHash: KeyHash = { hash: oneAtATime };

/** memjs (1.3, lib/memjs/utils.js): the next server of the list takes over, as it does there. */
export const memjsHash: KeyHash = { hash: stringHash };

/** Go's gomemcache (selector.go). It fails a key whose server is down; here the next server of the list takes it. */
export const gomemcacheHash: KeyHash = { hash: crc32 };

/** Perl's Cache::Memcached (1.30, get_sock), which adds the hash of `1key`, `2key` and so on, for 20 tries in all. */
export const perlHash: KeyHash = {
  hash: shortCrc32,
  *rehash(key) {
    let sum = shortCrc32(key);
    for (let attempt = 1; attempt < PERL_TRIES; attempt += 1) {
      sum += shortCrc32(`${String(attempt)}${key}`);
      yield sum;
    }
  },
};

/** The upper half of the CRC without its highest bit, 0 to 32767. */
function shortCrc32(key: string): number {
  return (crc32(key) >>> 16) & 0x7fff;
}
