import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { WeightedServer } from '../options/server-address.js';
import { HashRing } from './hash-ring.js';

interface RingVector {
  readonly servers: readonly WeightedServer[];
  /** One digit per key: the index of its server, as libmemcached 1.1.4 answered. */
  readonly map: string;
}

function fixture<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`../../fixtures/ketama/${name}.json`, import.meta.url), 'utf8')) as Content;
}

const keys = fixture<string[]>('keys');

describe('HashRing', () => {
  it.each(['ports3', 'hosts3', 'hosts3w'])('places every key where libmemcached places it: %s', (set) => {
    const { servers, map } = fixture<RingVector>(set);
    const ring = new HashRing(servers);
    const owners = keys.map((key) => String(ring.owner(key))).join('');
    expect(keys).toHaveLength(2000);
    expect(owners).toBe(map);
  });

  it('asks the owner first and then every other server once', () => {
    const { servers } = fixture<RingVector>('hosts3w');
    const ring = new HashRing(servers);
    for (const key of keys) {
      const order = ring.order(key);
      expect(order[0]).toBe(ring.owner(key));
      expect([...order].sort()).toEqual([0, 1, 2]);
    }
  });

  it('spreads the keys of one server over the others', () => {
    const { servers, map } = fixture<RingVector>('hosts3');
    const ring = new HashRing(servers);
    const heirs = new Set(keys.filter((_, at) => map[at] === '0').map((key) => ring.order(key)[1]));
    expect(heirs).toEqual(new Set([1, 2]));
  });

  it('sends everything to a single server', () => {
    const ring = new HashRing([{ host: 'a', port: 1, weight: 1 }]);
    expect([ring.owner('key'), ring.order('key')]).toEqual([0, [0]]);
  });

  it('keeps a server whose weight gives it no point as the last resort', () => {
    const ring = new HashRing([
      { host: 'a', port: 1, weight: 65_535 },
      { host: 'b', port: 1, weight: 1 },
    ]);
    expect(ring.order('key')).toEqual([0, 1]);
  });
});
