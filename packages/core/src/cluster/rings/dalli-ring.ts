/** The ring of Ruby's Dalli (dalli 3.0 to 5.0, lib/dalli/ring.rb). */
import { hash } from 'node:crypto';
import type { WeightedServer } from '../../options/server-address.js';
import { crc32 } from '../hashes/crc32.js';
import type { KeyRing } from '../key-ring.js';
import { Points, type RingPoint } from './points.js';
import { hostAndPort } from './server-names.js';
import { takeoverOrder } from './takeover.js';

const POINTS_PER_SERVER = 160;
const TRIES = 20;

/**
 * A key belongs to the last point at or before it. When that server is down, Dalli hashes the key again with the number of
 * the try in front, `0key`, `1key` and so on, up to 20 tries; where it gives up, the list goes on in its order.
 */
export class DalliRing implements KeyRing {
  readonly #points: Points;
  readonly #servers: number;

  constructor(servers: readonly WeightedServer[]) {
    this.#points = new Points(sha1Points(servers), servers.length);
    this.#servers = servers.length;
  }

  owner(key: string): number {
    // The last point at or before a position is the one in front of the first point at or after the next position.
    return this.#points.server(this.#points.atOrAfter(crc32(key) + 1) - 1);
  }

  order(key: string): number[] {
    return takeoverOrder(this.#tries(key), this.#servers);
  }

  *#tries(key: string): Generator<number> {
    yield this.owner(key);
    for (let attempt = 0; attempt < TRIES - 1; attempt += 1) yield this.owner(`${String(attempt)}${key}`);
  }
}

function sha1Points(servers: readonly WeightedServer[]): RingPoint[] {
  const totalWeight = servers.reduce((sum, { weight }) => sum + weight, 0);
  return servers.flatMap((address, server) => {
    const name = hostAndPort(address);
    const count = Math.floor((servers.length * POINTS_PER_SERVER * address.weight) / totalWeight);
    return Array.from({ length: count }, (_, at) => ({ position: sha1Position(`${name}:${String(at)}`), server }));
  });
}

function sha1Position(text: string): number {
  return Number.parseInt(hash('sha1', text, 'hex').slice(0, 8), 16);
}
