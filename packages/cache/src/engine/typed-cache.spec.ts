/**
 * What the compiler accepts and refuses. Each refusal is a `@ts-expect-error`: the type check fails when there is none.
 */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Memcache } from '@memkit/core';
import { embeddedMemcache } from '../spec-support/stage.js';
import type { Cache } from './cache-surface.js';
import { createCache } from './create-cache.js';
import type { TypedCache } from './typed-cache.js';

interface User {
  readonly name: string;
}
interface Post {
  readonly title: string;
}
interface Schema {
  'user:{id}': User;
  'user:{id}:posts': readonly Post[];
  'config:site': { readonly theme: string };
}
type Tags = 'users' | 'country:{code}';

const ada: User = { name: 'Ada' };
const posts: readonly Post[] = [{ title: 'Notes' }];

describe('createCache with a schema', () => {
  let memcache: Memcache;
  let cache: TypedCache<Schema, Tags>;
  beforeAll(() => {
    memcache = embeddedMemcache();
    cache = createCache<Schema, Tags>({ client: memcache, namespace: 'typed' });
  });
  afterAll(() => memcache.close());

  it('knows what is under a key', async () => {
    const id: string = '42';
    const user: User = await cache.getOrLoad(`user:${id}`, () => ada, { tags: ['users', 'country:fr'] });
    const list: readonly Post[] = await cache.getOrLoad(`user:${id}:posts`, () => posts);
    const read: User = (await cache.read('user:42', () => ada)).value;
    const again: User | undefined = await cache.get(cache.key('user:{id}', { id }));
    const theme: string = await cache.getOrLoad('config:site', () => ({ theme: 'dark' })).then((site) => site.theme);
    expect({ user, list, read, again, theme }).toEqual({
      user: ada,
      list: posts,
      read: ada,
      again: ada,
      theme: 'dark',
    });
  });

  it('knows it of many keys', async () => {
    const users: (User | undefined)[] = await cache.getOrLoadMany(
      [1, 2],
      (id) => `user:${id}` as const,
      (ids) => new Map(ids.map((id) => [id, ada])),
    );
    expect(users).toEqual([ada, ada]);
    const reads = await cache.readMany(
      [1],
      (id) => cache.key('user:{id}', { id }),
      () => new Map(),
    );
    expect(reads[0]?.value.name).toBe('Ada');
  });

  it('takes only what belongs there', async () => {
    await cache.set('user:1', ada, { tags: ['country:de'] });
    await cache.set('user:1', undefined);
    expect(await cache.touch('user:1')).toBe(false);
    await cache.delete('user:1');
    await cache.invalidate('user:1', `user:2:posts`, cache.key('user:{id}:posts', { id: 3n }));
    await cache.invalidateTags('users', 'country:de');
    const other = cache.with({ ttl: '1m' });
    expect(await other.get('user:1')).toBeUndefined();
    const double = other.memoize((n: number) => n * 2, { name: 'double', tags: ['users'] });
    expect(await double(2)).toBe(4);
  });

  it('refuses at compile time what does not', () => {
    const name: string = 'user:1';
    const refused = [
      // @ts-expect-error -- a mistyped key
      () => cache.get('usr:1'),
      // @ts-expect-error -- a key nobody can check
      () => cache.get(name),
      // @ts-expect-error -- a template whose places are not filled
      () => cache.get('user:{id}'),
      // @ts-expect-error -- another value than is under the key
      () => cache.set('user:1', posts),
      // @ts-expect-error -- another value than is under the narrower key
      () => cache.set('user:1:posts', ada),
      // @ts-expect-error -- a loader of something else
      () => cache.getOrLoad('user:1', () => ({ title: 'no user' })),
      // @ts-expect-error -- a mistyped tag
      () => cache.set('user:1', ada, { tags: ['user'] }),
      // @ts-expect-error -- a mistyped tag
      () => cache.invalidateTags('county:de'),
      // @ts-expect-error -- a mistyped tag
      () => cache.memoize((n: number) => n, { name: 'same', tags: ['user'] }),
      // @ts-expect-error -- a mistyped key
      () => cache.invalidate('user:1', 'usr:2'),
      // @ts-expect-error -- a mistyped key
      () => cache.delete('config:sites'),
      // @ts-expect-error -- a mistyped key
      () => cache.touch('config:sites', '1m'),
      () =>
        cache.getOrLoadMany(
          [1],
          // @ts-expect-error -- mistyped keys
          (id) => `usr:${String(id)}` as const,
          () => new Map(),
        ),
      // @ts-expect-error -- a template that is not of the schema
      () => cache.key('usr:{id}', { id: 1 }),
      // @ts-expect-error -- a parameter of another name
      () => cache.key('user:{id}', { name: 'Ada' }),
      // @ts-expect-error -- a parameter that is no text
      () => cache.key('user:{id}', { id: {} }),
      // @ts-expect-error -- a cache with types where any key is used
      (): Cache => cache,
    ];
    expect(refused).toHaveLength(17);
  });

  it('is the same cache without the types', async () => {
    await cache.set('config:site', { theme: 'light' });
    expect(await cache.untyped.get('config:site')).toEqual({ theme: 'light' });
  });
});

describe('createCache without a schema', () => {
  it('takes any key and tag', async () => {
    const cache: Cache = createCache({ disabled: true });
    const value: number = await cache.getOrLoad('anything', () => 1, { tags: ['any'] });
    expect(value).toBe(1);
    expect(cache.key('a:{x}:{y}', { x: 1, y: 'two' })).toBe('a:1:two');
    // @ts-expect-error -- of a template, all places are to be filled
    expect(() => cache.key('a:{x}:{y}', { x: 1 })).toThrow('"y" is missing');
  });
});
