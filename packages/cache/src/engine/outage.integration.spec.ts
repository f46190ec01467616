/** Memcache down, on a real memcached. */
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { Invalidate } from '../decorators/invalidate.js';
import { Key } from '../decorators/key-parameter.js';
import { ReadThrough } from '../decorators/read-through.js';
import { ReadThroughMulti } from '../decorators/read-through-multi.js';
import { Update } from '../decorators/update.js';
import { setDefaultCache } from '../operations/default-cache.js';
import { DrivenSurroundings } from '../spec-support/driven-surroundings.js';
import { ObservedClient } from '../spec-support/observed-client.js';
import { heardOn } from '../spec-support/heard.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';
import type { CacheOptions } from './cache-options.js';
import type { Cache } from './cache-surface.js';
import { createCache, createCacheIn } from './create-cache.js';

// The client decides when it finds the server again; no assertion depends on how long.
jest.setTimeout(30_000);

describe('memcache down', () => {
  let server: RealMemcached;
  let client: Memcache;
  let cache: Cache;
  let time: DrivenSurroundings;

  beforeEach(async () => {
    server = await startMemcached();
    client = createMemcache({ servers: server.address, environment: {}, timeout: '500ms' });
    time = new DrivenSurroundings();
    cache = createCacheIn(time, { client, namespace: 'app', ttl: '10s', staleFor: '1m' });
  });
  afterEach(async () => {
    setDefaultCache(undefined);
    await client.close();
    await server.stop('SIGKILL');
  });

  it("'miss': the loader runs once for all concurrent callers, and the trouble is published", async () => {
    await cache.getOrLoad('other', () => 1);
    // Behind the lease of the load, which nobody waits for.
    expect(await cache.get('other')).toBe(1);
    await server.stop('SIGKILL');
    const loader = jest.fn(async () => 'value');
    let reads: unknown[] = [];
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
      reads = await Promise.all([1, 2, 3].map(() => cache.read('k', loader)));
    });
    expect(loader).toHaveBeenCalledTimes(1);
    expect(reads).toMatchObject([
      { value: 'value', outcome: 'bypass', source: 'loader', stored: false },
      { value: 'value', outcome: 'bypass', source: 'flight', stored: false },
      { value: 'value', outcome: 'bypass', source: 'flight', stored: false },
    ]);
    expect(troubles).toHaveLength(1);
    expect(troubles[0]).toMatchObject({
      operation: 'read',
      key: 'k',
      error: { name: 'MemcacheError', retryable: true },
    });
  });

  it("'throw': the read rejects and the loader does not run", async () => {
    const strict = cache.with({ whenUnavailable: 'throw' });
    await server.stop('SIGKILL');
    const loader = jest.fn(() => 1);
    await expect(strict.read('k', loader)).rejects.toMatchObject({ name: 'MemcacheError', retryable: true });
    await expect(strict.readMany([1], String, () => new Map([[1, 1]]))).rejects.toMatchObject({ retryable: true });
    await expect(strict.get('k')).rejects.toMatchObject({ retryable: true });
    await expect(strict.set('k', 1)).rejects.toMatchObject({ retryable: true });
    await expect(strict.invalidate('k')).rejects.toMatchObject({ retryable: true });
    await expect(strict.invalidateTags('t')).rejects.toMatchObject({ retryable: true });
    await expect(strict.clear()).rejects.toMatchObject({ retryable: true });
    expect(loader).not.toHaveBeenCalled();
  });

  it.each<[string, CacheOptions]>([
    ['', {}],
    [' that may be refreshed early', { refreshAhead: 0.5 }],
  ])(
    'a read%s asks once, and its callers get the last value, that of the loader, or an error',
    async (_what, early) => {
      const observed = new ObservedClient(client);
      const options: CacheOptions = { client: observed, ttl: '10s', staleFor: '1m', near: { ttl: '1s' }, ...early };
      const lenient = createCacheIn(time, options);
      await lenient.getOrLoad('seen', () => 'old');
      await observed.idle();
      await server.stop('SIGKILL');
      time.advance(10_000);
      observed.commands.length = 0;
      const strict = lenient.with({ whenUnavailable: 'throw' });
      const failing = jest.fn(() => Promise.reject(new RangeError('down too')));
      const unused = jest.fn(() => 'new');
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        expect(await lenient.read('seen', failing)).toMatchObject({ value: 'old', outcome: 'stale' });
        expect(await lenient.read('unseen', () => 'new')).toMatchObject({ value: 'new', outcome: 'bypass' });
        await expect(lenient.read('unseen', failing)).rejects.toThrow('down too');
        expect(await strict.read('seen', unused)).toMatchObject({ value: 'old', outcome: 'stale' });
        await expect(strict.read('unseen', unused)).rejects.toMatchObject({ name: 'MemcacheError', retryable: true });
      });
      expect(failing).toHaveBeenCalledTimes(2);
      expect(unused).not.toHaveBeenCalled();
      expect(observed.count('getMany')).toBe(5);
      expect(troubles.map(({ operation, key }) => [operation, key])).toEqual([
        ['read', 'seen'],
        ['read', 'unseen'],
        ['read', 'unseen'],
        ['read', 'seen'],
      ]);
    },
  );

  it("'miss': get, set and the invalidations resolve, and each failure is published", async () => {
    await server.stop('SIGKILL');
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
      expect(await cache.get('k')).toBeUndefined();
      await cache.set('k', 1);
      await cache.invalidate('k');
      await cache.invalidateTags('t');
      await cache.clear();
      expect(await cache.getOrLoadMany([1, 2], String, (ids) => new Map(ids.map((id) => [id, id])))).toEqual([1, 2]);
    });
    expect(troubles.map(({ operation }) => operation)).toEqual([
      'read',
      'store',
      'invalidate',
      'invalidate',
      'invalidate',
      'read',
    ]);
  });

  it('in the middle of a load: the value is returned, not stored, and the loader ran once', async () => {
    const loader = jest.fn(async () => {
      await server.stop('SIGKILL');
      return 'value';
    });
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
      expect(await cache.read('k', loader)).toMatchObject({ value: 'value', outcome: 'miss', stored: false });
    });
    expect(loader).toHaveBeenCalledTimes(1);
    expect(troubles).toMatchObject([{ operation: 'store', key: 'k' }]);
  });

  it('between the look and the lease, with the loader failing too: the stale value is served', async () => {
    await cache.getOrLoad('k', () => 'old');
    time.advance(10_000);
    const observed = new ObservedClient(client);
    observed.before = async (command) => {
      if (command === 'add') await server.stop('SIGKILL');
    };
    const another = createCacheIn(time, { client: observed, namespace: 'app', staleFor: '1m' });
    const read = await another.read('k', () => Promise.reject(new RangeError('down too')));
    expect(read).toMatchObject({ value: 'old', outcome: 'stale' });
  });

  it('and back: entries are hit again', async () => {
    await server.stop('SIGKILL');
    expect((await cache.read('k', () => 1)).outcome).toBe('bypass');
    await server.restart();
    let outcome = '';
    // The client finds out by itself that the server is back.
    const giveUpAt = Date.now() + 10_000;
    while (outcome !== 'hit' && Date.now() < giveUpAt) ({ outcome } = await cache.read('k', () => 1));
    expect(outcome).toBe('hit');
  });

  it('no server configured in production is never passed over in silence', () => {
    const create = () => createCache({ memcache: { environment: { NODE_ENV: 'production' } } });
    expect(create).toThrow(expect.objectContaining({ code: 'MEMCACHE_NOT_CONFIGURED' }));
  });

  it('a decorated method runs exactly once, and whenUnavailable decides whether the call rejects', async () => {
    const ran: string[] = [];
    class Users {
      @ReadThrough({ namespace: 'user' })
      async findOne(@Key() id: string): Promise<string> {
        ran.push('findOne');
        return id;
      }
      @ReadThroughMulti({ namespace: 'user' })
      async findMany(@Key() ids: string[]): Promise<string[]> {
        ran.push('findMany');
        return ids;
      }
      @Update({ namespace: 'user' })
      async save(@Key() id: string): Promise<string> {
        ran.push('save');
        return id;
      }
      @Invalidate({ namespace: 'user' })
      async remove(@Key() id: string): Promise<string> {
        ran.push('remove');
        return id;
      }
      @ReadThrough({ namespace: 'strict', whenUnavailable: 'throw' })
      async strictRead(@Key() id: string): Promise<string> {
        ran.push('strictRead');
        return id;
      }
      @ReadThroughMulti({ namespace: 'strict', whenUnavailable: 'throw' })
      async strictMany(@Key() ids: string[]): Promise<string[]> {
        ran.push('strictMany');
        return ids;
      }
      @Update({ namespace: 'strict', whenUnavailable: 'throw' })
      async strictSave(@Key() id: string): Promise<string> {
        ran.push('strictSave');
        return id;
      }
      @Invalidate({ namespace: 'strict', whenUnavailable: 'throw' })
      async strictRemove(@Key() id: string): Promise<string> {
        ran.push('strictRemove');
        return id;
      }
    }
    setDefaultCache(cache);
    await server.stop('SIGKILL');
    const users = new Users();
    expect(await users.findOne('1')).toBe('1');
    expect(await users.findMany(['1', '2'])).toEqual(['1', '2']);
    expect(await users.save('1')).toBe('1');
    expect(await users.remove('1')).toBe('1');
    expect(ran.splice(0)).toEqual(['findOne', 'findMany', 'save', 'remove']);
    const calls = [users.strictRead('1'), users.strictMany(['1']), users.strictSave('1'), users.strictRemove('1')];
    for (const settled of await Promise.allSettled(calls)) {
      expect(settled).toMatchObject({ status: 'rejected', reason: { name: 'MemcacheError', retryable: true } });
    }
    expect(ran).toEqual(['strictSave', 'strictRemove']);
  });
});
