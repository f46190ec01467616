import { describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';
import { heardOn } from '../spec-support/heard.js';
import { onDefaultStage } from '../spec-support/default-stage.js';
import { setStage, type Stage } from '../spec-support/stage.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';
import { bindCache } from './find-cache.js';
import { Invalidate } from './invalidate.js';
import { Key } from './key-parameter.js';
import { ReadThrough } from './read-through.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { Update } from './update.js';

interface User {
  readonly id: string;
  readonly name: string;
}

describe('the decorators', () => {
  let memcache: Memcache;
  let stage: Stage;
  let cache: Cache;
  /** What ran past the cache, in order. */
  let ran: string[];

  onDefaultStage((fresh) => {
    stage = fresh;
    ({ cache, memcache } = fresh);
    ran = [];
  });

  class Users {
    readonly names = new Map([
      ['1', 'Ada'],
      ['2', 'Grace'],
    ]);

    @ReadThrough({ namespace: 'user', ttl: '10m' })
    async findOne(@Key() id: string): Promise<User | undefined> {
      ran.push(`findOne ${id}`);
      const name = this.names.get(id);
      return name === undefined ? undefined : { id, name };
    }

    async greet(id: string): Promise<string> {
      return `Hello ${String((await this.findOne(id))?.name)}`;
    }

    @ReadThroughMulti({ namespace: 'user' })
    async findMany(@Key() ids: string[]): Promise<(User | undefined)[]> {
      ran.push(`findMany ${ids.join()}`);
      return ids.map((id) => {
        const name = this.names.get(id);
        return name === undefined ? undefined : { id, name };
      });
    }

    @Update({ namespace: 'user' })
    async rename(@Key() id: string, name: string): Promise<User> {
      if (name === '') throw new RangeError('a name is needed');
      this.names.set(id, name);
      return { id, name };
    }

    @Invalidate({ namespace: 'user' })
    async remove(@Key() id: string): Promise<void> {
      if (!this.names.delete(id)) throw new RangeError('nobody has this id');
    }

    @Invalidate({ namespace: 'user', allEntries: true })
    async importAll(): Promise<void> {
      ran.push('importAll');
    }
  }

  describe('ReadThrough', () => {
    it('runs the method once, under namespace and key', async () => {
      const users = new Users();
      expect(await users.findOne('1')).toEqual({ id: '1', name: 'Ada' });
      expect(await users.findOne('1')).toEqual({ id: '1', name: 'Ada' });
      expect(ran).toEqual(['findOne 1']);
      expect(await cache.get('user:1')).toEqual({ id: '1', name: 'Ada' });
    });

    it('works for calls on this', async () => {
      const users = new Users();
      expect(await users.greet('1')).toBe('Hello Ada');
      await users.greet('1');
      expect(ran).toEqual(['findOne 1']);
    });

    it('does not store undefined', async () => {
      const users = new Users();
      expect(await users.findOne('9')).toBeUndefined();
      await users.findOne('9');
      expect(ran).toEqual(['findOne 9', 'findOne 9']);
    });

    it('passes an error on and caches none', async () => {
      class Flaky {
        @ReadThrough({ namespace: 'flaky' })
        async load(@Key() id: string): Promise<string> {
          ran.push(id);
          throw new RangeError(`no ${id}`);
        }
      }
      const flaky = new Flaky();
      await expect(flaky.load('1')).rejects.toThrow('no 1');
      await expect(flaky.load('1')).rejects.toThrow('no 1');
      expect(ran).toEqual(['1', '1']);
    });

    it('keeps name and length of the method', () => {
      expect([Users.prototype.findOne.name, Users.prototype.findOne.length]).toEqual(['findOne', 1]);
    });

    it('joins several parts with /, in the order of the parameters or of their numbers, and none by accident', async () => {
      class Prices {
        @ReadThrough({ namespace: 'price' })
        async inOrder(@Key() sku: string, _note: string, @Key() currency: string): Promise<string> {
          return sku + currency;
        }
        @ReadThrough({ namespace: 'numbered' })
        async numbered(@Key(2) sku: string, @Key(1) amount: number): Promise<string> {
          return sku + String(amount);
        }
        @ReadThrough({ namespace: 'odd' })
        async odd(@Key() part: unknown): Promise<string> {
          return typeof part;
        }
      }
      const prices = new Prices();
      await prices.inOrder('A', 'not part of it', 'EUR');
      await prices.inOrder('a/b', '', 'c%');
      await prices.numbered('A', 7);
      await prices.odd(true);
      await prices.odd('~true');
      await prices.odd({ b: 1, a: 2 });
      expect(await cache.get('price:A/EUR')).toBe('AEUR');
      expect(await cache.get('price:a%2Fb/c%25')).toBe('a/bc%');
      expect(await cache.get('numbered:7/A')).toBe('A7');
      expect(await cache.get('odd:~true')).toBe('boolean');
      expect(await cache.get('odd:%7Etrue')).toBe('string');
      expect(await cache.get('odd:~{"a":2,"b":1}')).toBe('object');
    });

    it('runs the method without the cache when no key can be built, and publishes why', async () => {
      class Search {
        @ReadThrough({ namespace: 'search' })
        async find(@Key() filter: () => boolean): Promise<boolean> {
          return filter();
        }
      }
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        expect(await new Search().find(() => true)).toBe(true);
      });
      expect(troubles).toMatchObject([{ key: 'Search.find', error: { code: 'MEMCACHE_INVALID_KEY' } }]);
    });
  });

  describe('options', () => {
    it('key: a string as it is, or parts', async () => {
      class Reports {
        @ReadThrough({ namespace: 'report', key: (year: number) => `of/${String(year)}` })
        async yearly(year: number): Promise<number> {
          return year;
        }
        @ReadThrough({ namespace: 'report', key: (year: number, month: number) => [year, month] })
        async monthly(year: number, month: number): Promise<number> {
          return year + month;
        }
      }
      await new Reports().yearly(2026);
      await new Reports().monthly(2026, 2);
      expect(await cache.get('report:of/2026')).toBe(2026);
      expect(await cache.get('report:2026/2')).toBe(2028);
    });

    it('namespace: without one it is the class of the object, so subclasses do not share', async () => {
      class Repository {
        @ReadThrough()
        async find(@Key() id: string): Promise<string> {
          return `${this.constructor.name} ${id}`;
        }
      }
      class Orders extends Repository {}
      class Invoices extends Repository {}
      expect([await new Orders().find('1'), await new Invoices().find('1')]).toEqual(['Orders 1', 'Invoices 1']);
      expect(await cache.get('Orders:1')).toBe('Orders 1');
    });

    it('ttl and staleFor go to the cache', async () => {
      let fails = false;
      class Rates {
        @ReadThrough({ namespace: 'rate', ttl: '1s', staleFor: '1m' })
        async of(@Key() currency: string): Promise<string> {
          if (fails) throw new RangeError('down');
          return currency;
        }
      }
      await new Rates().of('EUR');
      fails = true;
      stage.time.advance(1000);
      expect(await new Rates().of('EUR')).toBe('EUR');
      stage.time.advance(60_000);
      await expect(new Rates().of('EUR')).rejects.toThrow('down');
    });

    it('tags: fixed ones and ones that depend on arguments and result', async () => {
      class Cities {
        @ReadThrough({ namespace: 'city', tags: ['cities'] })
        async one(@Key() id: string): Promise<string> {
          ran.push(`one ${id}`);
          return id;
        }
        @ReadThrough({
          namespace: 'of',
          tags: ({ args, result }: { args: readonly [string]; result: string }) => [`in:${args[0]}`, `big:${result}`],
        })
        async biggest(@Key() country: string): Promise<string> {
          ran.push(`biggest ${country}`);
          return 'Paris';
        }
      }
      const cities = new Cities();
      const walk = async (): Promise<string[]> => {
        ran = [];
        await cities.one('1');
        await cities.biggest('fr');
        return ran;
      };
      expect(await walk()).toEqual(['one 1', 'biggest fr']);
      expect(await walk()).toEqual([]);
      await cache.invalidateTags('cities');
      expect(await walk()).toEqual(['one 1']);
      await cache.invalidateTags('in:fr');
      expect(await walk()).toEqual(['biggest fr']);
      await cache.invalidateTags('big:Paris');
      expect(await walk()).toEqual(['biggest fr']);
    });

    it('tags that throw: the result is returned, not stored, and the trouble published', async () => {
      class Cities {
        @ReadThrough({
          namespace: 'city',
          tags: () => {
            throw new RangeError('oops');
          },
        })
        async one(@Key() id: string): Promise<string> {
          return id;
        }
      }
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        expect(await new Cities().one('1')).toBe('1');
      });
      expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_INVALID_OPTION' } }]);
      expect(await cache.get('city:1')).toBeUndefined();
    });

    it('condition and unless: not looked up, and not stored', async () => {
      class Searches {
        @ReadThrough({
          namespace: 'search',
          condition: (term: string) => term.length > 1,
          unless: ({ result }) => result === 0,
        })
        async count(@Key() term: string, found: number): Promise<number> {
          ran.push(term);
          return found;
        }
      }
      const searches = new Searches();
      await searches.count('a', 1);
      await searches.count('a', 1);
      await searches.count('ab', 0);
      await searches.count('ab', 5);
      expect(await searches.count('ab', 6)).toBe(5);
      expect(ran).toEqual(['a', 'a', 'ab', 'ab']);
    });

    it('cache: the one of the decorator, then the bound one, then the default', async () => {
      const own = setStage(memcache).cache;
      const bound = setStage(memcache).cache;
      class Three {
        @ReadThrough({ namespace: 'a', cache: own })
        async own(@Key() id: string): Promise<string> {
          return `own ${id}`;
        }
        @ReadThrough({ namespace: 'b' })
        async other(@Key() id: string): Promise<string> {
          return `other ${id}`;
        }
      }
      const instance = new Three();
      bindCache(instance, bound);
      await instance.own('1');
      await instance.other('1');
      await new Three().other('2');
      expect([await own.get('a:1'), await bound.get('b:1'), await cache.get('b:2')]).toEqual([
        'own 1',
        'other 1',
        'other 2',
      ]);
      expect([await cache.get('a:1'), await cache.get('b:1')]).toEqual([undefined, undefined]);
    });
  });

  describe('Update', () => {
    it('stores the result after success', async () => {
      const users = new Users();
      await users.findOne('1');
      await users.rename('1', 'Ada Lovelace');
      expect(await users.findOne('1')).toEqual({ id: '1', name: 'Ada Lovelace' });
      expect(ran).toEqual(['findOne 1']);
    });

    it('changes nothing when the method fails', async () => {
      const users = new Users();
      await users.findOne('1');
      await expect(users.rename('1', '')).rejects.toThrow('a name is needed');
      expect(await users.findOne('1')).toEqual({ id: '1', name: 'Ada' });
    });

    it('removes the entry when there is nothing to store, or it cannot be stored', async () => {
      class Things {
        @Update({ namespace: 'thing', unless: ({ result }) => result === 'secret' })
        async save(@Key() _id: string, value: unknown): Promise<unknown> {
          return value;
        }
      }
      const things = new Things();
      for (const value of [undefined, 'secret', 1n]) {
        await things.save('1', 'old');
        expect(await cache.get('thing:1')).toBe('old');
        expect(await things.save('1', value)).toBe(value);
        expect(await cache.get('thing:1')).toBeUndefined();
      }
    });

    it('labels what it stores with its tags', async () => {
      class Things {
        @Update({ namespace: 'thing', ttl: '1m', tags: ({ result }) => [`thing:${String(result)}`] })
        async save(@Key() _id: string, value: string): Promise<string> {
          return value;
        }
      }
      await new Things().save('1', 'a');
      await cache.invalidateTags('thing:a');
      expect(await cache.get('thing:1')).toBeUndefined();
    });
  });

  describe('Invalidate', () => {
    it('removes the entry after success, and nothing when the method fails', async () => {
      const users = new Users();
      await users.findOne('1');
      await users.findOne('2');
      await users.remove('1');
      expect([await cache.get('user:1'), await cache.get('user:2')]).toEqual([undefined, { id: '2', name: 'Grace' }]);
      users.names.delete('2');
      await expect(users.remove('2')).rejects.toThrow('nobody has this id');
      expect(await cache.get('user:2')).toEqual({ id: '2', name: 'Grace' });
    });

    it('allEntries: everything that decorators stored under the namespace, and nothing else', async () => {
      const users = new Users();
      await users.findOne('1');
      await users.findMany(['2']);
      await cache.set('other:1', 'stays');
      await users.importAll();
      expect([await cache.get('user:1'), await cache.get('user:2'), await cache.get('other:1')]).toEqual([
        undefined,
        undefined,
        'stays',
      ]);
    });

    it.each<[string, object]>([
      ['"tags" throws', { tags: fails }],
      ['"tags" returns a text', { tags: () => 'list' }],
      ['"unless" throws', { unless: fails }],
    ])('removes the old entry of an update when its function %s', async (_what, options) => {
      class Pages {
        @Update({ namespace: 'page', ...options })
        async save(@Key() id: string, text: string): Promise<string> {
          return id + text;
        }
      }
      await cache.set('page:a', 'old');
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        expect(await new Pages().save('a', '!')).toBe('a!');
      });
      expect(troubles).toMatchObject([{ operation: 'store', error: { code: 'MEMCACHE_INVALID_OPTION' } }]);
      expect(await cache.get('page:a')).toBeUndefined();
    });

    it.each<[string, () => readonly string[], RegExp]>([
      ['throws', fails, /Cannot cache Pages\.find: one of its option functions threw: /],
      ['returns a text', () => 'list' as never, /"tags".*list of strings/],
    ])('returns and does not store what is read while its function "tags" %s', async (_what, tags, message) => {
      class Pages {
        @ReadThrough({ namespace: 'page', tags })
        async find(@Key() id: string): Promise<string> {
          return id;
        }
      }
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        expect(await new Pages().find('a')).toBe('a');
      });
      expect(troubles).toMatchObject([
        {
          operation: 'store',
          key: 'Pages.find',
          error: { code: 'MEMCACHE_INVALID_OPTION', message: expect.stringMatching(message) },
        },
      ]);
      expect(await cache.get('page:a')).toBeUndefined();
    });

    it('tags, beside another decorator on the same method', async () => {
      class Pages {
        @Update({ namespace: 'page' })
        @Invalidate({ tags: ({ args }: { args: readonly [string, string] }) => [`list:${args[0]}`] })
        async save(@Key() id: string, text: string): Promise<string> {
          return id + text;
        }
      }
      await cache.set('lists', 1, { tags: ['list:a'] });
      await new Pages().save('a', '!');
      expect([await cache.get('lists'), await cache.get('page:a')]).toEqual([undefined, 'a!']);
    });

    it('beforeInvocation: before the method, and also when it fails', async () => {
      class Jobs {
        @Invalidate({ namespace: 'job', beforeInvocation: true })
        async start(@Key() id: string): Promise<void> {
          ran.push(String(await cache.get(`job:${id}`)));
          throw new RangeError('failed');
        }
      }
      await cache.set('job:1', 'old');
      await expect(new Jobs().start('1')).rejects.toThrow('failed');
      expect(ran).toEqual(['undefined']);
    });

    it('condition and unless keep the entry', async () => {
      class Jobs {
        @Invalidate({
          namespace: 'job',
          condition: (id: string) => id !== 'kept',
          unless: ({ result }) => result === 0,
        })
        async change(@Key() _id: string, changes: number): Promise<number> {
          return changes;
        }
      }
      for (const id of ['kept', 'same', 'gone']) await cache.set(`job:${id}`, id);
      await new Jobs().change('kept', 1);
      await new Jobs().change('same', 0);
      await new Jobs().change('gone', 1);
      expect([await cache.get('job:kept'), await cache.get('job:same'), await cache.get('job:gone')]).toEqual([
        'kept',
        'same',
        undefined,
      ]);
    });
  });

  describe('ReadThroughMulti', () => {
    it('runs the method with a new list of the missing ids, each once, and answers in the order given', async () => {
      const users = new Users();
      await users.findOne('2');
      ran = [];
      const ids = ['1', '2', '9', '1'];
      const found = await users.findMany(ids);
      expect(found.map((user) => user?.name)).toEqual(['Ada', 'Grace', undefined, 'Ada']);
      expect(ran).toEqual(['findMany 1,9']);
      expect(ids).toEqual(['1', '2', '9', '1']);
    });

    it('does not run it when all are there, and shares entries with ReadThrough', async () => {
      const users = new Users();
      await users.findMany(['1', '2']);
      ran = [];
      await users.findMany(['2', '1']);
      await users.findOne('1');
      expect(ran).toEqual([]);
    });

    it('keeps the other marked parameters in every key', async () => {
      class Prices {
        @ReadThroughMulti({ namespace: 'price' })
        async all(@Key() skus: string[], @Key() currency: string): Promise<string[]> {
          ran.push(skus.join());
          return skus.map((sku) => sku + currency);
        }
      }
      await new Prices().all(['a'], 'EUR');
      expect(await new Prices().all(['a', 'b'], 'EUR')).toEqual(['aEUR', 'bEUR']);
      expect(await new Prices().all(['a'], 'USD')).toEqual(['aUSD']);
      expect(ran).toEqual(['a', 'b', 'a']);
      expect(await cache.get('price:b/EUR')).toBe('bEUR');
    });

    it('accepts a Map by id, and with idOf any list', async () => {
      class Rows {
        @ReadThroughMulti({ namespace: 'map' })
        async asMap(@Key() ids: string[]): Promise<Map<number, string>> {
          return new Map(ids.filter((id) => id !== '2').map((id) => [Number(id), `row ${id}`]));
        }
        @ReadThroughMulti({ namespace: 'list', idOf: (row: { id: number }) => row.id })
        async asList(@Key() ids: string[]): Promise<{ id: number }[]> {
          return ids
            .filter((id) => id !== '2')
            .map((id) => ({ id: Number(id) }))
            .reverse();
        }
      }
      expect(await new Rows().asMap(['1', '2', '3'])).toEqual(['row 1', undefined, 'row 3']);
      expect(await new Rows().asList(['1', '2', '3'])).toEqual([{ id: 1 }, undefined, { id: 3 }]);
      expect(await cache.get('list:3')).toEqual({ id: 3 });
    });

    it('rejects a list of another length, with both sizes and what to do, and caches nothing', async () => {
      class Rows {
        @ReadThroughMulti({ namespace: 'row' })
        async load(@Key() ids: string[]): Promise<string[]> {
          return ids.slice(1);
        }
      }
      await expect(new Rows().load(['1', '2', '3'])).rejects.toMatchObject({
        code: 'MEMCACHE_INVALID_DECORATOR',
        message: expect.stringMatching(/Rows\.load.*given 3 ids and returned 2 items.*idOf/),
      });
      expect(await cache.get('row:2')).toBeUndefined();
    });

    it('key, tags, unless and condition: for each id or item', async () => {
      class Rows {
        @ReadThroughMulti({
          namespace: 'row',
          key: (id) => `nr-${String(id)}`,
          tags: ({ result }) => [`tag:${String(result)}`],
          unless: ({ result }) => result === 'row 2',
          condition: (ids: readonly string[]) => ids.length < 4,
        })
        async load(@Key() ids: readonly string[]): Promise<string[]> {
          ran.push(ids.join());
          return ids.map((id) => `row ${id}`);
        }
      }
      const rows = new Rows();
      await rows.load(['1', '2', '3']);
      expect([await cache.get('row:nr-1'), await cache.get('row:nr-2')]).toEqual(['row 1', undefined]);
      await cache.invalidateTags('tag:row 3');
      await rows.load(['1', '2', '3']);
      await rows.load(['1', '2', '3', '4']);
      expect(ran).toEqual(['1,2,3', '2,3', '1,2,3,4']);
    });
  });
});

function fails(): never {
  throw new TypeError('no team');
}
