import type { WeightedServer } from '../options/server-address.js';
import { keyPosition, ringPoints } from './ring-points.js';

/**
 * Which server a key belongs to, and who follows when that one is down.
 *
 *   0 ── p1(B) ── p2(A) ── key ── p3(C) ── p4(A) ── 2^32     key -> C, then A, then B (round the end)
 */
export class HashRing {
  readonly #positions: Uint32Array;
  readonly #owners: Uint32Array;
  readonly #size: number;

  /** @param servers at least one */
  constructor(servers: readonly WeightedServer[]) {
    const points = servers.length === 1 ? [] : ringPoints(servers);
    this.#size = servers.length;
    this.#positions = Uint32Array.from(points, ({ position }) => position);
    this.#owners = Uint32Array.from(points, ({ server }) => server);
  }

  /** Index of the key's server. */
  owner(key: string): number {
    if (this.#size === 1) return 0;
    return this.#owners[this.#firstPoint(key)] ?? 0;
  }

  /** Indexes of all servers in the order in which they take the key over, the owner first. */
  order(key: string): number[] {
    if (this.#size === 1) return [0];
    const found = new Set<number>();
    const points = this.#owners.length;
    const first = this.#firstPoint(key);
    for (let step = 0; step < points && found.size < this.#size; step += 1) {
      found.add(this.#owners[(first + step) % points] ?? 0);
    }
    // A server of tiny weight may have no point at all; it still comes before giving up.
    for (let server = 0; server < this.#size; server += 1) found.add(server);
    return [...found];
  }

  /** Index of the first point at or after the key, the first one when there is none. */
  #firstPoint(key: string): number {
    const position = keyPosition(key);
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low === this.#positions.length ? 0 : low;
  }
}
