/** Rendezvous hashing as in pymemcache's HashClient (pymemcache 3.5 and 4.0, client/rendezvous.py). */
import type { WeightedServer } from '../../options/server-address.js';
import { lowByteString } from '../hashes/byte-string.js';
import { murmur3 } from '../hashes/murmur3.js';
import type { KeyRing } from '../key-ring.js';
import { hostAndPort } from './server-names.js';

/**
 * Every server gets a score for the key and the highest one wins; behind a server that is down comes the next highest.
 * The time of a lookup grows with the number of servers. pymemcache hashes the lowest byte of each character, and so does
 * this for keys that are not ASCII.
 */
export class RendezvousRing implements KeyRing {
  readonly #names: readonly string[];
  readonly #prefixes: readonly string[];

  constructor(servers: readonly WeightedServer[]) {
    this.#names = servers.map(hostAndPort);
    this.#prefixes = this.#names.map((name) => `${lowByteString(name)}-`);
  }

  owner(key: string): number {
    const bytes = lowByteString(key);
    let best = 0;
    let highest = -1;
    this.#prefixes.forEach((prefix, server) => {
      const score = murmur3(prefix + bytes);
      if (score < highest || (score === highest && this.#compareNames(server, best) < 0)) return;
      highest = score;
      best = server;
    });
    return best;
  }

  order(key: string): number[] {
    const bytes = lowByteString(key);
    const scores = this.#prefixes.map((prefix) => murmur3(prefix + bytes));
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
