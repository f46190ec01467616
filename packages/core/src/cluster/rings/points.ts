/**
 * The points of servers on a ring of 2^32 positions, sorted, in two parallel arrays that are searched without objects.
 *
 *   0 ── p1(B) ── p2(A) ── position ── p3(C) ── p4(A) ── 2^32
 */

export interface RingPoint {
  /** An unsigned 32-bit number. */
  readonly position: number;
  /** Index of the server in the list. */
  readonly server: number;
}

export class Points {
  readonly length: number;
  readonly #positions: Uint32Array;
  readonly #servers: Uint32Array;

  /**
   * Two points at one position keep the order of the list of servers.
   * @param servers how many there are
   */
  constructor(points: readonly RingPoint[], servers: number) {
    // One number per point, which a typed array sorts natively and several times faster than objects. Exact: a position
    // of 32 bits and the index of one of two million servers fit into the 53 bits of a double.
    const packed = Float64Array.from(points, ({ position, server }) => position * servers + server).sort();
    this.length = points.length;
    this.#positions = Uint32Array.from(packed, (value) => Math.floor(value / servers));
    this.#servers = Uint32Array.from(packed, (value) => value % servers);
  }

  /** Index of the first point at or after a position, counted on past the end: `length` when there is none. */
  atOrAfter(position: number): number {
    const positions = this.#positions;
    let low = 0;
    let high = positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((positions[middle] ?? 0) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The server of a point; indexes wrap round both ends. */
  server(index: number): number {
    const { length } = this;
    return this.#servers[((index % length) + length) % length] ?? 0;
  }
}
