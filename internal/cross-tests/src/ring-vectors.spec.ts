/** Keys go where the other language's client puts them: vectors/ holds what those clients answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { createRing, ringPresets, type RingPreset } from '@memkit/core/internal';
import { workspaceRoot } from './workspace-root.js';

interface RingVector {
  readonly servers: Parameters<typeof createRing>[1];
  readonly keysFile: string;
  /** One character per key: the index of its server in base 36. */
  readonly map: string;
}

interface TakeoverVector extends Omit<RingVector, 'map'> {
  /** One string per key, for the first keys: the servers in base 36 as the client took them, each one down in turn. */
  readonly orders: readonly string[];
}

const directory = join(workspaceRoot, 'internal/cross-tests/vectors');

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as Content;
}

/** What a file's name says about the client and its configuration, and the preset that places keys in the same way. */
const presets: Readonly<Record<string, RingPreset>> = {
  'libmemcached-ketama_weighted': 'ketama',
  'npmmemcached-default': 'ketama',
  'libmemcached-ketama': 'pylibmc-ketama',
  'libmemcached-default': 'libmemcached-modula',
  'dalli-binary': 'dalli',
  'memjs-default': 'memjs',
  'pymemcache-hashclient': 'pymemcache',
  'libmemcached-modula_crc': 'crc32-modula',
  'perl-default': 'crc32-modula',
  'gomemcache-default': 'gomemcache',
};

/** libmemcached's imitation of spymemcached: hashes of its own choice, which agree with no other client. */
const ofNoPreset = 'libmemcached-consistent_ketama_spy';
const nearlyTheSame = 'pythonmemcached-default';

const vectors = readdirSync(directory).filter((file) => file.startsWith('ketama-'));
const takeovers = readdirSync(directory).filter((file) => file.startsWith('takeover-'));

/** `dalli-binary` of `ketama-dalli-binary-hosts3.json`. */
function clientOf(file: string): string {
  return /^[^-]+-(.+)-\w+\.json$/.exec(file)?.[1] ?? file;
}

const presetOf = (file: string): RingPreset | undefined => presets[clientOf(file)];

/** Where a preset puts the first `count` keys of a vector, in the form of its map. */
function owners(preset: RingPreset, { servers, keysFile }: RingVector, count?: number): string {
  const ring = createRing(preset, servers);
  const keys = read<string[]>(keysFile).slice(0, count);
  return keys.map((key) => ring.owner(key).toString(36)).join('');
}

/** Told by fewer keys than there are, because most of the time of this file would go into presets that do not match. */
function presetsLike(vector: RingVector): RingPreset[] {
  return ringPresets.filter((preset) => vector.map.startsWith(owners(preset, vector, 200)));
}

describe('the vectors of other clients', () => {
  it('are of clients we know, and cover every preset', () => {
    expect([...new Set(vectors.map(clientOf))].sort()).toEqual(
      [...Object.keys(presets), ofNoPreset, nearlyTheSame].sort(),
    );
    expect([...new Set(Object.values(presets))].sort()).toEqual([...ringPresets].sort());
  });

  it.each(vectors.filter((file) => presetOf(file) !== undefined))(
    '%s › agrees key for key, and only its preset does',
    (file) => {
      const vector = read<RingVector>(file);
      const keys = read<string[]>(vector.keysFile);
      expect([vector.map.length, keys.length >= 600]).toEqual([keys.length, true]);
      expect(owners(presetOf(file) ?? 'ketama', vector)).toBe(vector.map);
      expect(presetsLike(vector)).toEqual([presetOf(file)]);
    },
  );

  it.each(vectors.filter((file) => clientOf(file) === ofNoPreset))('%s › agrees with no preset', (file) => {
    expect(presetsLike(read<RingVector>(file))).toEqual([]);
  });

  it.each(vectors.filter((file) => clientOf(file) === nearlyTheSame))(
    '%s › agrees with crc32-modula except where the hash is 0, which python-memcached makes 1',
    (file) => {
      const vector = read<RingVector>(file);
      const mine = owners('crc32-modula', vector);
      const keys = read<string[]>(vector.keysFile);
      const others = keys.filter((_, at) => mine[at] !== vector.map[at]);
      expect(others).toHaveLength(1);
      expect(others.map((key) => (crc32(key) >>> 16) & 0x7fff)).toEqual([0]);
    },
  );

  it.each(takeovers)('%s › servers take over in the same order', (file) => {
    const { servers, keysFile, orders } = read<TakeoverVector>(file);
    const preset = presetOf(file);
    expect(preset).toBeDefined();
    const ring = createRing(preset ?? 'ketama', servers);
    const keys = read<string[]>(keysFile);
    expect(orders).toHaveLength(300);
    orders.forEach((order, at) => {
      const mine = ring.order(keys[at] ?? '').map((server) => server.toString(36));
      // Dalli and Perl give up after 20 tries, when some servers may not have had their turn.
      expect(mine.join('').slice(0, order.length)).toBe(order);
    });
  });
});
