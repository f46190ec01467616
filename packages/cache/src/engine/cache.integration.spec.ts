import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { Gate } from '../spec-support/gate.js';
import { heardOn } from '../spec-support/heard.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import type { CacheLoadFailedMessage, CacheReadMessage, CacheTroubleMessage } from '../telemetry/channels.js';
import { createCache } from './create-cache.js';

describe('createCache', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  describe('read', () => {
    it('runs the loader once, then serves what it returned', async () => {
      const { cache, time } = setStage(memcache);
      const loader = jest.fn(async () => ({ name: 'Ada' }));
      const first = await cache.read('user:1', loader);
      time.advance(1000);
      const second = await cache.read('user:1', loader);
      expect(loader).toHaveBeenCalledTimes(1);
      expect(first).toMatchObject({ value: { name: 'Ada' }, outcome: 'miss', source: 'loader', stored: true });
      expect(first.loadMs).toBeGreaterThanOrEqual(0);
      expect(second).toMatchObject({ value: { name: 'Ada' }, outcome: 'hit', source: 'memcache', stored: true });
      expect(second.loadMs).toBeUndefined();
      expect(second.storedAt).toBe(time.now() - 1000);
      expect(second.freshUntil).toBe(time.now() - 1000 + 300_000);
    });

    it('joins concurrent callers to one loader, and says so', async () => {
      const { cache } = setStage(memcache);
      const loader = jest.fn(async () => 'value');
      const reads = await Promise.all(Array.from({ length: 50 }, () => cache.read('k', loader)));
      expect(loader).toHaveBeenCalledTimes(1);
      expect(reads.filter(({ source }) => source === 'loader')).toHaveLength(1);
      expect(reads.filter(({ source, outcome }) => source === 'flight' && outcome === 'miss')).toHaveLength(49);
      expect(new Set(reads.map(({ value }) => value))).toEqual(new Set(['value']));
    });

    it('does not load what another process stored between the look and the lease', async () => {
      const { cache, client, otherProcess } = setStage(memcache);
      let theirs: Promise<unknown> | undefined;
      client.before = async () => {
        if (client.roundTrips === 1) return;
        theirs ??= otherProcess().getOrLoad('k', () => 'theirs');
        await theirs;
      };
      expect(await cache.read('k', () => 'mine')).toMatchObject({ value: 'theirs', outcome: 'hit' });
      expect(await theirs).toBe('theirs');
      expect(await memcache.get(`${cache.namespace}:@lease:k`)).toBeUndefined();
    });

    it('gives a loader error to everybody who joined, and caches none', async () => {
      const { cache } = setStage(memcache);
      let calls = 0;
      const loader = async () => {
        calls += 1;
        throw new RangeError(`failure ${String(calls)}`);
      };
      const reads = await Promise.allSettled([cache.read('k', loader), cache.read('k', loader)]);
      const reasons = reads.map((read) => (read.status === 'rejected' ? (read.reason as Error).message : 'resolved'));
      expect(reasons).toEqual(['failure 1', 'failure 1']);
      await expect(cache.read('k', loader)).rejects.toThrow('failure 2');
    });

    it('returns undefined and does not store it, and stores null', async () => {
      const { cache } = setStage(memcache);
      const absent = jest.fn(async () => undefined);
      expect(await cache.read('absent', absent)).toMatchObject({ value: undefined, outcome: 'miss', stored: false });
      await cache.read('absent', absent);
      expect(absent).toHaveBeenCalledTimes(2);
      const none = jest.fn(async () => null);
      await cache.read('null', none);
      expect(await cache.read('null', none)).toMatchObject({ value: null, outcome: 'hit' });
      expect(none).toHaveBeenCalledTimes(1);
    });

    it('brings bytes back as bytes and a date as its JSON', async () => {
      const { cache } = setStage(memcache);
      const load = () => cache.getOrLoad<unknown>('bytes', () => new Uint8Array([0, 255]));
      await load();
      expect(await load()).toEqual(Buffer.from([0, 255]));
      const loadDate = () => cache.getOrLoad<unknown>('date', () => ({ at: new Date(0) }));
      expect(await loadDate()).toEqual({ at: new Date(0) });
      expect(await loadDate()).toEqual({ at: '1970-01-01T00:00:00.000Z' });
    });

    it('accepts a key of any length and any characters', async () => {
      const { cache } = setStage(memcache);
      const key = `two words\r\n${'x'.repeat(1000)}`;
      await cache.getOrLoad(key, () => 1);
      expect(await cache.read(key, () => 2)).toMatchObject({ value: 1, outcome: 'hit' });
      expect(await cache.get(`${key}x`)).toBeUndefined();
    });

    it('rejects an empty key, runs no loader and works afterwards', async () => {
      const { cache } = setStage(memcache);
      const loader = jest.fn(() => 1);
      await expect(cache.read('', loader)).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_KEY' });
      expect(loader).not.toHaveBeenCalled();
      expect(await cache.getOrLoad('k', loader)).toBe(1);
    });

    it('treats what another program stored under the key as a miss, says so, and overwrites it', async () => {
      const { cache } = setStage(memcache);
      await memcache.set(`${cache.namespace}:k`, 'not ours');
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', () => cache.read('k', () => 1));
      expect(troubles).toEqual(expect.arrayContaining([expect.objectContaining({ operation: 'read', key: 'k' })]));
      expect(troubles[0]?.error.code).toBe('MEMCACHE_VALUE_CORRUPT');
      expect(await cache.read('k', () => 2)).toMatchObject({ value: 1, outcome: 'hit' });
    });

    it('publishes every read', async () => {
      const { cache } = setStage(memcache);
      const messages = await heardOn<CacheReadMessage>('memkit:cache:read', async () => {
        await cache.read('k', () => 1);
        await cache.read('k', () => 1);
      });
      expect(messages).toMatchObject([
        { namespace: cache.namespace, key: 'k', outcome: 'miss', source: 'loader' },
        { namespace: cache.namespace, key: 'k', outcome: 'hit', source: 'memcache', loadMs: undefined },
      ]);
    });

    it.each([
      ['a cycle', cycle, 'MEMCACHE_NOT_SERIALIZABLE'],
      ['a bigint', () => 1n, 'MEMCACHE_NOT_SERIALIZABLE'],
      ['a function', () => () => 1, 'MEMCACHE_NOT_SERIALIZABLE'],
      ['1,200,000 random bytes', () => randomBytes(1_200_000), 'MEMCACHE_ITEM_TOO_LARGE'],
    ])('returns %s, does not store it, and publishes why', async (_what, make: () => unknown, code) => {
      const { cache } = setStage(memcache);
      let read: unknown;
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        read = await cache.read('k', make);
      });
      expect(read).toMatchObject({ outcome: 'miss', source: 'loader', stored: false });
      expect(troubles).toMatchObject([{ operation: 'store', key: 'k', error: { code } }]);
      expect(await cache.read('k', () => 'small')).toMatchObject({ value: 'small', stored: true });
    });
  });

  describe('what a loader decides while it runs', () => {
    it('keeps a result out of the cache with doNotStore', async () => {
      const { cache } = setStage(memcache);
      const read = await cache.read('k', ({ doNotStore }) => {
        doNotStore();
        return 1;
      });
      expect(read).toMatchObject({ value: 1, stored: false });
      expect(await cache.get('k')).toBeUndefined();
    });

    it('replaces the time to live with setTtl', async () => {
      const { cache, time } = setStage(memcache);
      const read = await cache.read('k', ({ setTtl }) => (setTtl('10s'), 1));
      expect(read.freshUntil).toBe(time.now() + 10_000);
    });

    it('adds tags with addTags, and is told its key', async () => {
      const { cache } = setStage(memcache);
      await cache.read('user:1', ({ addTags, key }) => (addTags('late', key), 1));
      expect(await cache.get('user:1')).toBe(1);
      await cache.invalidateTags('user:1');
      expect(await cache.get('user:1')).toBeUndefined();
    });
  });

  describe('options', () => {
    it('ttl: an entry is fresh until then and not longer, to the millisecond', async () => {
      const { cache, time } = setStage(memcache, { ttl: '1500ms' });
      await cache.getOrLoad('k', () => 1);
      time.advance(1499);
      expect((await cache.read('k', () => 2)).outcome).toBe('hit');
      time.advance(1);
      expect(await cache.read('k', () => 2)).toMatchObject({ outcome: 'miss', value: 2 });
    });

    it('ttl of one read wins over that of the cache', async () => {
      const { cache, time } = setStage(memcache, { ttl: '1s' });
      expect((await cache.read('k', () => 1, { ttl: 'forever' })).freshUntil).toBe(Number.POSITIVE_INFINITY);
      time.advance(1e12);
      expect((await cache.read('k', () => 2)).value).toBe(1);
    });

    it('staleFor: the old value is served when the loader fails, and not once that time is over', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      const fail = async () => {
        throw new RangeError('source is down');
      };
      await cache.getOrLoad('k', () => 'old');
      time.advance(10_000);
      const failures = await heardOn<CacheLoadFailedMessage>('memkit:cache:load-failed', async () => {
        expect(await cache.read('k', fail)).toMatchObject({ value: 'old', outcome: 'stale', source: 'memcache' });
      });
      expect(failures).toMatchObject([{ namespace: cache.namespace, key: 'k', error: { message: 'source is down' } }]);
      time.advance(60_000);
      await expect(cache.read('k', fail)).rejects.toThrow('source is down');
    });

    it('staleFor: while one caller reloads, others of this and of other processes get the old value at once', async () => {
      const { cache, time, otherProcess } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      await cache.getOrLoad('k', () => 'old');
      time.advance(10_000);
      const loading = new Gate();
      const finish = new Gate();
      const reload = cache.read('k', async () => {
        loading.open();
        await finish.passed;
        return 'new';
      });
      const early = cache.read('k', () => 'not called');
      await loading.passed;
      const late = cache.read('k', () => 'not called');
      const other = otherProcess().read('k', () => 'not called');
      expect(await early).toMatchObject({ value: 'old', outcome: 'stale', source: 'memcache' });
      expect(await late).toMatchObject({ value: 'old', outcome: 'stale', source: 'memcache' });
      expect(await other).toMatchObject({ value: 'old', outcome: 'stale', source: 'memcache' });
      finish.open();
      expect(await reload).toMatchObject({ value: 'new', outcome: 'miss', stored: true });
      expect(await cache.read('k', () => 'not called')).toMatchObject({ value: 'new', outcome: 'hit' });
    });

    it('staleFor: a caller who did not ask for stale values waits for the load that others pass by', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      await cache.getOrLoad('k', () => 'old');
      time.advance(10_001);
      const loading = new Gate();
      const finish = new Gate();
      const reload = cache.read('k', async () => {
        loading.open();
        await finish.passed;
        return 'new';
      });
      await loading.passed;
      const strict = cache.read('k', () => 'not called', { staleFor: '1ms' });
      finish.open();
      expect(await strict).toMatchObject({ value: 'new', outcome: 'miss', source: 'flight' });
      await reload;
    });

    it('without staleFor nothing past its ttl is served', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s' });
      await cache.getOrLoad('k', () => 'old');
      time.advance(10_000);
      await expect(cache.read('k', () => Promise.reject(new RangeError('down')))).rejects.toThrow('down');
    });

    it('a loader that says there is none ends staleness too', async () => {
      const { cache, time } = setStage(memcache, { ttl: '10s', staleFor: '1m' });
      await cache.getOrLoad<string | undefined>('k', () => 'old');
      time.advance(10_000);
      expect(await cache.getOrLoad<string | undefined>('k', () => undefined)).toBeUndefined();
      await expect(cache.read('k', () => Promise.reject(new RangeError('down')))).rejects.toThrow('down');
    });

    it('lease: who waits longer than it for another process loads by itself, without storing', async () => {
      const { cache, memcache: raw, time } = setStage(memcache, { lease: '2s' });
      await raw.set(`${cache.namespace}:@lease:k`, 'somebody who hangs');
      const began = time.now();
      expect(await cache.read('k', () => 1)).toMatchObject({ value: 1, outcome: 'miss', stored: false });
      expect(time.now() - began).toBeGreaterThanOrEqual(2000);
      // The lease is stored for a second more, because memcached may end an item a second early.
      expect(time.now() - began).toBeLessThan(3300);
      expect(await raw.get(`${cache.namespace}:@lease:k`)).toBe('somebody who hangs');
    });

    it('lease: who waits for it waits for whoever takes it over at its end, too', async () => {
      const { cache, client, memcache: raw, time } = setStage(memcache, { lease: '2s' });
      const lease = `${cache.namespace}:@lease:k`;
      await raw.set(lease, 'somebody who dies');
      const began = time.now();
      const steps = [
        { after: 2900, run: () => raw.set(lease, 'somebody who takes it over') },
        { after: 5000, run: () => cache.set('k', 'theirs') },
      ];
      client.before = async (command) => {
        if (command === 'getMany' && time.now() - began >= Number(steps[0]?.after)) await steps.shift()?.run();
      };
      expect(await cache.read('k', () => 'own')).toMatchObject({ value: 'theirs', outcome: 'hit' });
      expect(cache.counters()).toMatchObject({ loads: 0 });
    });

    it('the lease and the entry are stored for a second more, so that memcached never ends them early', async () => {
      const { cache, client } = setStage(memcache, { ttl: '1s', staleFor: '2s', lease: '3s' });
      await cache.getOrLoad('k', () => 1);
      expect(client.ttls.get(`${cache.namespace}:@lease:k`)).toEqual({ milliseconds: 4000 });
      expect(client.ttls.get(`${cache.namespace}:k`)).toEqual({ milliseconds: 4000 });
    });

    it('lease: a load that outlasts it is returned, not stored, and published', async () => {
      const { cache, memcache: raw } = setStage(memcache, { lease: '1ms' });
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        const read = await cache.read('k', async () => {
          // The server's clock is not ours to drive: this is what its end looks like.
          await raw.delete(`${cache.namespace}:@lease:k`);
          await new Promise((resolve) => setTimeout(resolve, 5));
          return 1;
        });
        expect(read).toMatchObject({ value: 1, stored: false });
      });
      expect(troubles).toMatchObject([
        { error: { code: 'MEMCACHE_TIMEOUT', hint: expect.stringMatching(/Raise the lease/) } },
      ]);
    });

    it('lease: a loader that hangs holds up new callers of its own process no longer than that', async () => {
      const { cache, time } = setStage(memcache, { lease: '2s' });
      const loading = new Gate();
      const finish = new Gate();
      const hanging = cache.read('k', async () => {
        loading.open();
        await finish.passed;
        return 'late';
      });
      await loading.passed;
      time.advance(2001);
      expect(await cache.read('k', () => 'own')).toMatchObject({ value: 'own', source: 'loader' });
      finish.open();
      expect((await hanging).value).toBe('late');
    });

    it('storeIf: only what it accepts is stored', async () => {
      const { cache } = setStage(memcache);
      const options = { storeIf: (value: number) => value > 1 };
      expect(await cache.read('k', () => 1, options)).toMatchObject({ value: 1, stored: false });
      expect(await cache.read('k', () => 2, options)).toMatchObject({ value: 2, stored: true });
    });

    it('namespace: the same key in another namespace is another entry', async () => {
      const { cache } = setStage(memcache);
      const other = cache.with({ namespace: `${cache.namespace}-other` });
      await cache.getOrLoad('k', () => 'here');
      expect(await other.getOrLoad('k', () => 'there')).toBe('there');
      expect(await memcache.getMany([`${cache.namespace}:k`, `${other.namespace}:k`])).toHaveProperty('size', 2);
    });

    it('with: other defaults on the same client, the rest as before', async () => {
      const { cache, time } = setStage(memcache, { ttl: '1s', staleFor: '1m' });
      const longer = cache.with({ ttl: '1h' });
      expect(longer.client).toBe(cache.client);
      expect((await longer.read('k', () => 1)).freshUntil).toBe(time.now() + 3_600_000);
      time.advance(3_600_000);
      expect(await longer.read('k', () => Promise.reject(new RangeError()))).toMatchObject({ outcome: 'stale' });
    });

    it('disabled: opens no connection, runs every loader and stores nothing', async () => {
      const cache = createCache({ disabled: true, memcache: { environment: { NODE_ENV: 'production' } } });
      const loader = jest.fn(async () => 1);
      expect(await cache.read('k', loader)).toMatchObject({
        value: 1,
        outcome: 'bypass',
        source: 'loader',
        stored: false,
      });
      await cache.read('k', loader);
      expect(loader).toHaveBeenCalledTimes(2);
      expect(await cache.readMany([1, 2], String, (ids) => new Map(ids.map((id) => [id, id])))).toMatchObject([
        { value: 1, outcome: 'bypass' },
        { value: 2, outcome: 'bypass' },
      ]);
      await cache.set('k', 1);
      await cache.invalidate('k');
      await cache.invalidateTags('t');
      await cache.clear();
      expect(await cache.get('k')).toBeUndefined();
      await cache.close();
    });

    it('MEMKIT_DISABLED=1 disables, unless the option says otherwise', async () => {
      const environment = { MEMKIT_DISABLED: '1' };
      const disabled = createCache({ memcache: { environment } });
      expect(await disabled.read('k', () => 1)).toMatchObject({ outcome: 'bypass' });
      const enabled = createCache({ memcache: { environment }, disabled: false, namespace: 'enabled' });
      expect(await enabled.read('k', () => 1)).toMatchObject({ outcome: 'miss' });
      await enabled.close();
    });

    it('close: ends an own client, and leaves a given one alone', async () => {
      const own = createCache({ memcache: { environment: {} }, namespace: 'own' });
      await own.getOrLoad('k', () => 1);
      await own.close();
      await expect(own.client.get('k')).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
      await setStage(memcache).cache.close();
      expect(await memcache.set('still-open', 1)).toBe(true);
    });

    it.each([
      [
        'createCache({ namspace })',
        () => createCache({ namspace: 'a' } as never),
        'INVALID_OPTION',
        /"namspace".*"namespace"/,
      ],
      ['a client in place of the options', () => createCache(memcache as never), 'INVALID_OPTION', /Pass \{ client \}/],
      [
        'an address in place of the options',
        () => createCache('localhost:11211' as never),
        'INVALID_OPTION',
        /createCache\(\): they are of type string.*\{ memcache: \{ servers/,
      ],
      [
        'two clients',
        () => createCache({ client: memcache, memcache: {} }),
        'INVALID_OPTION',
        /both client and memcache/,
      ],
      ['a bare number as ttl', () => createCache({ ttl: 600 as never }), 'INVALID_TTL', /'600s'.*'600ms'/],
      ['a bare number as staleFor', () => createCache({ staleFor: 5 as never }), 'INVALID_OPTION', /staleFor.*'5s'/],
      ['a bare number as lease', () => createCache({ lease: 5 as never }), 'INVALID_OPTION', /lease.*'5s'/],
      [
        'an unknown policy',
        () => createCache({ whenUnavailable: 'wait' as never }),
        'INVALID_OPTION',
        /'miss'.*'throw'/,
      ],
      [
        'with({ client })',
        () => createCache({ disabled: true }).with({ client: 1 } as never),
        'INVALID_OPTION',
        /client/,
      ],
    ])('refuses %s', (_what, create, code, message) => {
      expect(create).toThrow(expect.objectContaining({ code: `MEMCACHE_${code}` }));
      expect(create).toThrow(message);
    });

    it.each([
      ['an unknown option', { tag: ['a'] } as never, 'INVALID_OPTION', /"tag".*"tags"/],
      ['a string as tags', { tags: 'a' as never }, 'INVALID_OPTION', /list of strings/],
      ['a bare number as ttl', { ttl: 1 as never }, 'INVALID_TTL', /'1s'/],
    ])('rejects a read with %s', async (_what, options, code, message) => {
      const { cache } = setStage(memcache);
      const read = cache.read('k', () => 1, options);
      await expect(read).rejects.toMatchObject({ code: `MEMCACHE_${code}`, message: expect.stringMatching(message) });
    });
  });

  describe('get and set', () => {
    it('set replaces the entry with its ttl and tags, and get returns it while it is fresh', async () => {
      const { cache, time } = setStage(memcache);
      await cache.getOrLoad('k', () => 'old');
      await cache.set('k', 'new', { ttl: '5s', tags: (value) => [`value:${value}`] });
      expect(await cache.get('k')).toBe('new');
      await cache.invalidateTags('value:new');
      expect(await cache.get('k')).toBeUndefined();
      await cache.set('k', 'newer', { ttl: '5s' });
      time.advance(5000);
      expect(await cache.get('k')).toBeUndefined();
    });

    it('set of undefined removes the entry', async () => {
      const { cache } = setStage(memcache);
      await cache.set('k', 1);
      await cache.set('k', undefined);
      expect(await cache.get('k')).toBeUndefined();
    });

    it('set rejects a value that cannot be stored, and does not leave the old one behind', async () => {
      const { cache } = setStage(memcache);
      await cache.set('k', 'old');
      await expect(cache.set('k', 1n)).rejects.toMatchObject({ code: 'MEMCACHE_NOT_SERIALIZABLE' });
      expect(await cache.get('k')).toBeUndefined();
      await cache.set('k', 'old');
      await expect(cache.set('k', randomBytes(1_200_000))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
      expect(await cache.get('k')).toBeUndefined();
    });
  });
});

function cycle(): unknown {
  const value: { self?: unknown } = {};
  value.self = value;
  return value;
}
