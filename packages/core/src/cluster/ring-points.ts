/**
 * The points of libmemcached's weighted ketama ring (libmemcached 1.1, hosts.cc, update_continuum), which pylibmc's
 * `ketama_weighted`, PHP's OPT_LIBKETAMA_COMPATIBLE and npm `memcached` share.
 */
import { hash } from 'node:crypto';
import { DEFAULT_PORT, type WeightedServer } from '../options/server-address.js';

const POINTS_PER_DIGEST = 4;
const DIGESTS_PER_SERVER = 40;
const ROUNDING_GUARD = 1e-10;

export interface RingPoint {
  /** Position on the ring, an unsigned 32-bit number. */
  readonly position: number;
  /** Index of the server in the list. */
  readonly server: number;
}

/** Position of a key on the ring. */
export function keyPosition(key: string): number {
  return hash('md5', key, 'buffer').readUInt32LE(0);
}

/** Each server gets points in the share of its weight; sorted by position. */
export function ringPoints(servers: readonly WeightedServer[]): RingPoint[] {
  const totalWeight = servers.reduce((sum, { weight }) => sum + weight, 0);
  const points = servers.flatMap((server, index) => {
    const share = server.weight / totalWeight;
    const digests = Math.floor(share * DIGESTS_PER_SERVER * servers.length + ROUNDING_GUARD);
    return Array.from({ length: digests }, (_, group) => digestPoints(server, index, group)).flat();
  });
  return points.sort((a, b) => a.position - b.position || a.server - b.server);
}

function digestPoints({ host, port }: WeightedServer, server: number, group: number): RingPoint[] {
  const name = port === DEFAULT_PORT ? host : `${host}:${String(port)}`;
  const digest = hash('md5', `${name}-${String(group)}`, 'buffer');
  return Array.from({ length: POINTS_PER_DIGEST }, (_, at) => ({ position: digest.readUInt32LE(at * 4), server }));
}
