import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache } from '../memcache.js';
import { createRing, ringPresets } from './key-ring.js';

const keys = Array.from({ length: 60 }, (_, at) => `session:${(at * 7919).toString(36)}`);

let servers: RealMemcached[];

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
});

/** Which keys each server holds, asked with a client of its own. */
async function keysOfServers(): Promise<string[][]> {
  return Promise.all(
    servers.map(async ({ address }) => {
      const memcache = createMemcache({ servers: address, timeout: '5s' });
      const held = [...(await memcache.getMany(keys)).keys()];
      await memcache.close();
      return held;
    }),
  );
}

describe('the option ring', () => {
  it.each(ringPresets)(
    '%s › stores every key on the server of that preset, with and without a prefix',
    async (ring) => {
      const list = servers.map(({ port }) => ({ host: '127.0.0.1', port, weight: 1 }));
      const expected = createRing(ring, list);
      for (const keyPrefix of ['', 'session:']) {
        const memcache = createMemcache({
          servers: servers.map(({ address }) => address),
          timeout: '5s',
          ring,
          keyPrefix,
        });
        await memcache.flush();
        await Promise.all(keys.map((key) => memcache.set(key.slice(keyPrefix.length), 1)));
        await memcache.close();
        expect(await keysOfServers()).toEqual(servers.map((_, at) => keys.filter((key) => expected.owner(key) === at)));
      }
    },
  );
});
