/** Each memcached counts CAS tokens from its start: another item under the same key may have the token of a copy. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache, type MemcacheOptions } from '@memkit/core';
import { memcachedBuilds, startMemcached, type RealMemcached } from '@memkit/testing';
import { createCache } from '../engine/create-cache.js';

/** More stores than any server sees besides, so that another server's count can be led up to the copy's token. */
const STORES = 20;

describe.each(memcachedBuilds())('near copies and the CAS tokens of the $name', ({ program }) => {
  let servers: RealMemcached[];
  let clients: Memcache[];

  beforeEach(async () => {
    servers = await Promise.all([0, 1, 2].map(() => startMemcached({ binary: program })));
    clients = [];
  });

  afterEach(async () => {
    await Promise.all(clients.map((client) => client.close()));
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
  });

  const connect = (options: MemcacheOptions): Memcache => {
    const client = createMemcache({
      servers: servers.map(({ address }) => address),
      environment: {},
      timeout: '10s',
      reconnect: { initialDelay: '1ms', maxDelay: '20ms' },
      ...options,
    });
    clients.push(client);
    return client;
  };

  /** The server that has the key's item. */
  const holder = async (key: string): Promise<RealMemcached> => {
    for (const server of servers) {
      const client = connect({ servers: server.address });
      if ((await client.get(key)) !== undefined) return server;
    }
    throw new RangeError(`No server has ${key}.`);
  };

  it.each<['none' | 'next', string, (owner: RealMemcached) => Promise<void>]>([
    ['none', 'was started again', (owner) => owner.restart()],
    ['next', 'is down and another one has taken the key over', () => Promise.resolve()],
  ])('with failover %s, a copy is not taken for another value after its server %s', async (failover, _, goOn) => {
    const client = connect({ failover });
    const cache = createCache({ client, namespace: 'shop', near: { ttl: false } });
    const others = connect({ failover });
    const other = createCache({ client: others, namespace: 'shop', near: false });
    await cache.set('first', 'there');
    const ofTokens = await holder(`${cache.namespace}:@all`);
    let key: string;
    let owner: RealMemcached;
    let at = 0;
    do {
      key = `k${String((at += 1))}`;
      await cache.set(key, 'old');
      owner = await holder(`${cache.namespace}:${key}`);
    } while (owner === ofTokens);
    const name = `${cache.namespace}:${key}`;
    for (let store = 0; store < STORES; store += 1) await cache.set(key, 'old');
    // Learns the CAS token of the copy.
    expect(await cache.get(key)).toBe('old');
    const cas = (await client.gets(name))?.cas;

    await owner.stop('SIGKILL');
    await goOn(owner);
    const found = async (): Promise<bigint> => (await others.gets(name).catch(() => undefined))?.cas ?? 0n;
    while ((await found()) < (cas ?? 0n)) await other.set(key, 'new');
    expect(await found()).toBe(cas);
    while ((await client.get(name).catch(() => undefined)) === undefined) await sleep(5);

    expect(await cache.get(key)).toBe('new');
  });
});
