/** Placement by the remainder of a hash, without a ring: nearly all keys move when a server comes or goes. */
import type { KeyRing } from '../key-ring.js';
import { takeoverOrder } from './takeover.js';

export interface KeyHash {
  /** A whole number of 0 or more; its remainder is the server. */
  hash(key: string): number;
  /** The hashes to go on with while the server of the last one is down. Absent: the next server of the list. */
  rehash?(key: string): Iterable<number>;
}

export class ModuloRing implements KeyRing {
  readonly #keyHash: KeyHash;
  /** The first bucket behind each server: one of weight 3 has three buckets in a row. */
  readonly #ends: Float64Array;
  readonly #buckets: number;

  /** @param weights one per server, in the order of the list */
  constructor(keyHash: KeyHash, weights: readonly number[]) {
    let buckets = 0;
    this.#keyHash = keyHash;
    this.#ends = Float64Array.from(weights, (weight) => (buckets += weight));
    this.#buckets = buckets;
  }

  owner(key: string): number {
    return this.#server(this.#keyHash.hash(key));
  }

  order(key: string): number[] {
    return takeoverOrder(this.#candidates(key), this.#ends.length);
  }

  *#candidates(key: string): Generator<number> {
    const owner = this.owner(key);
    yield owner;
    for (const hash of this.#keyHash.rehash?.(key) ?? []) yield this.#server(hash);
    for (let step = 1; step < this.#ends.length; step += 1) yield (owner + step) % this.#ends.length;
  }

  #server(hash: number): number {
    const bucket = hash % this.#buckets;
    // Weights of 1 all over: the usual case, and the only one of most clients.
    if (this.#buckets === this.#ends.length) return bucket;
    let low = 0;
    let high = this.#ends.length - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#ends[middle] ?? 0) <= bucket) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
