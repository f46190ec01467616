import { utf8ByteString } from './byte-string.js';

const SIGN_EXTENSION = 24;

/**
 * Bob Jenkins' one-at-a-time hash as libmemcached computes it, an unsigned 32-bit number. It reads a `char`, which is
 * signed on x86: bytes from 0x80 on count as negative there, and here too (libmemcached 1.1, one_at_a_time.cc).
 */
export function oneAtATime(text: string): number {
  const bytes = utf8ByteString(text);
  let hash = 0;
  for (let at = 0; at < bytes.length; at += 1) {
    hash = (hash + ((bytes.charCodeAt(at) << SIGN_EXTENSION) >> SIGN_EXTENSION)) | 0;
    hash = (hash + (hash << 10)) | 0;
    hash ^= hash >>> 6;
  }
  hash = (hash + (hash << 3)) | 0;
  hash ^= hash >>> 11;
  return (hash + (hash << 15)) >>> 0;
}
