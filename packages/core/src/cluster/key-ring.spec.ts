import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { WeightedServer } from '../options/server-address.js';
import { createRing, ringPresets, type RingPreset } from './key-ring.js';

const keys = Array.from({ length: 4000 }, (_, at) => `session:${(at * 7919).toString(36)}`);
const someKeys = keys.slice(0, 300);

/** Equal servers of one preset keep their places when another comes or goes. */
const consistent: readonly RingPreset[] = ['ketama', 'pylibmc-ketama', 'dalli', 'pymemcache'];
const weighted: readonly RingPreset[] = ['ketama', 'pylibmc-ketama', 'dalli', 'crc32-modula', 'gomemcache'];
const unweighted: readonly RingPreset[] = ['libmemcached-modula', 'memjs', 'pymemcache'];

const equalServer: fc.Arbitrary<WeightedServer> = fc.record({
  host: fc.oneof(fc.ipV4(), fc.ipV6(), fc.domain()),
  port: fc.oneof(fc.constant(11_211), fc.integer({ min: 1, max: 65_535 })),
  weight: fc.constant(1),
});
// Up to 12: from 25 on, libmemcached rounds some shares of equal servers down, and then a few more keys move.
const equalServers = distinct(equalServer, 2, 12);
const weightedServers = distinct(
  fc.tuple(equalServer, fc.integer({ min: 1, max: 10 })).map(([server, weight]) => ({ ...server, weight })),
  2,
  8,
);

function distinct(server: fc.Arbitrary<WeightedServer>, minLength: number, maxLength: number) {
  return fc.uniqueArray(server, { minLength, maxLength, selector: ({ host, port }) => `${host} ${String(port)}` });
}

function ownerOf(preset: RingPreset, servers: readonly WeightedServer[]): (key: string) => WeightedServer | undefined {
  const ring = createRing(preset, servers);
  return (key) => servers[ring.owner(key)];
}

// Every property runs with the same cases each time: a ring is no place for a test that fails once a month.
const runs = { seed: 11_211, numRuns: 40 };

describe.each(ringPresets)('%s', (preset) => {
  it('names every server once, the owner first', () => {
    fc.assert(
      fc.property(weightedServers, fc.string({ unit: 'grapheme', minLength: 1, maxLength: 80 }), (servers, key) => {
        const ring = createRing(preset, servers);
        const order = ring.order(key);
        expect(order[0]).toBe(ring.owner(key));
        expect([...order].sort((a, b) => a - b)).toEqual(servers.map((_, index) => index));
      }),
      { ...runs, numRuns: 200 },
    );
  });

  it('gives a single server everything', () => {
    const ring = createRing(preset, [{ host: 'cache-1', port: 11_211, weight: 3 }]);
    expect([ring.owner('key'), ring.order('key')]).toEqual([0, [0]]);
  });
});

/** Whom the keys of the first of four servers go to while it is down. */
function heirs(preset: RingPreset): number[] {
  const servers = [1, 2, 3, 4].map((at) => ({ host: `10.0.0.${String(at)}`, port: 11_211, weight: 1 }));
  const ring = createRing(preset, servers);
  const orphans = keys.filter((key) => ring.owner(key) === 0);
  return [...new Set(orphans.map((key) => ring.order(key)[1] ?? 0))].sort();
}

describe.each(['libmemcached-modula', 'memjs', 'gomemcache'] as const)('%s', (preset) => {
  it('hands the keys of a server that is down to the next of the list', () => {
    expect(heirs(preset)).toEqual([1]);
  });
});

describe.each(consistent)('%s, a consistent ring', (preset) => {
  it('spreads the keys of a server that is down over the others', () => {
    expect(heirs(preset)).toEqual([1, 2, 3]);
  });

  it('moves only the keys of a server that goes, and moves keys only to one that comes', () => {
    fc.assert(
      fc.property(equalServers, fc.nat(), (servers, pick) => {
        const changed = servers[pick % servers.length];
        const before = ownerOf(preset, servers);
        const after = ownerOf(
          preset,
          servers.filter((server) => server !== changed),
        );
        const moved = someKeys.filter((key) => after(key) !== before(key));
        expect(moved.filter((key) => before(key) !== changed)).toEqual([]);
      }),
      runs,
    );
  });

  it('does not ask in which order the servers are listed', () => {
    fc.assert(
      fc.property(weightedServers, (servers) => {
        const [there, back] = [ownerOf(preset, servers), ownerOf(preset, [...servers].reverse())];
        expect(someKeys.filter((key) => back(key) !== there(key))).toEqual([]);
      }),
      runs,
    );
  });
});

describe.each(['ketama', 'pylibmc-ketama', 'pymemcache'] as const)('%s', (preset) => {
  it('hands the keys of a server that is down to those who would have them without it', () => {
    fc.assert(
      fc.property(equalServers, (servers) => {
        const ring = createRing(preset, servers);
        const without = servers.map((gone) =>
          ownerOf(
            preset,
            servers.filter((server) => server !== gone),
          ),
        );
        const elsewhere = someKeys.filter((key) => {
          const [owner = 0, heir = 0] = ring.order(key);
          return servers[heir] !== without[owner]?.(key);
        });
        expect(elsewhere).toEqual([]);
      }),
      runs,
    );
  });
});

describe.each(weighted)('%s, which knows weights,', (preset) => {
  it('gives servers keys in the share of their weights', () => {
    fc.assert(
      fc.property(weightedServers, (servers) => {
        const ring = createRing(preset, servers);
        const counts = servers.map(() => 0);
        for (const key of keys) {
          const owner = ring.owner(key);
          counts[owner] = (counts[owner] ?? 0) + 1;
        }
        const total = servers.reduce((sum, { weight }) => sum + weight, 0);
        servers.forEach(({ weight }, index) => {
          const [share, expected] = [(counts[index] ?? 0) / keys.length, weight / total];
          // 160 random points a server: an eighth off is usual, half is not; small shares have few points.
          expect(Math.abs(share - expected)).toBeLessThan(expected / 2 + 0.02);
        });
      }),
      runs,
    );
  });
});

describe.each(unweighted)('%s, which knows no weights,', (preset) => {
  it('places keys as if all servers weighed the same', () => {
    fc.assert(
      fc.property(weightedServers, (servers) => {
        const [ring, equal] = [servers, servers.map((server) => ({ ...server, weight: 1 }))].map((list) =>
          createRing(preset, list),
        );
        expect(someKeys.filter((key) => ring?.owner(key) !== equal?.owner(key))).toEqual([]);
      }),
      runs,
    );
  });
});

describe('a server of tiny weight', () => {
  it('is the last resort where it has no point', () => {
    const servers = [1, 65_535].map((weight, at) => ({ host: `cache-${String(at)}`, port: 11_211, weight }));
    for (const preset of ['ketama', 'dalli'] as const) expect(createRing(preset, servers).order('key')).toEqual([1, 0]);
  });
});
