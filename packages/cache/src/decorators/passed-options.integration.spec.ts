/** Options of a read that the decorators hand to the cache: every one of them arrives. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import type { LoadOptions, ReadPolicy } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';
import { POLICY_OPTIONS } from '../engine/settings.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import { CacheDefaults } from './cache-defaults.js';
import { Key } from './key-parameter.js';
import { ReadThroughAssigned } from './read-through-assigned.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { ReadThrough } from './read-through.js';
import { UpdateAssigned } from './update-assigned.js';
import { UpdateMulti } from './update-multi.js';
import { Update } from './update.js';

/** A value that is not the default, for every option there is. */
const policy: Required<ReadPolicy> = {
  ttl: '2h',
  staleFor: '3h',
  refresh: 'background',
  refreshAhead: 0.7,
  earlyExpiry: 2,
  jitter: 0.1,
  negativeTtl: '4s',
  softTimeout: '5s',
  hardTimeout: '6s',
  lease: '7s',
  onLocked: 'load',
  whenUnavailable: 'throw',
};

describe('the options of a read', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  /** A cache that does its work, and whose options are seen on their way. */
  function seenCache(): { cache: Cache; seen: (LoadOptions<never> | undefined)[] } {
    const seen: (LoadOptions<never> | undefined)[] = [];
    const { cache } = setStage(memcache);
    const watched = new Proxy(cache, {
      get(target, name) {
        const member: unknown = Reflect.get(target, name, target);
        if (typeof member !== 'function') return member;
        return (...args: unknown[]): unknown => {
          if (['getOrLoad', 'getOrLoadMany', 'set'].includes(String(name)))
            seen.push(args.at(-1) as LoadOptions<never>);
          return Reflect.apply(member, target, args);
        };
      },
    });
    return { cache: watched, seen };
  }

  it('are all in this spec', () => {
    expect(Object.keys(policy).sort()).toEqual(POLICY_OPTIONS.toSorted());
  });

  it('arrive from every decorator that reads or stores', async () => {
    const { cache, seen } = seenCache();
    class Users {
      @ReadThrough({ ...policy, cache, near: false })
      async one(@Key() id: string): Promise<string> {
        return Promise.resolve(id);
      }
      @ReadThroughAssigned({ ...policy, cache, near: false, key: 'all' })
      async all(): Promise<string> {
        return Promise.resolve('all');
      }
      @ReadThroughMulti({ ...policy, cache, near: false })
      async many(@Key() ids: string[]): Promise<string[]> {
        return Promise.resolve(ids);
      }
      @Update({ ...policy, cache })
      async save(@Key() id: string): Promise<string> {
        return Promise.resolve(id);
      }
      @UpdateAssigned({ ...policy, cache, key: 'all' })
      async saveAll(): Promise<string> {
        return Promise.resolve('all');
      }
      @UpdateMulti({ ...policy, cache })
      async saveMany(@Key() ids: string[]): Promise<string[]> {
        return Promise.resolve(ids);
      }
    }
    const users = new Users();
    await users.one('1');
    await users.all();
    await users.many(['2']);
    for (const read of seen) expect(read).toMatchObject({ ...policy, near: false });
    await users.save('1');
    await users.saveAll();
    await users.saveMany(['2']);
    expect(seen).toHaveLength(6);
    for (const options of seen) expect(options).toMatchObject({ ...policy, tags: ['namespace:Users'] });
  });

  it('arrive from the defaults of the class', async () => {
    const { cache, seen } = seenCache();
    @CacheDefaults({ ...policy, cache, namespace: 'user' })
    class Users {
      @ReadThrough({ ttl: '1h' })
      async one(@Key() id: string): Promise<string> {
        return Promise.resolve(id);
      }
    }
    await new Users().one('1');
    expect(seen).toMatchObject([{ ...policy, ttl: '1h', tags: ['namespace:user'] }]);
  });
});
