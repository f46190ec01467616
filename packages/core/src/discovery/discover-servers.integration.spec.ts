/** What a platform's variables say is enough to store and read an item on a real memcached. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached, type RealMemcachedOptions } from '@memkit/testing';
import { createMemcache } from '../memcache.js';
import type { Environment } from './environment.js';

const user = { username: 'bobslob', password: 'kJ4hT9w/Qz0' };

const ways: readonly [
  name: string,
  server: RealMemcachedOptions,
  environment: (server: RealMemcached) => Environment,
][] = [
  [
    'MemCachier',
    { sasl: user },
    ({ address }) => ({
      MEMCACHIER_SERVERS: address,
      MEMCACHIER_USERNAME: user.username,
      MEMCACHIER_PASSWORD: user.password,
    }),
  ],
  [
    'Cloud Foundry',
    { sasl: user },
    ({ address }) => ({
      VCAP_SERVICES: JSON.stringify({ memcachedcloud: [{ name: 'shop', credentials: { servers: address, ...user } }] }),
    }),
  ],
  [
    'a URL with percent-encoded credentials',
    { sasl: user },
    ({ address }) => ({ BLUE_CACHE_URL: `memcached2://bobslob:kJ4hT9w%2FQz0@${address}/blue?timeout=900ms` }),
  ],
  ['a docker link', {}, ({ port }) => ({ MEMCACHED_PORT: `tcp://127.0.0.1:${String(port)}` })],
  ['a Unix socket', { unixSocket: true }, ({ socketPath }) => ({ MEMCACHE_SERVERS: socketPath })],
  ['the URL of a Unix socket', { unixSocket: true }, ({ address }) => ({ MEMCACHED_URL: address })],
];

describe.each(ways)('createMemcache() with the environment of %s', (_, options, environmentOf) => {
  let server: RealMemcached;
  beforeEach(async () => {
    server = await startMemcached(options);
  });
  afterEach(() => server.stop());

  it('stores and reads', async () => {
    const memcache = createMemcache({
      environment: { NODE_ENV: 'production', ...environmentOf(server) },
      requireAuth: true,
    });
    expect(await memcache.set('user:42', { name: 'Ada' })).toBe(true);
    expect(await memcache.get('user:42')).toEqual({ name: 'Ada' });
    await memcache.close();
  });
});

describe('options in a URL of the environment', () => {
  let server: RealMemcached;
  beforeEach(async () => {
    server = await startMemcached();
  });
  afterEach(() => server.stop());

  it('apply to the client unless it is given others', async () => {
    const environment = { MEMCACHED_URL: `memcached://${server.address}?keyPrefix=shop:&itemSizeMax=2048` };
    const byUrl = createMemcache({ environment });
    const byOption = createMemcache({ environment, keyPrefix: 'blog:' });
    const plain = createMemcache({ servers: server.address, environment: {} });
    await byUrl.set('user:42', 'Ada');
    await byOption.set('user:42', 'Grace');
    expect(await plain.getMany(['shop:user:42', 'blog:user:42'])).toEqual(
      new Map([
        ['shop:user:42', 'Ada'],
        ['blog:user:42', 'Grace'],
      ]),
    );
    await expect(byUrl.set('photo', Buffer.alloc(3000))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
    await Promise.all([byUrl.close(), byOption.close(), plain.close()]);
  });
});
