// Keys, values and the order of the mixed operations: the same ones in every cell.
import { SET_EVERY } from './workloads.mjs';

/** What text values are made of. */
const LETTERS = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_');
const SEED = 20_261_121;

/** Numbers from 0 to 2^32 - 1, the same ones in every process (xorshift32). */
export function createRandom(seed = SEED) {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

/** Keys of one length, so that all requests and replies of a workload have one length, too. */
export function keysOf({ keys }) {
  return Array.from({ length: keys }, (_, number) => `key:${String(number).padStart(6, '0')}`);
}

/**
 * The value of each key: its name, so that a reply to another request is noticed, and then what no compression makes
 * smaller (bytes) or only by a quarter (text).
 * @param {Workload} workload
 * @param {'bytes' | 'text'} kind
 * @returns {(Buffer | string)[]}
 */
export function valuesOf(workload, kind) {
  const random = createRandom();
  const filling = Buffer.from(Array.from({ length: workload.valueBytes }, () => random() >>> 24));
  if (kind === 'text') for (const [at, byte] of filling.entries()) filling[at] = LETTERS[byte & 63];
  return keysOf(workload).map((key) => {
    const value = Buffer.from(filling);
    value.write(key);
    return kind === 'text' ? value.toString('latin1') : value;
  });
}

/** Operations of the mixed workload, repeated from the start when they are used up. */
const SEQUENCE_LENGTH = 1 << 16;

/**
 * Which key each operation is about, and whether it is a set: key number n is asked for in proportion to 1/n.
 * @returns {{ readonly mask: number, readonly keyNumbers: Uint16Array, readonly isSet: Uint8Array }}
 */
export function mixedSequence({ keys }) {
  const random = createRandom();
  const cumulated = new Float64Array(keys);
  let sum = 0;
  for (let rank = 0; rank < keys; rank += 1) {
    sum += 1 / (rank + 1);
    cumulated[rank] = sum;
  }
  const keyNumbers = new Uint16Array(SEQUENCE_LENGTH);
  const isSet = new Uint8Array(SEQUENCE_LENGTH);
  for (let at = 0; at < SEQUENCE_LENGTH; at += 1) {
    const point = (random() / 2 ** 32) * sum;
    let low = 0;
    let high = keys - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (cumulated[middle] < point) low = middle + 1;
      else high = middle;
    }
    keyNumbers[at] = low;
    isSet[at] = random() % SET_EVERY === 0 ? 1 : 0;
  }
  return { mask: SEQUENCE_LENGTH - 1, keyNumbers, isSet };
}
