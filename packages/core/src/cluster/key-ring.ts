import type { WeightedServer } from '../options/server-address.js';
import { DalliRing } from './rings/dalli-ring.js';
import { gomemcacheHash, libmemcachedHash, memjsHash, perlHash } from './rings/key-hashes.js';
import { plainKetamaRing, weightedKetamaRing } from './rings/ketama-ring.js';
import { ModuloRing } from './rings/modulo-ring.js';
import { RendezvousRing } from './rings/rendezvous-ring.js';

/** Which server a key belongs to, and who follows when that one is down. Immutable: a changed server list makes a new ring. */
export interface KeyRing {
  /** Index of the key's server in the list the ring was made of. */
  owner(key: string): number;
  /** Indexes of all servers in the order in which they take the key over, the owner first; each exactly once. */
  order(key: string): number[];
}

export const ringPresets = [
  'ketama',
  'pylibmc-ketama',
  'libmemcached-modula',
  'dalli',
  'memjs',
  'pymemcache',
  'crc32-modula',
  'gomemcache',
] as const;

/**
 * Whose placement of keys is used.
 *
 * | preset | places keys like | weights | behind an owner that is down |
 * | --- | --- | --- | --- |
 * | `ketama` | libmemcached KETAMA_WEIGHTED, pylibmc `ketama_weighted`, PHP OPT_LIBKETAMA_COMPATIBLE, npm memcached | share of points | the next point's server |
 * | `pylibmc-ketama` | pylibmc `ketama`, libmemcached KETAMA and CONSISTENT | share of points | the next point's server |
 * | `libmemcached-modula` | libmemcached, pylibmc, PHP without settings | ignored | the next of the list |
 * | `dalli` | Ruby's Dalli | share of points | Dalli's rule: hash again, 20 tries |
 * | `memjs` | memjs | ignored | the next of the list, as in memjs |
 * | `pymemcache` | pymemcache HashClient | ignored | the next highest score, as in pymemcache |
 * | `crc32-modula` | Perl's Cache::Memcached, python-memcached | repeat the server | Perl's rule: add hashes, 20 tries |
 * | `gomemcache` | Go's gomemcache | repeat the server | the next of the list |
 */
export type RingPreset = (typeof ringPresets)[number];

/** There is nothing to choose, so nothing is hashed. */
const singleServer: KeyRing = { owner: () => 0, order: () => [0] };

const makers: Readonly<Record<RingPreset, (servers: readonly WeightedServer[]) => KeyRing>> = {
  ketama: weightedKetamaRing,
  'pylibmc-ketama': plainKetamaRing,
  'libmemcached-modula': (servers) => new ModuloRing(libmemcachedHash, equalWeights(servers)),
  dalli: (servers) => new DalliRing(servers),
  memjs: (servers) => new ModuloRing(memjsHash, equalWeights(servers)),
  pymemcache: (servers) => new RendezvousRing(servers),
  'crc32-modula': (servers) => new ModuloRing(perlHash, weights(servers)),
  gomemcache: (servers) => new ModuloRing(gomemcacheHash, weights(servers)),
};

/** @param servers at least one, each once, in the order in which the other client lists them */
export function createRing(preset: RingPreset, servers: readonly WeightedServer[]): KeyRing {
  return servers.length === 1 ? singleServer : makers[preset](servers);
}

function weights(servers: readonly WeightedServer[]): number[] {
  return servers.map(({ weight }) => weight);
}

/** For clients that know no weights or ignore them. */
function equalWeights(servers: readonly WeightedServer[]): number[] {
  return servers.map(() => 1);
}
