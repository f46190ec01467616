/** What classes can do beside one decorator on one method. */
import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';
import { Gate } from '../spec-support/gate.js';
import { onDefaultStage } from '../spec-support/default-stage.js';
import { setStage, type Stage } from '../spec-support/stage.js';
import { CacheDefaults } from './cache-defaults.js';
import { bindCache } from './find-cache.js';
import { InvalidateAssigned } from './invalidate-assigned.js';
import { Invalidate } from './invalidate.js';
import { Key } from './key-parameter.js';
import { ReadThroughAssigned } from './read-through-assigned.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { ReadThrough } from './read-through.js';
import { UpdateAssigned } from './update-assigned.js';
import { Update } from './update.js';

describe('classes with caching decorators', () => {
  let memcache: Memcache;
  let stage: Stage;
  let cache: Cache;
  let ran: string[];

  onDefaultStage((fresh) => {
    stage = fresh;
    ({ cache, memcache } = fresh);
    ran = [];
  });

  describe('@CacheDefaults', () => {
    it('gives namespace, ttl and cache, which a decorator may override', async () => {
      const other = setStage(memcache).cache;
      @CacheDefaults({ namespace: 'user', ttl: '1s', cache: other })
      class Users {
        @ReadThrough()
        async short(@Key() id: string): Promise<string> {
          ran.push(`short ${id}`);
          return id;
        }
        @ReadThroughAssigned({ namespace: 'own', key: 'all', ttl: '1h', cache })
        async long(): Promise<string> {
          ran.push('long');
          return 'all';
        }
        @Invalidate()
        async remove(@Key() id: string): Promise<void> {
          ran.push(`remove ${id}`);
        }
      }
      const users = new Users();
      await users.short('1');
      await users.long();
      expect([await other.get('user:1'), await cache.get('own:all')]).toEqual(['1', 'all']);
      await users.remove('1');
      expect(await other.get('user:1')).toBeUndefined();
    });

    it('gives the ttl: an entry is fresh as long as the class says', async () => {
      @CacheDefaults({ ttl: '1s' })
      class Users {
        @ReadThrough()
        async load(@Key() id: string): Promise<string> {
          ran.push(id);
          return id;
        }
      }
      await new Users().load('1');
      stage.time.advance(999);
      await new Users().load('1');
      expect(ran).toEqual(['1']);
      stage.time.advance(2);
      await new Users().load('1');
      expect(ran).toEqual(['1', '1']);
    });

    it('is inherited, and a subclass changes only what it names', async () => {
      @CacheDefaults({ namespace: 'base', staleFor: '1h' })
      class Repository {
        fails = false;
        @ReadThrough({ ttl: '1s' })
        async load(@Key() id: string): Promise<string> {
          if (this.fails) throw new RangeError('down');
          return id;
        }
      }
      @CacheDefaults({ namespace: 'orders' })
      class Orders extends Repository {}
      class Invoices extends Repository {}
      await new Orders().load('1');
      await new Invoices().load('2');
      expect([await cache.get('orders:1'), await cache.get('base:2')]).toEqual(['1', '2']);
      stage.time.advance(2000);
      const orders = Object.assign(new Orders(), { fails: true });
      expect(await orders.load('1')).toBe('1');
    });

    it('goes before the cache that a framework binds, and behind the decorator', async () => {
      const bound = setStage(memcache).cache;
      const ofClass = setStage(memcache).cache;
      @CacheDefaults({ cache: ofClass })
      class Users {
        @ReadThrough({ namespace: 'user' })
        async load(@Key() id: string): Promise<string> {
          return id;
        }
      }
      const users = new Users();
      bindCache(users, bound);
      await users.load('1');
      expect([await ofClass.get('user:1'), await bound.get('user:1')]).toEqual(['1', undefined]);
    });

    it('reaches static methods', async () => {
      @CacheDefaults({ namespace: 'settings' })
      class Settings {
        @ReadThroughAssigned({ key: 'all' })
        static async all(): Promise<string> {
          ran.push(this.name);
          return 'all';
        }
      }
      await Settings.all();
      await Settings.all();
      expect(ran).toEqual(['Settings']);
      expect(await cache.get('settings:all')).toBe('all');
    });
  });

  describe('several decorators on one method', () => {
    it('run from the top: the upper one first before the method, and last after it', async () => {
      class Pages {
        @InvalidateAssigned({ namespace: 'page', key: 'all' })
        @UpdateAssigned({ namespace: 'page', key: 'all' })
        async removedLast(): Promise<string> {
          return 'new';
        }
        @UpdateAssigned({ namespace: 'page', key: 'all' })
        @InvalidateAssigned({ namespace: 'page', key: 'all' })
        async storedLast(): Promise<string> {
          return 'new';
        }
      }
      await new Pages().removedLast();
      expect(await cache.get('page:all')).toBeUndefined();
      await new Pages().storedLast();
      expect(await cache.get('page:all')).toBe('new');
    });

    it('store one result under several keys, and remove several entries', async () => {
      interface User {
        readonly id: string;
        readonly mail: string;
      }
      class Users {
        @Update({ namespace: 'user' })
        @Update({ namespace: 'mail', keyFromResult: ({ result }: { result: User }) => result.mail })
        @InvalidateAssigned({ namespace: 'user', key: 'all' })
        async save(@Key() id: string, mail: string): Promise<User> {
          return { id, mail };
        }
      }
      await cache.set('user:all', 'old');
      const ada = await new Users().save('1', 'ada@example.org');
      expect([await cache.get('user:1'), await cache.get('mail:ada@example.org'), await cache.get('user:all')]).toEqual(
        [ada, ada, undefined],
      );
    });

    it('below a reading one do not run on a hit', async () => {
      class Pages {
        @ReadThrough({ namespace: 'page' })
        @InvalidateAssigned({ namespace: 'list', key: 'all' })
        async load(@Key() id: string): Promise<string> {
          return id;
        }
      }
      await new Pages().load('1');
      await cache.set('list:all', 'kept');
      await new Pages().load('1');
      expect(await cache.get('list:all')).toBe('kept');
    });
  });

  describe('inheritance', () => {
    class Base {
      @ReadThrough({ namespace: 'user' })
      async find(@Key() id: string): Promise<string> {
        ran.push(`base ${id}`);
        return `base ${id}`;
      }
    }

    it('a subclass inherits a cached method, and overrides it without', async () => {
      class Inheriting extends Base {}
      class Overriding extends Base {
        override async find(id: string): Promise<string> {
          return `plain ${id}`;
        }
      }
      expect([await new Inheriting().find('1'), await new Overriding().find('1')]).toEqual(['base 1', 'plain 1']);
      await new Inheriting().find('1');
      expect(ran).toEqual(['base 1']);
    });

    it('super calls a cached method, also from one that is cached under the same key', async () => {
      class Plain extends Base {
        override async find(id: string): Promise<string> {
          return `plain ${await super.find(id)}`;
        }
      }
      class Cached extends Base {
        @ReadThrough({ namespace: 'user' })
        override async find(@Key() id: string): Promise<string> {
          return `cached ${await super.find(id)}`;
        }
      }
      expect(await new Plain().find('1')).toBe('plain base 1');
      expect(await new Plain().find('1')).toBe('plain base 1');
      expect([await new Cached().find('2'), await new Cached().find('2')]).toEqual(['cached base 2', 'cached base 2']);
      expect(ran).toEqual(['base 1', 'base 2']);
    });
  });

  describe('a method that needs another of the same namespace', () => {
    class Users {
      @ReadThrough({ namespace: 'user' })
      async one(@Key() id: string): Promise<string> {
        ran.push(`one ${id}`);
        return (await this.many([id]))[0] ?? 'nobody';
      }
      @ReadThroughMulti({ namespace: 'user' })
      async many(@Key() ids: string[]): Promise<string[]> {
        ran.push(`many ${ids.join()}`);
        return ids.map((id) => `user ${id}`);
      }
      @ReadThroughMulti({ namespace: 'team' })
      async team(@Key() ids: string[]): Promise<string[]> {
        return await Promise.all(ids.map((id) => this.member(id)));
      }
      @ReadThrough({ namespace: 'team' })
      async member(@Key() id: string): Promise<string> {
        ran.push(`member ${id}`);
        return `member ${id}`;
      }
    }

    it('does not wait for itself, and stores its result', async () => {
      expect(await new Users().one('1')).toBe('user 1');
      expect(await new Users().one('1')).toBe('user 1');
      expect(ran).toEqual(['one 1', 'many 1']);
    });

    it('does not wait for itself the other way round', async () => {
      expect(await new Users().team(['1', '2', '1'])).toEqual(['member 1', 'member 2', 'member 1']);
      expect(await new Users().member('2')).toBe('member 2');
      expect(ran).toEqual(['member 1', 'member 2']);
    });

    it('what a load leaves running behind it reads the cache again', async () => {
      const gate = new Gate();
      let later: Promise<string> | undefined;
      class Leaving {
        @ReadThrough({ namespace: 'leaving' })
        async load(@Key() id: string): Promise<string> {
          ran.push(`load ${id}`);
          later ??= gate.passed.then(() => this.load(id));
          return `loaded ${id}`;
        }
      }
      await new Leaving().load('1');
      gate.open();
      expect(await later).toBe('loaded 1');
      expect(ran).toEqual(['load 1']);
    });
  });

  it('keep length, name, declared types and metadata of a method', () => {
    class Users {
      @ReadThrough({ namespace: 'user' })
      @Invalidate({ tags: ['users'] })
      async find(@Key() id: string, language: string): Promise<string> {
        return id + language;
      }
    }
    expect([Users.prototype.find.name, Users.prototype.find.length]).toEqual(['find', 2]);
    expect(Reflect.getMetadata('design:paramtypes', Users.prototype, 'find')).toEqual([String, String]);
    expect(Object.getOwnPropertyDescriptor(Users.prototype, 'find')).toMatchObject({
      enumerable: false,
      writable: true,
    });
  });

  it('work in private and protected methods of TypeScript, by name or by symbol', async () => {
    const load = Symbol('load');
    class Users {
      @ReadThrough({ namespace: 'user' })
      private async find(@Key() id: string): Promise<string> {
        ran.push(id);
        return id;
      }
      @ReadThrough({ namespace: 'symbol' })
      async [load](@Key() id: string): Promise<string> {
        ran.push(id);
        return await this.find(id);
      }
    }
    await new Users()[load]('1');
    await new Users()[load]('1');
    expect(ran).toEqual(['1', '1']);
  });

  it('end the wait of a caller whose signal is aborted', async () => {
    const gate = new Gate();
    class Users {
      @ReadThrough({ namespace: 'user', signal: (_id: string, signal?: AbortSignal) => signal })
      async find(@Key() id: string, signal?: AbortSignal): Promise<string> {
        await gate.passed;
        return id + String(signal?.aborted);
      }
    }
    const controller = new AbortController();
    const found = new Users().find('1', controller.signal);
    controller.abort(new RangeError('enough'));
    await expect(found).rejects.toThrow('enough');
    gate.open();
  });
});
