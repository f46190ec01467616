/** A migration: another client for Node.js and memkit with its ring and its profile share three servers. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { memcacheClient, memcached, memjs, type OtherClient } from './other-clients.js';

const SERVERS = 3;
const keys = Array.from({ length: 60 }, (_, place) => `user:${String(place)}:žluť`);
/** So that "it was found" cannot be the work of one server. */
const servesMany = keys.length / SERVERS / 4;

let servers: RealMemcached[];
let addresses: string[];

beforeAll(async () => {
  servers = await Promise.all(Array.from({ length: SERVERS }, () => startMemcached()));
  addresses = servers.map(({ address }) => address);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** How many of the keys each server holds, asked one by one. */
async function holdings(): Promise<number[]> {
  return Promise.all(
    addresses.map(async (address) => {
      const one = createMemcache({ servers: address, timeout: '10s' });
      const found = await one.getMany(keys);
      await one.close();
      return found.size;
    }),
  );
}

const json = (place: number) => ({ place, tags: ['a', null], share: 0.5 });

const placing = [
  { ring: 'memjs', profile: 'memjs', connect: memjs, value: (place: number) => Buffer.from(`text ${String(place)}`) },
  { ring: 'ketama', profile: 'memcached', connect: memcached, value: json },
] as const;

describe.each(placing)('the ring $ring with the profile $profile', ({ ring, profile, connect, value }) => {
  let other: OtherClient;
  let memcache: Memcache;

  beforeAll(() => {
    other = connect(addresses);
    memcache = createMemcache({ servers: addresses, ring, profile, timeout: '10s' });
  });

  afterAll(async () => {
    other.close();
    await memcache.flush();
    await memcache.close();
  });

  it('finds and reads what the client stored on three servers', async () => {
    for (const [place, key] of keys.entries()) await other.set(key, value(place));
    const found = await memcache.getMany(keys);
    expect([...found]).toEqual(keys.map((key, place) => [key, value(place)]));
    expect(Math.min(...(await holdings()))).toBeGreaterThan(servesMany);
  });

  it('stores where the client looks, in the form it reads', async () => {
    await memcache.flush();
    await memcache.setMany(keys.map((key, place) => [key, value(place)] as const));
    for (const [place, key] of keys.entries()) expect(await other.get(key)).toEqual(value(place));
    expect((await holdings()).reduce((sum, count) => sum + count)).toBe(keys.length);
  });

  it('deletes what the client stored', async () => {
    await other.set('gone', value(0));
    expect(await memcache.delete('gone')).toBe(true);
  });
});

describe('memcache-client, which asks any of its servers', () => {
  it('finds what memkit copied to all of them', async () => {
    const profile = 'memcache-client';
    const memcache = createMemcache({ servers: addresses, replicas: SERVERS - 1, profile, timeout: '10s' });
    const other = memcacheClient(addresses);
    await memcache.setMany(keys.map((key, place) => [key, json(place)] as const));
    for (const [place, key] of keys.entries()) expect(await other.get(key)).toEqual(json(place));
    expect(await holdings()).toEqual(addresses.map(() => keys.length));
    other.close();
    await memcache.close();
  });
});
