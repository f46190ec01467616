/**
 * The rings of libmemcached 1.1 (hosts.cc, update_continuum; hash.cc, dispatch_host).
 *
 *   0 ── p1(B) ── p2(A) ── key ── p3(C) ── p4(A) ── 2^32     key -> C, then A, then B (round the end)
 */
import type { WeightedServer } from '../../options/server-address.js';
import { md5Position, md5Words } from '../hashes/md5.js';
import { oneAtATime } from '../hashes/one-at-a-time.js';
import type { KeyRing } from '../key-ring.js';
import { Points, type RingPoint } from './points.js';
import { libmemcachedName } from './server-names.js';
import { takeoverOrder } from './takeover.js';

const DIGESTS_PER_SERVER = 40;
const POINTS_PER_DIGEST = 4;
const POINTS_PER_UNWEIGHTED_SERVER = 100;

/** A key belongs to the first point at or after it; behind a server that is down, to the next point of another. */
export class KetamaRing implements KeyRing {
  readonly #points: Points;
  readonly #servers: number;
  readonly #keyHash: (key: string) => number;

  constructor(points: readonly RingPoint[], servers: number, keyHash: (key: string) => number) {
    this.#points = new Points(points, servers);
    this.#servers = servers;
    this.#keyHash = keyHash;
  }

  owner(key: string): number {
    return this.#points.server(this.#points.atOrAfter(this.#keyHash(key)));
  }

  order(key: string): number[] {
    return takeoverOrder(this.#walk(this.#points.atOrAfter(this.#keyHash(key))), this.#servers);
  }

  *#walk(first: number): Generator<number> {
    const end = first + this.#points.length;
    for (let index = first; index < end; index += 1) yield this.#points.server(index);
  }
}

/** libmemcached's KETAMA_WEIGHTED: MD5 for points and keys, points in the share of the weight. */
export function weightedKetamaRing(servers: readonly WeightedServer[]): KeyRing {
  return new KetamaRing(md5Points(servers), servers.length, md5Position);
}

/**
 * libmemcached's KETAMA: one-at-a-time for points and keys. As soon as one server weighs more than 1, libmemcached takes
 * the points of the weighted ring instead, and keeps the hash of keys.
 */
export function plainKetamaRing(servers: readonly WeightedServer[]): KeyRing {
  const isWeighted = servers.some(({ weight }) => weight > 1);
  return new KetamaRing(isWeighted ? md5Points(servers) : oneAtATimePoints(servers), servers.length, oneAtATime);
}

function md5Points(servers: readonly WeightedServer[]): RingPoint[] {
  const totalWeight = servers.reduce((sum, { weight }) => sum + weight, 0);
  return servers.flatMap((address, server) => {
    const name = libmemcachedName(address);
    const points: RingPoint[] = [];
    for (let digest = 0; digest < digestCount(address.weight, totalWeight, servers.length); digest += 1) {
      for (const word of md5Words(`${name}-${String(digest)}`)) points.push({ position: word >>> 0, server });
    }
    return points;
  });
}

/** In the same steps of single precision as libmemcached, which decide whether a share of 39.9999 counts as 40. */
function digestCount(weight: number, totalWeight: number, servers: number): number {
  const { fround } = Math;
  const share = fround(fround(weight) / fround(totalWeight));
  const points = fround(share * (DIGESTS_PER_SERVER * POINTS_PER_DIGEST));
  return Math.floor(fround(fround(points / POINTS_PER_DIGEST) * fround(servers)));
}

function oneAtATimePoints(servers: readonly WeightedServer[]): RingPoint[] {
  return servers.flatMap((address, server) => {
    const name = libmemcachedName(address);
    return Array.from({ length: POINTS_PER_UNWEIGHTED_SERVER }, (_, at) => ({
      position: oneAtATime(`${name}-${String(at)}`),
      server,
    }));
  });
}
