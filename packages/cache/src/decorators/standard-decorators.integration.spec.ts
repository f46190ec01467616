import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import type { Cache } from '../engine/cache-surface.js';
import * as memkit from '../index.js';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import { defineStandard } from '../spec-support/standard-class.js';
import { decoratedMethodsOf } from './method-metadata.js';

interface Methods {
  [name: string]: (...args: unknown[]) => Promise<unknown>;
}
type Class = (new () => Methods) & { readonly run: (id: string) => Promise<unknown> };

describe('the decorators in their standard form', () => {
  let memcache: Memcache;
  let cache: Cache;
  let ran: string[];
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  beforeEach(() => {
    ({ cache } = setStage(memcache));
    memkit.setDefaultCache(cache);
    ran = [];
  });
  afterEach(() => {
    memkit.setDefaultCache(undefined);
  });
  afterAll(() => memcache.close());

  function define(text: string): Class {
    return defineStandard<Class>(text, { ...memkit, ran });
  }

  it('wrap a method, with fields, its own name and its own this', async () => {
    const Users = define(`
      return class Users {
        suffix = '!';
        @ReadThrough({ namespace: 'user', key: (id) => id })
        async findOne(id) { ran.push(id); return id + this.suffix; }
        async greet(id) { return 'Hello ' + await this.findOne(id); }
      }`);
    const users = new Users();
    expect([await users['findOne']!('1'), await users['greet']!('1')]).toEqual(['1!', 'Hello 1!']);
    expect(ran).toEqual(['1']);
    expect([users['findOne']!.name, users['findOne']!.length]).toEqual(['findOne', 1]);
    expect(decoratedMethodsOf(Users.prototype as object)).toMatchObject([
      { name: 'findOne', decorator: '@ReadThrough' },
    ]);
  });

  it('wrap private and static methods', async () => {
    const Users = define(`
      return class Users {
        @ReadThrough({ key: (id) => id })
        async #find(id) { ran.push('private ' + id); return id; }
        find(id) { return this.#find(id); }
        @ReadThrough({ key: (id) => 'static-' + id })
        static async run(id) { ran.push('static ' + id); return id; }
      }`);
    const users = new Users();
    for (const id of ['1', '1']) await Promise.all([users['find']!(id), Users.run(id)]);
    expect(ran).toEqual(['private 1', 'static 1']);
    expect([await cache.get('Users:1'), await cache.get('Users:static-1')]).toEqual(['1', '1']);
  });

  it('take the namespace of the class, or of @CacheDefaults', async () => {
    const Named = define(`
      @CacheDefaults({ namespace: 'user', ttl: '1s' })
      class Users {
        @ReadThrough({ key: (id) => id })
        async findOne(id) { return id; }
      }
      return Users`);
    await new Named()['findOne']!('1');
    expect(await cache.get('user:1')).toBe('1');
  });

  it('know @CacheKey on methods and getters, and inherit it', async () => {
    const Service = define(`
      class Entity { constructor(id) { this.id = id; } @CacheKey() key() { return this.id; } }
      class User extends Entity {}
      class Team { get other() { return 1; } @CacheKey() get key() { return 'team-7'; } }
      return class Service {
        @ReadThrough({ key: (thing) => [thing] })
        async load(thing) { ran.push(thing.constructor.name); return 1; }
        async both() { await this.load(new User('u1')); await this.load(new Team()); await this.load(new User('u1')); }
      }`);
    await new Service()['both']!();
    expect(ran).toEqual(['User', 'Team']);
    expect([await cache.get('Service:u1'), await cache.get('Service:team-7')]).toEqual([1, 1]);
  });

  it('take the content, and the delta, from functions', async () => {
    const Stock = define(`
      return class Stock {
        @Update({ namespace: 'item', key: (id) => id, content: (_id, item) => item })
        async save(id, item) { return 'saved'; }
        @IncrementCounter({ namespace: 'count', key: (id) => id, delta: (_id, by) => by })
        async add(id, by) {}
        @ReadCounter({ namespace: 'count', key: (id) => id })
        async count(id) { return 0; }
        @ReadThroughMulti({ namespace: 'item', key: (id) => id })
        async many(ids) { ran.push(ids.join()); return ids; }
      }`);
    const stock = new Stock();
    await stock['save']!('1', { title: 'Cup' });
    await stock['add']!('1', 4);
    expect(await cache.get('item:1')).toEqual({ title: 'Cup' });
    expect(await stock['count']!('1')).toBe(4);
    expect(await stock['many']!(['1', '2'])).toEqual([{ title: 'Cup' }, '2']);
    expect(ran).toEqual(['2']);
  });

  it('tell the list of ids from the list that is stored', async () => {
    const Stock = define(`
      return class Stock {
        @UpdateMulti({ namespace: 'item', key: (id) => id, content: (_ids, items) => items })
        async save(ids, items) {}
      }`);
    await new Stock()['save']!(['1', '2'], ['Cup', 'Pot']);
    expect([await cache.get('item:1'), await cache.get('item:2')]).toEqual(['Cup', 'Pot']);
  });

  it.each([
    ['no key function', '@ReadThrough({ namespace: "user" }) async find() {}', /method find.*key function/],
    ['no key function for the list', '@ReadThroughMulti() async find() {}', /method find.*key function/],
    ['a field', '@ReadThrough({ key: () => 1 }) find = 1;', /method find.*not a method/],
    ['a getter', '@ReadThrough({ key: () => 1 }) get find() { return 1; }', /method find.*not a method/],
    ['a generator', '@ReadThrough({ key: () => 1 }) async *find() {}', /method find.*generator/],
    ['no parentheses', '@ReadThrough async find() {}', /method find.*parentheses.*@ReadThrough\(\)/],
    ['@CacheKey on a field', '@CacheKey() id = 1;', /@CacheKey on method id.*neither a method nor a getter/],
    ['@CacheKey on a static method', '@CacheKey() static id() {}', /@CacheKey on method id.*static/],
    ['@CacheDefaults on a method', '@CacheDefaults({ ttl: "1s" }) async find() {}', /not stand on a class/],
  ])('are refused when the class is defined: %s', (_what, member, message) => {
    const attempt = () => define(`return class Users { ${member} }`);
    expect(attempt).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_DECORATOR' }));
    expect(attempt).toThrow(message);
  });

  it('are refused with a whole class', () => {
    expect(() => define('@ReadThrough({ key: () => 1 }) class Users {} return Users')).toThrow(/it is not a method/);
  });

  it.each([
    [
      'two readers of one default namespace',
      '@ReadThrough({ key: (id) => id }) async one(id) {} @ReadThrough({ key: (id) => id }) async two(id) {}',
      /@ReadThrough on Users\.two.*one reads under the same default namespace/,
    ],
    [
      'two reading decorators on one method',
      '@ReadThrough({ namespace: "a", key: (id) => id }) @ReadThrough({ namespace: "b", key: (id) => id }) async one(id) {}',
      /on Users\.one.*another decorator on it reads already/,
    ],
  ])('are refused with the first object of the class: %s', (_what, members, message) => {
    const Users = define(`return class Users { ${members} }`);
    expect(() => new Users()).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_DECORATOR' }));
    expect(() => new Users()).toThrow(message);
  });

  it('may override a decorated method, and call it with super', async () => {
    const Users = define(`
      class Base {
        @ReadThrough({ namespace: 'user', key: (id) => id })
        async find(id) { ran.push('base ' + id); return 'base ' + id; }
      }
      return class Users extends Base {
        @ReadThrough({ namespace: 'user', key: (id) => id })
        async find(id) { return 'derived ' + await super.find(id); }
      }`);
    const users = new Users();
    expect([await users['find']!('1'), await users['find']!('1')]).toEqual(['derived base 1', 'derived base 1']);
    expect(ran).toEqual(['base 1']);
  });
});
