/** The rules of Simple Spring Memcached's annotations, one by one. Where these decorators differ on purpose, the title says so. */
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';
import { cacheKey } from '../keys/cache-key.js';
import { heardOn } from '../spec-support/heard.js';
import { onDefaultStage } from '../spec-support/default-stage.js';
import { setStage, type Stage } from '../spec-support/stage.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';
import { CacheKey } from './cache-key-method.js';
import { Content } from './content-parameter.js';
import { InvalidateAssigned } from './invalidate-assigned.js';
import { InvalidateMulti } from './invalidate-multi.js';
import { Invalidate } from './invalidate.js';
import { Key } from './key-parameter.js';
import { ReadThroughAssigned } from './read-through-assigned.js';
import { ReadThroughMulti } from './read-through-multi.js';
import { ReadThrough } from './read-through.js';
import { UpdateAssigned } from './update-assigned.js';
import { UpdateMulti } from './update-multi.js';
import { Update } from './update.js';

interface Row {
  readonly id: string;
  readonly text: string;
}

class Entity {
  constructor(readonly id: string) {}
  @CacheKey()
  identity(): string {
    return `e${this.id}`;
  }
}
class Customer extends Entity {}

describe('as in Simple Spring Memcached,', () => {
  let memcache: Memcache;
  let stage: Stage;
  let cache: Cache;
  let ran: string[];

  onDefaultStage((fresh) => {
    stage = fresh;
    ({ cache, memcache } = fresh);
    ran = [];
  });

  const row = (id: string, text = 'old'): Row => ({ id, text });
  const troublesOf = (work: () => Promise<unknown>) => heardOn<CacheTroubleMessage>('memkit:cache:trouble', work);

  describe('a key', () => {
    class Things {
      @ReadThrough({ namespace: 'thing' })
      async load(@Key(5) a: unknown, @Key(0) b: unknown, @Key(2) c: unknown): Promise<string> {
        ran.push(`${String(b)} ${String(c)} ${String(a)}`);
        return 'thing';
      }
      @ReadThroughAssigned({ namespace: 'thing', key: 'all of them' })
      async all(): Promise<string> {
        return 'all';
      }
    }

    it('is namespace, colon and the parts by order, gaps allowed, joined by slashes', async () => {
      await new Things().load('x', 'y', 3n);
      expect(await cache.get('thing:y/3/x')).toBe('thing');
    });

    it('is namespace, colon and the assigned key', async () => {
      await new Things().all();
      expect(await cache.get('thing:all of them')).toBe('all');
    });

    it('has for an object what its marked method says, which subclasses inherit, else its own text', async () => {
      class Money {
        constructor(readonly amount: number) {}
        toString(): string {
          return `${String(this.amount)} EUR`;
        }
      }
      await new Things().load(new Customer('7'), new Money(5), 'plain');
      expect(await cache.get('thing:5 EUR/plain/e7')).toBe('thing');
    });

    it.each([
      ['null', null],
      ['undefined', undefined],
      ['an empty text', ''],
      ['not a number', NaN],
      ['an object whose cache key is empty', { [cacheKey]: () => '' }],
      ['an object whose cache key is nothing', { [cacheKey]: () => null }],
      [
        'an object that says nothing of itself',
        new (class Secret {
          text = 'secret';
        })(),
      ],
    ])('is not built of %s: the call is not cached, and the trouble published', async (_what, part) => {
      const troubles = await troublesOf(async () => {
        expect(await new Things().load(part, 'b', 'c')).toBe('thing');
        expect(await new Things().load(part, 'b', 'c')).toBe('thing');
      });
      expect(ran).toHaveLength(2);
      expect(troubles).toMatchObject([
        { key: 'Things.load', error: { code: 'MEMCACHE_INVALID_KEY' } },
        { key: 'Things.load', error: { code: 'MEMCACHE_INVALID_KEY' } },
      ]);
    });

    it('differs: is built of nothing where the parameter is marked as optional', async () => {
      class Prices {
        @ReadThrough({ namespace: 'price' })
        async of(@Key() sku: string, @Key({ optional: true }) currency?: string): Promise<string> {
          return `${sku} ${String(currency)}`;
        }
      }
      await new Prices().of('A');
      await new Prices().of('A', 'EUR');
      expect([await cache.get('price:A/~undefined'), await cache.get('price:A/EUR')]).toEqual(['A undefined', 'A EUR']);
    });

    it('differs: has any length and any characters, and no two of them meet', async () => {
      const long = 'x'.repeat(300);
      await new Things().load(`${long}1`, 'a/b', 'c d\n');
      await new Things().load(`${long}2`, 'a', 'b/c d\n');
      expect(ran).toHaveLength(2);
      await new Things().load(`${long}1`, 'a/b', 'c d\n');
      expect(ran).toHaveLength(2);
    });
  });

  describe('a single or assigned read', () => {
    it('takes null for a value, and undefined with negativeTtl', async () => {
      class Things {
        @ReadThrough({ namespace: 'null' })
        async nothing(@Key() id: string): Promise<null> {
          ran.push(id);
          return null;
        }
        @ReadThrough({ namespace: 'undefined', negativeTtl: '1m' })
        async missing(@Key() id: string): Promise<undefined> {
          ran.push(id);
        }
      }
      const things = new Things();
      expect([await things.nothing('1'), await things.nothing('1')]).toEqual([null, null]);
      expect([await things.missing('2'), await things.missing('2')]).toEqual([undefined, undefined]);
      expect(ran).toEqual(['1', '2']);
    });

    it('runs the method once when memcached fails, before or after it, and returns its result', async () => {
      class Things {
        @ReadThrough({ namespace: 'thing' })
        async load(@Key() id: string): Promise<string> {
          ran.push(id);
          return id;
        }
        @ReadThroughAssigned({ namespace: 'thing', key: 'all' })
        async all(): Promise<string> {
          ran.push('all');
          return 'all';
        }
      }
      for (const failing of ['getMany', 'set', 'add'] as const) {
        stage.client.before = (command) => {
          if (command === failing) throw new Error('memcached fails');
        };
        const troubles = await troublesOf(async () => {
          expect([await new Things().load(failing), await new Things().all()]).toEqual([failing, 'all']);
        });
        expect(troubles.length).toBeGreaterThan(0);
        stage.client.before = () => undefined;
        await cache.clear();
      }
      expect(ran).toEqual(['getMany', 'all', 'set', 'all', 'add', 'all']);
    });
  });

  describe('a multi-read', () => {
    class Rows {
      readonly known = new Map([
        ['1', row('1')],
        ['2', row('2')],
        ['3', row('3')],
      ]);
      @ReadThroughMulti({ namespace: 'row', idOf: (item: Row) => item.id })
      async byId(@Key() ids: readonly string[]): Promise<Row[]> {
        ran.push(ids.join());
        return [...this.known.values()].filter(({ id }) => ids.includes(id)).reverse();
      }
      @ReadThroughMulti({ namespace: 'row', idOf: (item: Row) => item.id, skipMissing: true })
      async found(@Key() ids: readonly string[]): Promise<Row[]> {
        return await this.byId(ids).then((rows) => rows.filter(Boolean));
      }
      @ReadThroughMulti({ namespace: 'position' })
      async byPosition(@Key() ids: readonly string[]): Promise<(string | null)[]> {
        ran.push(ids.join());
        return ids.map((id) => (id === 'none' ? null : `at ${id}`));
      }
      @ReadThroughMulti({ namespace: 'remembered', idOf: (item: Row) => item.id, negativeTtl: '1m' })
      async remembered(@Key() ids: readonly string[]): Promise<Row[]> {
        return await this.byId(ids).then((rows) => rows.filter(Boolean));
      }
      @ReadThroughMulti({ namespace: 'entity', idOf: true })
      async customers(@Key() ids: readonly Customer[]): Promise<Customer[]> {
        return ids.map(({ id }) => new Customer(id)).reverse();
      }
    }

    it('asks for a duplicate once, passes it on once, and gives it twice', async () => {
      expect((await new Rows().byId(['2', '1', '2'])).map(({ id }) => id)).toEqual(['2', '1', '2']);
      expect(ran).toEqual(['2,1']);
      expect(
        stage.client.commands.filter(([name]) => name === 'getMany')[0]?.[1].filter((key) => /row:/.test(key)),
      ).toHaveLength(2);
    });

    it('runs the method with a copy that holds only what is missing, in order', async () => {
      await new Rows().byId(['2']);
      const ids = ['3', '2', '1'];
      expect((await new Rows().byId(ids)).map(({ id }) => id)).toEqual(['3', '2', '1']);
      expect(ran).toEqual(['2', '3,1']);
      expect(ids).toEqual(['3', '2', '1']);
    });

    it('does not run the method when all are there, nor for an empty list', async () => {
      await new Rows().byId(['1', '2']);
      await new Rows().byId(['2', '1']);
      expect(await new Rows().byId([])).toEqual([]);
      expect(ran).toEqual(['1,2']);
    });

    it('stores null of a positional result, and gives it in its place', async () => {
      expect(await new Rows().byPosition(['1', 'none', '2'])).toEqual(['at 1', null, 'at 2']);
      expect(await new Rows().byPosition(['none', '2'])).toEqual([null, 'at 2']);
      expect(ran).toEqual(['1,none,2']);
    });

    it('keeps the places of ids without an item, or leaves them out with skipMissing', async () => {
      expect(await new Rows().byId(['9', '1'])).toEqual([undefined, row('1')]);
      expect(await new Rows().found(['9', '1', '8'])).toEqual([row('1')]);
    });

    it('remembers what is missing with negativeTtl, which no entry of another replaces', async () => {
      const rows = new Rows();
      expect(await rows.remembered(['8', '1', '9'])).toEqual([undefined, row('1'), undefined]);
      ran = [];
      expect(await rows.remembered(['8', '1', '9'])).toEqual([undefined, row('1'), undefined]);
      expect(ran).toEqual([]);
    });

    it('takes keys of list elements, and ids of items, from their marked method', async () => {
      const found = await new Rows().customers([new Customer('1'), new Customer('2')]);
      expect(found.map(({ id }) => id)).toEqual(['1', '2']);
      expect(await cache.get('entity:e2')).toEqual({ id: '2' });
    });

    it('differs: rejects a list with nothing in it as an id, and says which', async () => {
      for (const nothing of [null, undefined, '']) {
        await expect(new Rows().byId(['1', nothing as never, '2'])).rejects.toMatchObject({
          code: 'MEMCACHE_INVALID_KEY',
          message: expect.stringMatching(/Rows\.byId.*number 2 of 3 is .*Take it out/),
        });
      }
      expect(ran).toEqual([]);
    });

    it('differs: never runs the method a second time when storing fails', async () => {
      stage.client.before = (command) => {
        if (command === 'set' || command === 'add') throw new Error('memcached fails');
      };
      await troublesOf(async () => expect(await new Rows().byId(['1', '2'])).toHaveLength(2));
      expect(ran).toEqual(['1,2']);
    });

    it('runs the method once, with all ids, when memcached fails before it', async () => {
      stage.client.before = () => {
        throw new Error('memcached fails');
      };
      await troublesOf(async () => expect(await new Rows().byId(['1', '2'])).toHaveLength(2));
      expect(ran).toEqual(['1,2']);
    });

    it('differs: an item without an id is an error that says which', async () => {
      class Odd {
        @ReadThroughMulti({ namespace: 'odd', idOf: (item: { id?: string }) => item.id })
        async load(@Key() ids: string[]): Promise<{ id?: string }[]> {
          return ids.map(() => ({}));
        }
      }
      await expect(new Odd().load(['1'])).rejects.toThrow(/Odd\.load.*idOf gave undefined for item 1/);
    });
  });

  describe('an update', () => {
    class Rows {
      @Update({ namespace: 'row' })
      async fromResult(@Key() id: string): Promise<Row> {
        return row(id, 'result');
      }
      @Update({ namespace: 'row' })
      async fromParameter(@Key() id: string, @Content() item: Row | null): Promise<string> {
        return `saved ${id} ${String(item?.text)}`;
      }
      @Update({ namespace: 'row', keyFromResult: ({ result }: { result: Row }) => result.id })
      async created(text: string): Promise<Row> {
        return row('new', text);
      }
      @Update({ namespace: 'entity', keyFromResult: true })
      async customer(id: string): Promise<Customer> {
        return new Customer(id);
      }
      @UpdateAssigned({ namespace: 'row', key: 'all' })
      async all(): Promise<string[]> {
        return ['1', '2'];
      }
      @UpdateAssigned({ namespace: 'row', key: 'all' })
      async allFrom(@Content() ids: string[]): Promise<void> {
        ran.push(ids.join());
      }
      @Update({ namespace: 'row', content: (_id: string, text: string) => text })
      async byFunction(@Key() id: string, text: string): Promise<number> {
        return id.length + text.length;
      }
    }

    it('stores the result, or the marked parameter, under the key of the parameters', async () => {
      await new Rows().fromResult('1');
      expect(await new Rows().fromParameter('2', row('2', 'content'))).toBe('saved 2 content');
      await new Rows().byFunction('3', 'text');
      expect([await cache.get('row:1'), await cache.get('row:2'), await cache.get('row:3')]).toEqual([
        row('1', 'result'),
        row('2', 'content'),
        'text',
      ]);
    });

    it('stores null as a value', async () => {
      await new Rows().fromParameter('1', null);
      expect(await cache.get('row:1')).toBeNull();
    });

    it('takes the key from the result: by a function, or by its marked method', async () => {
      await new Rows().created('text');
      await new Rows().customer('7');
      expect([await cache.get('row:new'), await cache.get('entity:e7')]).toEqual([row('new', 'text'), { id: '7' }]);
    });

    it('stores under the assigned key', async () => {
      await new Rows().all();
      expect(await cache.get('row:all')).toEqual(['1', '2']);
      await new Rows().allFrom(['3']);
      expect(await cache.get('row:all')).toEqual(['3']);
    });

    it('only publishes when memcached fails, or when a result has no key', async () => {
      const troubles = await troublesOf(async () => {
        stage.client.before = () => {
          throw new Error('memcached fails');
        };
        expect(await new Rows().fromResult('1')).toEqual(row('1', 'result'));
        stage.client.before = () => undefined;
        expect((await new Rows().customer('')).id).toBe('');
      });
      expect(troubles.length).toBeGreaterThan(0);
    });
  });

  describe('a multi-update', () => {
    class Rows {
      @UpdateMulti({ namespace: 'row' })
      async fromResult(@Key() ids: string[]): Promise<Row[]> {
        return ids.map((id) => row(id, 'result'));
      }
      @UpdateMulti({ namespace: 'row' })
      async fromParameter(@Key() ids: string[], @Content() rows: Row[]): Promise<void> {
        ran.push(`${String(ids.length)} ${String(rows.length)}`);
      }
      @UpdateMulti({ namespace: 'row', idOf: (item: Row) => item.id })
      async matched(@Key() ids: string[], @Content() rows: Row[]): Promise<number> {
        return ids.length + rows.length;
      }
      @UpdateMulti({ namespace: 'row', keyFromResult: ({ result }: { result: Row }) => result.id })
      async created(...texts: string[]): Promise<Row[]> {
        return texts.map((text, at) => row(`new${String(at)}`, text));
      }
      @UpdateMulti({
        namespace: 'price',
        unless: ({ result }) => result === 0,
        tags: ({ result }) => [`p${String(result)}`],
      })
      async prices(@Key() skus: string[], @Key() currency: string, @Content() prices: number[]): Promise<void> {
        ran.push(skus.join() + currency + prices.join());
      }
    }
    const stored = async (...ids: string[]) => await Promise.all(ids.map((id) => cache.get(`row:${id}`)));

    it('stores by position, the result or the marked list', async () => {
      await new Rows().fromResult(['1', '2']);
      expect(await stored('1', '2')).toEqual([row('1', 'result'), row('2', 'result')]);
      await new Rows().fromParameter(['1', '2'], [row('1', 'a'), row('2', 'b')]);
      expect(await stored('1', '2')).toEqual([row('1', 'a'), row('2', 'b')]);
    });

    it('stores nothing when the sizes differ; differs: the old entries are removed, for they are out of date', async () => {
      await new Rows().fromResult(['1', '2']);
      const troubles = await troublesOf(() => new Rows().fromParameter(['1', '2'], [row('1', 'a')]));
      expect(ran).toEqual(['2 1']);
      expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_INVALID_DECORATOR' } }]);
      expect(troubles[0]?.error.message).toMatch(/given 2 ids and returned 1 items/);
      expect(await stored('1', '2')).toEqual([undefined, undefined]);
    });

    it('matches by id, and removes the entries of ids without content', async () => {
      await new Rows().fromResult(['1', '2']);
      await new Rows().matched(['1', '2', '3'], [row('3', 'c'), row('1', 'a')]);
      expect(await stored('1', '2', '3')).toEqual([row('1', 'a'), undefined, row('3', 'c')]);
    });

    it('takes the keys from the result, element by element', async () => {
      await new Rows().created('a', 'b');
      expect(await stored('new0', 'new1')).toEqual([row('new0', 'a'), row('new1', 'b')]);
    });

    it('keeps the other marked parameters in every key; unless and tags are asked for each item', async () => {
      await new Rows().prices(['a', 'b'], 'EUR', [5, 0]);
      expect([await cache.get('price:a/EUR'), await cache.get('price:b/EUR')]).toEqual([5, undefined]);
      await cache.invalidateTags('p5');
      expect(await cache.get('price:a/EUR')).toBeUndefined();
    });

    it('leaves out a list element that is nothing, and publishes it', async () => {
      const troubles = await troublesOf(() => new Rows().fromParameter(['1', ''], [row('1', 'a'), row('', 'b')]));
      expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_INVALID_KEY' } }]);
      expect(await stored('1')).toEqual([row('1', 'a')]);
    });

    it('what cannot be stored is published, and the others are stored', async () => {
      const troubles = await troublesOf(() => new Rows().fromParameter(['1', '2'], [1n as never, row('2', 'b')]));
      expect(troubles).toMatchObject([{ error: { code: 'MEMCACHE_NOT_SERIALIZABLE' } }]);
      expect(await stored('1', '2')).toEqual([undefined, row('2', 'b')]);
    });
  });

  describe('an invalidation', () => {
    class Rows {
      @Invalidate({ namespace: 'row' })
      async changed(@Key() ids: { id: string }): Promise<void> {
        // The key is that of the arguments as they were passed.
        ids.id = 'other';
      }
      @Invalidate({ namespace: 'row', keyFromResult: ({ result }: { result: Row }) => [result.id] })
      async removedNewest(): Promise<Row> {
        return row('1');
      }
      @InvalidateAssigned({ namespace: 'row', key: 'all' })
      async cleared(fails: boolean): Promise<void> {
        if (fails) throw new RangeError('not cleared');
      }
      @InvalidateMulti({ namespace: 'row' })
      async many(@Key() ids: string[]): Promise<void> {
        if (ids.includes('fails')) throw new RangeError('not removed');
      }
      @InvalidateMulti({ namespace: 'row', keyFromResult: ({ result }) => (result as Row).id })
      async older(): Promise<Row[]> {
        return [row('1'), row('2')];
      }
      @InvalidateMulti({ namespace: 'row', tags: ['lists'], beforeInvocation: true })
      async before(@Key() ids: string[]): Promise<void> {
        ran.push(JSON.stringify([await cache.get(`row:${String(ids[0])}`), await cache.get('list')]));
      }
    }
    const left = async () => {
      const entries = await Promise.all(['1', '2', '3', 'all'].map((id) => cache.get(`row:${id}`)));
      return entries.map((entry) => (entry === undefined ? '-' : '+')).join('');
    };
    beforeEach(async () => {
      for (const id of ['1', '2', '3', 'all']) await cache.set(`row:${id}`, '+');
    });

    it('builds its key before the method runs', async () => {
      await cache.set('row:~{"id":"1"}', '+');
      await new Rows().changed({ id: '1' });
      expect(await cache.get('row:~{"id":"1"}')).toBeUndefined();
    });

    it('takes its key from the result', async () => {
      await new Rows().removedNewest();
      expect(await left()).toBe('-+++');
    });

    it('removes the assigned entry after success, and nothing after a failure', async () => {
      await expect(new Rows().cleared(true)).rejects.toThrow('not cleared');
      expect(await left()).toBe('++++');
      await new Rows().cleared(false);
      expect(await left()).toBe('+++-');
    });

    it('removes every key of the list after success, and nothing after a failure', async () => {
      await expect(new Rows().many(['1', 'fails'])).rejects.toThrow('not removed');
      expect(await left()).toBe('++++');
      await new Rows().many(['1', '3']);
      expect(await left()).toBe('-+-+');
      await new Rows().older();
      expect(await left()).toBe('---+');
    });

    it('may come first, with tags', async () => {
      await cache.set('list', 1, { tags: ['lists'] });
      await new Rows().before(['1']);
      expect(ran).toEqual(['[null,null]']);
    });

    it('runs the method and removes nothing when no key can be built', async () => {
      class Hidden {
        id = '1';
      }
      const hidden = new Hidden();
      const troubles = await troublesOf(() => new Rows().changed(hidden));
      expect([hidden.id, await left()]).toEqual(['other', '++++']);
      expect(troubles).toMatchObject([{ operation: 'build the key of', error: { code: 'MEMCACHE_INVALID_KEY' } }]);
    });
  });

  it('a cache may be chosen for one decorator', async () => {
    const other = setStage(memcache).cache;
    class Rows {
      @ReadThroughAssigned({ namespace: 'row', key: 'all', cache: other })
      async all(): Promise<number> {
        return 1;
      }
    }
    await new Rows().all();
    expect([await cache.get('row:all'), await other.get('row:all')]).toEqual([undefined, 1]);
  });
});
