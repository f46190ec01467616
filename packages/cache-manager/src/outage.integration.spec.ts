import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createKeyv } from './create-keyv.js';
import { MemkitStore } from './memkit-store.js';
import type { StoreTroubleMessage } from './telemetry/channels.js';

describe('MemkitStore while memcached is stopped', () => {
  let memcached: RealMemcached;
  let client: Memcache;
  let troubles: StoreTroubleMessage[];
  const listener = (message: unknown): void => void troubles.push(message as StoreTroubleMessage);

  beforeEach(async () => {
    troubles = [];
    subscribe('memkit:cache-manager:trouble', listener);
    memcached = await startMemcached();
    client = createMemcache({
      servers: memcached.address,
      timeout: '500ms',
      reconnect: { initialDelay: '10ms', maxDelay: '20ms' },
    });
  });

  afterEach(async () => {
    unsubscribe('memkit:cache-manager:trouble', listener);
    await client.close();
    await memcached.stop('SIGKILL');
  });

  it('answers every call like an empty cache and publishes each failure', async () => {
    const store = new MemkitStore({ client });
    await store.set('a', '1');
    await memcached.stop('SIGKILL');

    expect(await store.get('a')).toBeUndefined();
    expect(await store.getMany(['a', 'b'])).toEqual([undefined, undefined]);
    expect(await store.has('a')).toBe(false);
    expect(await store.hasMany(['a'])).toEqual([false]);
    expect(await store.set('a', '2')).toBe(false);
    expect(await store.setMany([{ key: 'a', value: '2' }])).toEqual([false]);
    expect(await store.delete('a')).toBe(false);
    expect(await store.deleteMany(['a'])).toBe(false);
    await store.clear();

    const operations = ['get', 'getMany', 'has', 'hasMany', 'set', 'setMany', 'delete', 'deleteMany', 'clear'];
    expect(new Set(troubles.map(({ operation }) => operation))).toEqual(new Set(operations));
    expect(troubles.find(({ operation }) => operation === 'get')).toMatchObject({
      key: 'a',
      error: { retryable: true },
    });
  });

  it("rejects with whenUnavailable: 'throw', through Keyv too", async () => {
    const outage = { code: expect.stringMatching(/^MEMCACHE_/), retryable: true };
    const store = new MemkitStore({ client, whenUnavailable: 'throw' });
    const keyv = createKeyv({ client, whenUnavailable: 'throw' });
    await memcached.stop('SIGKILL');

    await expect(store.get('a')).rejects.toMatchObject(outage);
    await expect(store.set('a', '1')).rejects.toMatchObject(outage);
    await expect(store.delete('a')).rejects.toMatchObject(outage);
    await expect(store.clear()).rejects.toMatchObject(outage);
    await expect(keyv.get('a')).rejects.toMatchObject(outage);
    await expect(keyv.set('a', '1')).rejects.toMatchObject(outage);
    expect(troubles).toEqual([]);
  });

  it('stores and finds again after memcached is back', async () => {
    const store = new MemkitStore({ client });
    await store.set('a', '1');
    await memcached.stop('SIGKILL');
    expect(await store.get('a')).toBeUndefined();
    await memcached.restart();

    await until(() => store.set('a', '2'));
    expect(await store.get('a')).toBe('2');
  });

  it('makes up for a clear that did not arrive, before anything old is read', async () => {
    const store = new MemkitStore({ client });
    await store.set('a', 'old');
    memcached.pause();
    await store.clear();
    expect(troubles.map(({ operation }) => operation)).toEqual(['clear']);
    memcached.resume();

    await until(() => store.set('b', 'new'));
    expect(await store.getMany(['a', 'b'])).toEqual([undefined, 'new']);
  });
});

describe('MemkitStore while one of two servers is stopped', () => {
  it('reads what the other server has, publishes the rest, and rejects only where that is asked for', async () => {
    const [staying, leaving] = await Promise.all([startMemcached(), startMemcached()]);
    const client = createMemcache({ servers: [staying.address, leaving.address], failover: 'none', timeout: '500ms' });
    const codes: unknown[] = [];
    const listener = (message: unknown): void => void codes.push((message as StoreTroubleMessage).error.code);
    const keys = Array.from({ length: 10 }, (_, index) => `key-${String(index)}`);
    // Many namespaces, because the version of each is on one of the two servers.
    const stores = Array.from(
      { length: 30 },
      (_, index) => new MemkitStore({ client, namespace: `n${String(index)}` }),
    );
    await Promise.all(stores.map((store) => store.setMany(keys.map((key) => ({ key, value: key })))));
    await leaving.stop('SIGKILL');
    subscribe('memkit:cache-manager:trouble', listener);
    try {
      const found = (await Promise.all(stores.map((store) => store.getMany<string>(keys)))).flat();
      const hits = found.filter((value) => value !== undefined);
      expect(hits.length).toBeGreaterThan(0);
      expect(hits.length).toBeLessThan(found.length);
      expect(found.every((value, index) => value === undefined || value === keys[index % keys.length])).toBe(true);
      expect(codes).toContain('MEMCACHE_PARTIAL_FAILURE');

      const strict = stores.map((_, index) =>
        new MemkitStore({ client, namespace: `n${String(index)}`, whenUnavailable: 'throw' }).getMany(keys),
      );
      const rejected = (await Promise.allSettled(strict)).filter(({ status }) => status === 'rejected');
      expect(rejected.length).toBeGreaterThan(0);
    } finally {
      unsubscribe('memkit:cache-manager:trouble', listener);
      await client.close();
      await staying.stop('SIGKILL');
    }
  });
});

/** Waits for the client to reconnect; when that happens is its business. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await isDone()) return;
    await delay(10);
  }
  throw new Error('The client did not recover within 300 attempts.');
}
