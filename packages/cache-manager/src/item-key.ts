/** Keyv allows any string as key, memcached does not: the mapping between the two. */
import { createHash } from 'node:crypto';

// 250 bytes is memcached's limit; the rest is left for the keyPrefix of the client, which this package does not know.
const LONGEST_ITEM_KEY = 200;
const LONGEST_NAMESPACE = 60;

const PLAIN = /^[\u0021-\u007e]+$/;
const HASH_MARK = 'sha256-';

/** The item that holds the version of a namespace. */
export function versionKey(namespace: string): string {
  return `${safeText(namespace, LONGEST_NAMESPACE)}:version`;
}

/** The item of `key` in this version of the namespace: at most 200 bytes of printable ASCII. */
export function itemKey(namespace: string, version: string, key: string): string {
  const start = `${safeText(namespace, LONGEST_NAMESPACE)}:${version}:`;
  return start + safeText(key, LONGEST_ITEM_KEY - start.length);
}

/**
 * Printable ASCII that fits stays as it is, so that people recognize it in memcached; anything else becomes its
 * SHA-256. A text that begins with the mark is hashed too, so that no two texts share a key.
 */
function safeText(text: string, longest: number): string {
  if (text.length <= longest && PLAIN.test(text) && !text.startsWith(HASH_MARK)) return text;
  return HASH_MARK + createHash('sha256').update(text).digest('base64url');
}
