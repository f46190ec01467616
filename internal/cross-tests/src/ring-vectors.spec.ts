/** Keys go where the other language's client puts them: vectors/ holds what those clients answered. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createRing, ringPresets, type RingPreset } from '@memkit/core/internal';
import { workspaceRoot } from './workspace-root.js';

interface RingVector {
  readonly servers: readonly {
    readonly host: string;
    readonly port: number;
    readonly path?: string;
    readonly weight: number;
  }[];
  /** The file with the keys; keys.json unless the client was asked about others. */
  readonly keysFile: string;
  /** One character per key, the index of its server in base 36. */
  readonly map: string;
}

const directory = join(workspaceRoot, 'internal/cross-tests/vectors');

function read<Content>(file: string): Content {
  return JSON.parse(readFileSync(join(directory, file), 'utf8')) as Content;
}

const files = readdirSync(directory).filter((file) => file.startsWith('ketama-'));

/** The beginning of a file's name, client and configuration, and the preset that places keys in the same way. */
const presetOf: Readonly<Record<string, RingPreset | 'none'>> = {
  'libmemcached-ketama_weighted': 'ketama',
  'libmemcached-ketama': 'pylibmc-ketama',
  'libmemcached-default': 'libmemcached-modula',
  // libmemcached's imitation of spymemcached, which spymemcached itself does not agree with.
  'libmemcached-consistent_ketama_spy': 'none',
  'dalli-binary': 'dalli',
  'memjs-default': 'memjs',
  'pymemcache-hashclient': 'pymemcache',
};

const clientOf = (file: string): string => /^ketama-(.+-.+)-\w+\.json$/.exec(file)?.[1] ?? file;

function owners(preset: RingPreset, { servers, keysFile }: RingVector): string {
  const ring = createRing(preset, servers);
  return read<string[]>(keysFile)
    .map((key) => ring.owner(key).toString(36))
    .join('');
}

describe('ring vectors', () => {
  it('belong to a known client each, and every client has some', () => {
    expect([...new Set(files.map(clientOf))].sort()).toEqual(Object.keys(presetOf).sort());
  });

  it('cover every preset', () => {
    expect(ringPresets.filter((preset) => !Object.values(presetOf).includes(preset))).toEqual([]);
  });

  it.each(files.filter((file) => presetOf[clientOf(file)] !== 'none'))('%s › agrees key for key', (file) => {
    const vector = read<RingVector>(file);
    const preset = presetOf[clientOf(file)] as RingPreset;
    expect(read<string[]>(vector.keysFile)).toHaveLength(vector.map.length);
    expect(owners(preset, vector)).toBe(vector.map);
  });

  it.each(files)('%s › is told apart from the other presets', (file) => {
    const vector = read<RingVector>(file);
    const same = ringPresets.filter((preset) => owners(preset, vector) === vector.map);
    expect(same).toEqual([presetOf[clientOf(file)]].filter((preset) => preset !== 'none'));
  });
});
