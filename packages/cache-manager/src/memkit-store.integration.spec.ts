import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type CacheClient, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { MemkitStore } from './memkit-store.js';

const FORTY_DAYS_MS = 40 * 86_400_000;

/** The client itself, writing down the name of each call. */
function recordCalls(client: Memcache): { client: CacheClient; calls: string[] } {
  const calls: string[] = [];
  const recording = new Proxy(client, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]): unknown => {
        calls.push(String(name));
        return Reflect.apply(member, target, values) as unknown;
      };
    },
  });
  return { client: recording, calls };
}

describe.each(['the embedded server', 'a real memcached'])('MemkitStore on %s', (kind) => {
  let memcached: RealMemcached | undefined;
  let client: Memcache;

  beforeAll(async () => {
    if (kind === 'a real memcached') memcached = await startMemcached();
    client = createMemcache(memcached ? { servers: memcached.address } : { environment: {} });
  });

  afterAll(async () => {
    await client.close();
    await memcached?.stop('SIGKILL');
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await client.flush();
  });

  it('hands back the text it was given, unchanged', async () => {
    const store = new MemkitStore({ client });
    const text = '{"value":"λ \\r\\nEND\\r\\n","expires":1}';
    expect(await store.set('greeting', text)).toBe(true);
    expect(await store.get('greeting')).toBe(text);
  });

  it('resolves to undefined, never null, when the key is absent', async () => {
    const store = new MemkitStore({ client });
    expect(await store.get('nobody')).toBeUndefined();
    expect(await store.getMany(['nobody', 'either'])).toEqual([undefined, undefined]);
    expect(await store.has('nobody')).toBe(false);
    expect(await store.delete('nobody')).toBe(false);
  });

  it('returns many values in the order asked for, holes and repetitions included', async () => {
    const store = new MemkitStore({ client });
    expect(
      await store.setMany([
        { key: 'a', value: '1' },
        { key: 'c', value: '3', ttl: 60_000 },
      ]),
    ).toEqual([true, true]);
    expect(await store.getMany(['c', 'b', 'a', 'c'])).toEqual(['3', undefined, '1', '3']);
    expect(await store.hasMany(['a', 'b'])).toEqual([true, false]);
    expect(await store.getMany([])).toEqual([]);
  });

  it('deletes, and says whether every key was there', async () => {
    const store = new MemkitStore({ client });
    await store.setMany(['a', 'b', 'c'].map((key) => ({ key, value: key })));
    expect(await store.delete('a')).toBe(true);
    expect(await store.deleteMany(['a', 'b'])).toBe(false);
    expect(await store.deleteMany(['c'])).toBe(true);
    expect(await store.getMany(['a', 'b', 'c'])).toEqual([undefined, undefined, undefined]);
  });

  it('keeps a value for 40 days, which memcached alone would take for a date in 1970', async () => {
    const store = new MemkitStore({ client });
    await store.set('yearbook', 'x', FORTY_DAYS_MS);
    expect(await store.get('yearbook')).toBe('x');
  });

  it('removes what a value replaces whose time is over before it is stored', async () => {
    const store = new MemkitStore({ client });
    await store.set('offer', 'old');
    expect(await store.set('offer', 'new', -1)).toBe(true);
    expect(await store.get('offer')).toBeUndefined();
  });

  it('knows to the millisecond whether a key is there', async () => {
    const store = new MemkitStore({ client });
    const now = Date.now();
    await store.set('offer', JSON.stringify({ value: 1, expires: now + 400 }), 400);
    expect(await store.has('offer')).toBe(true);
    jest.spyOn(Date, 'now').mockReturnValue(now + 401);
    expect(await store.has('offer')).toBe(false);
    expect(await store.hasMany(['offer'])).toEqual([false]);
  });

  it.each([
    ['251 bytes', 'k'.repeat(251)],
    ['a space and a line break', 'a key\r\nflush_all'],
    ['nothing at all', ''],
  ])('stores under a key of %s, in this store only', async (_what, key) => {
    const store = new MemkitStore({ client });
    await store.set(key, 'found');
    await store.set(`${key}!`, 'another');
    expect(await store.get(key)).toBe('found');
  });

  it('needs one call for many keys and the version of their namespace', async () => {
    const { client: recorded, calls } = recordCalls(client);
    const store = new MemkitStore({ client: recorded });
    await store.setMany([
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
    calls.length = 0;
    expect(await store.getMany(['a', 'b', 'c'])).toEqual(['1', '2', undefined]);
    expect(calls).toEqual(['getMany']);
  });

  it('has no opts and no iterator, which Keyv 5 would take for a SQL store', () => {
    const store = new MemkitStore({ client });
    expect('opts' in store).toBe(false);
    expect('iterator' in store).toBe(false);
  });

  it('leaves a client open that was passed in, and closes one of its own', async () => {
    await new MemkitStore({ client }).disconnect();
    expect(await client.get('anything')).toBeUndefined();

    const memcache = memcached ? { servers: memcached.address } : { environment: {} };
    const own = new MemkitStore({ memcache, whenUnavailable: 'throw' });
    await own.set('a', '1');
    await own.disconnect();
    await expect(own.get('a')).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
  });

  describe('clear', () => {
    it('empties its namespace and no other', async () => {
      const shop = new MemkitStore({ client, namespace: 'shop' });
      const blog = new MemkitStore({ client, namespace: 'blog' });
      await Promise.all([shop.set('a', 'shop'), blog.set('a', 'blog'), client.set('elsewhere', 'kept')]);
      await shop.clear();
      expect(await shop.get('a')).toBeUndefined();
      expect(await blog.get('a')).toBe('blog');
      expect(await client.get('elsewhere')).toBe('kept');
    });

    it('is seen by every process at its next read and write', async () => {
      const here = new MemkitStore({ client });
      const there = new MemkitStore({ client });
      await here.set('a', 'old');
      expect(await there.getMany(['a'])).toEqual(['old']);
      await here.clear();
      expect(await there.get('a')).toBeUndefined();
      await here.clear();
      // This store still remembers the version before the second clear.
      expect(await there.set('a', 'new')).toBe(true);
      expect(await there.get('a')).toBe('new');
      expect(await here.get('a')).toBe('new');
      await here.clear();
      expect(await there.delete('a')).toBe(false);
    });

    it('has happened when memcached evicted the version of the namespace', async () => {
      const here = new MemkitStore({ client, namespace: 'shop' });
      const there = new MemkitStore({ client, namespace: 'shop' });
      await here.set('a', 'old');
      expect(await there.get('a')).toBe('old');
      await client.delete('shop:version');
      expect(await here.get('a')).toBeUndefined();
      await there.set('b', 'new');
      expect(await here.getMany(['a', 'b'])).toEqual([undefined, 'new']);
    });

    it('recovers from a version that something else has overwritten', async () => {
      const store = new MemkitStore({ client, namespace: 'shop' });
      await client.set('shop:version', 'no version of ours');
      expect(await store.get('a')).toBeUndefined();
      await store.set('a', 'new');
      expect(await store.get('a')).toBe('new');
    });
  });

  it("keeps two Keyvs' namespaces apart that were given no namespace option", async () => {
    const [one, other] = [new MemkitStore({ client }), new MemkitStore({ client })];
    one.namespace = 'one';
    other.namespace = 'other';
    await one.set('a', '1');
    expect(await other.get('a')).toBeUndefined();
    expect(one.namespace).toBe('one');
  });

  describe('a value that is too large', () => {
    // Compression cannot help.
    const large = randomBytes(1_200_000).toString('base64');

    it('resolves to false, publishes the numbers, and does not leave the older value', async () => {
      const store = new MemkitStore({ client });
      await store.set('feed', 'older');
      const troubles = await collectTroubles(async () => {
        expect(await store.set('feed', large)).toBe(false);
        expect(
          await store.setMany([
            { key: 'feed', value: large },
            { key: 'b', value: '2' },
          ]),
        ).toEqual([false, true]);
      });
      expect(await store.getMany(['feed', 'b'])).toEqual([undefined, '2']);
      expect(troubles).toHaveLength(2);
      expect(troubles[0]).toMatchObject({
        operation: 'set',
        key: 'feed',
        error: { code: 'MEMCACHE_ITEM_TOO_LARGE', message: expect.stringContaining("server's limit is 1,048,576") },
      });
    });

    it("rejects with whenUnavailable: 'throw'", async () => {
      const store = new MemkitStore({ client, whenUnavailable: 'throw' });
      await expect(store.set('feed', large)).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
      expect(await store.set('feed', 'small enough')).toBe(true);
    });
  });

  it('rejects a mistake of the caller even where outages are misses', async () => {
    const store = new MemkitStore({ client });
    await expect(store.set('a', '1', Number.NaN)).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_TTL', key: 'a' });
    await expect(store.set('a', () => 1)).rejects.toMatchObject({ code: 'MEMCACHE_NOT_SERIALIZABLE' });
    expect(await store.set('a', '1')).toBe(true);
  });
});

async function collectTroubles(work: () => Promise<void>): Promise<unknown[]> {
  const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
  const messages: unknown[] = [];
  const listener = (message: unknown): void => void messages.push(message);
  subscribe('memkit:cache-manager:trouble', listener);
  try {
    await work();
  } finally {
    unsubscribe('memkit:cache-manager:trouble', listener);
  }
  return messages;
}
