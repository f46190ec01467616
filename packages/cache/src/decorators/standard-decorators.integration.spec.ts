import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { embeddedMemcache, setStage } from '../spec-support/stage.js';
import { decoratedMethodsOf } from './method-metadata.js';
import { ReadThrough } from './read-through.js';

/** What a compiler of standard decorators calls them with; this workspace compiles legacy ones. */
function contextOf(name: string, kind = 'method'): ClassMethodDecoratorContext {
  return { kind, name, static: false, private: false } as ClassMethodDecoratorContext;
}

describe('the decorators in their standard form', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  it('wrap a method that has a namespace and a key function', async () => {
    const { cache } = setStage(memcache);
    const ran: string[] = [];
    class Users {
      readonly suffix = '!';
      async findOne(id: string): Promise<string> {
        ran.push(id);
        return id + this.suffix;
      }
    }
    const decorate = ReadThrough({ namespace: 'user', key: (id: string) => id, cache });
    Users.prototype.findOne = decorate(Users.prototype.findOne, contextOf('findOne'));
    expect([await new Users().findOne('1'), await new Users().findOne('1')]).toEqual(['1!', '1!']);
    expect(ran).toEqual(['1']);
    expect(decoratedMethodsOf(Users.prototype)).toMatchObject([{ name: 'findOne', decorator: '@ReadThrough' }]);
  });

  it.each([
    ['no key function', () => ReadThrough({ namespace: 'user' })(async () => 1, contextOf('find')), /key function/],
    ['no namespace', () => ReadThrough({ key: () => 'a' })(async () => 1, contextOf('find')), /namespace/],
    ['a field', () => ReadThrough({ namespace: 'a' })(async () => 1, contextOf('x', 'field')), /not a method/],
  ])('are refused with %s', (_what, decorate, message) => {
    expect(decorate).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_DECORATOR' }));
    expect(decorate).toThrow(message);
  });
});
