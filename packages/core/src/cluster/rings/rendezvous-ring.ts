/** Rendezvous hashing as in pymemcache's HashClient (pymemcache 3.5, client/rendezvous.py and murmur3.py). */
import type { WeightedServer } from '../../options/server-address.js';
import { lowByteString } from '../hashes/byte-string.js';
import { Murmur3 } from '../hashes/murmur3.js';
import type { KeyRing } from '../key-ring.js';
import { hostAndPort } from './server-names.js';

/**
 * Every server gets a score for the key and the highest one wins; behind a server that is down comes the next highest.
 * The time of a lookup grows with the number of servers. pymemcache hashes the lowest byte of each character, and so does
 * this for keys that are not ASCII.
 */
export class RendezvousRing implements KeyRing {
  readonly #names: readonly string[];
  /** The hash of each server's name, to which the key is added. */
  readonly #hashes: readonly Murmur3[];

  constructor(servers: readonly WeightedServer[]) {
    this.#names = servers.map(hostAndPort);
    this.#hashes = this.#names.map((name) => new Murmur3(`${lowByteString(name)}-`));
  }

  owner(key: string): number {
    const bytes = lowByteString(key);
    let best = 0;
    let highest = -1;
    for (let server = 0; server < this.#hashes.length; server += 1) {
      const score = this.#hashes[server]?.of(bytes) ?? 0;
      if (score < highest || (score === highest && this.#compareNames(server, best) < 0)) continue;
      highest = score;
      best = server;
    }
    return best;
  }

  order(key: string): number[] {
    const bytes = lowByteString(key);
    const scores = this.#hashes.map((hash) => hash.of(bytes));
    return scores
      .map((_, server) => server)
      .sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || this.#compareNames(b, a));
  }

  /** Of equal scores, the larger name wins. */
  #compareNames(a: number, b: number): number {
    const [first = '', second = ''] = [this.#names[a], this.#names[b]];
    if (first === second) return b - a;
    return first < second ? -1 : 1;
  }
}
