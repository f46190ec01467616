/** Clients for Node.js and memkit with their profile, on one memcached: each reads what the other wrote. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { memcacheClient, memcached, memjs, type OtherClient } from './other-clients.js';

const horse = 'žluť🐎';
const bytes = Buffer.from([0x00, 0xff, 0x10, 0x0d, 0x0a]);
const texts = ['hello', horse, '', 'END\r\n', 'a\\\nb', 'x'.repeat(12_000)];
const data = [[1, 'a'], { a: 1, nested: { list: [null, 1.5] } }];

const peers = [
  ['memcached', memcached, [...texts, bytes, 42, -7, 1.5, true, false, null, ...data]],
  ['memcache-client', memcacheClient, [...texts, bytes, 42, -7, 1.5, null, ...data]],
  ['memjs', memjs, [...texts.map((text) => Buffer.from(text)), bytes]],
] as const;

let server: RealMemcached;

beforeAll(async () => {
  server = await startMemcached();
});

afterAll(async () => {
  await server.stop();
});

describe.each(peers)('the profile %s', (profile, connect, values) => {
  let peer: OtherClient;
  let memcache: Memcache;

  beforeAll(() => {
    peer = connect([server.address]);
    memcache = createMemcache({ servers: server.address, profile, timeout: '10s' });
  });

  afterAll(async () => {
    peer.close();
    await memcache.close();
  });

  it('reads what the client wrote', async () => {
    for (const [place, value] of values.entries()) {
      await peer.set(`${profile}:${String(place)}`, value);
      expect(await memcache.get(`${profile}:${String(place)}`)).toEqual(value);
    }
  });

  it('writes what the client reads', async () => {
    for (const [place, value] of values.entries()) {
      await memcache.set(`memkit:${String(place)}`, value);
      expect(await peer.get(`memkit:${String(place)}`)).toEqual(value);
    }
  });

  it('counts where the client counts', async () => {
    await memcache.set('visits', profile === 'memjs' ? '41' : 41);
    expect(await memcache.increment('visits')).toBe(42);
    expect(String(await peer.get('visits'))).toBe('42');
    expect(await memcache.increment('fresh', 1, { initial: 7 })).toBe(7);
    expect(String(await peer.get('fresh'))).toBe('7');
    await memcache.delete('fresh');
  });
});
