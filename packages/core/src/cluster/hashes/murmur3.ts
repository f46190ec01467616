/** MurmurHash3 of 32 bits, seed 0. */

const FIRST_FACTOR = 0xcc9e2d51;
const SECOND_FACTOR = 0x1b873593;

/** @param bytes a string of characters 0 to 255 */
export function murmur3(bytes: string): number {
  const { length } = bytes;
  const tail = length & ~3;
  let hash = 0;
  for (let at = 0; at < tail; at += 4) {
    const word =
      bytes.charCodeAt(at) |
      (bytes.charCodeAt(at + 1) << 8) |
      (bytes.charCodeAt(at + 2) << 16) |
      (bytes.charCodeAt(at + 3) << 24);
    hash = rotate(hash ^ scramble(word), 13);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  let rest = 0;
  for (let at = length - 1; at >= tail; at -= 1) rest = (rest << 8) | bytes.charCodeAt(at);
  // A rest of zero scrambles to zero, so no case for a length without rest.
  hash ^= scramble(rest) ^ length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function scramble(word: number): number {
  return Math.imul(rotate(Math.imul(word, FIRST_FACTOR), 15), SECOND_FACTOR);
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
