import { describe, expect, it } from '@jest/globals';
import { KeySpace } from './key-space.js';

const space = new KeySpace('shop');

describe('KeySpace', () => {
  it('puts the namespace in front of a key and leaves the key as it is', () => {
    expect(space.entry('user:42')).toBe('shop:user:42');
    expect(space.entry('größe')).toBe('shop:größe');
  });

  it('puts nothing in front without a namespace', () => {
    expect(new KeySpace('').entry('user:42')).toBe('user:42');
  });

  it('keeps leases, tags and tokens beside the entries', () => {
    expect(space.lease('user:42')).toBe('shop:@lease:user:42');
    expect(space.tag('country:fr')).toBe('shop:@tag:country:fr');
    expect([space.all, space.anyTag]).toEqual(['shop:@all', 'shop:@tags']);
  });

  it('names the tokens that an entry depends on: that of the namespace, and those of its tags', () => {
    expect(space.tokens(['users', 'country:fr'])).toEqual(['shop:@all', 'shop:@tag:users', 'shop:@tag:country:fr']);
  });

  it.each([
    ['a space', 'two words'],
    ['a line end, which would start another command', 'a\r\nflush_all'],
    ['a control character', 'a\u0000b'],
    ['a name of another kind', '@tag:country:fr'],
    ['a name of another kind behind a colon', 'user:@lease:1'],
    ['the form of a digest', `@sha256:${'x'.repeat(43)}`],
    ['half a surrogate pair', 'a\ud800'],
    ['more than 200 bytes', 'x'.repeat(196)],
    ['more than 200 bytes in fewer characters', 'é'.repeat(98)],
  ])('hashes a key with %s', (_what, key) => {
    expect(space.entry(key)).toMatch(/^shop:@sha256:[\w-]{43}$/);
    expect(space.lease(key)).toBe(space.entry(key).replace('shop:', 'shop:@lease:'));
  });

  it('keeps the longest key that fits', () => {
    expect(space.entry('x'.repeat(195))).toBe(`shop:${'x'.repeat(195)}`);
  });

  it('keeps every name within the 250 bytes of memcached, with the longest namespace', () => {
    const long = new KeySpace('n'.repeat(100));
    const names = ['x'.repeat(99), 'x'.repeat(100), 'x'.repeat(5000)].flatMap((key) => [
      long.entry(key),
      long.lease(key),
      long.tag(key),
    ]);
    expect(Math.max(...names.map((name) => Buffer.byteLength(name)))).toBeLessThanOrEqual(250);
  });

  it('gives different keys different names, also where bytes alone would be equal', () => {
    const keys = ['a b', 'a  b', 'a\ud800', 'a\ud801', 'a\ufffd', '"a b"', 'x'.repeat(300), 'x'.repeat(301)];
    expect(new Set(keys.map((key) => space.entry(key))).size).toBe(keys.length);
  });

  it('does not let the digest of one key be the name of another', () => {
    const digest = space.entry('a b').slice('shop:'.length);
    expect(space.entry(digest)).not.toBe(space.entry('a b'));
  });

  it.each([
    ['empty', ''],
    ['not a string', 42 as never],
  ])('refuses a key that is %s', (_what, key) => {
    expect(() => space.entry(key)).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_KEY' }));
    expect(() => space.tag(key)).toThrow(/Give a tag of at least one character/);
  });

  it.each([
    ['two words', /has spaces/],
    ['n'.repeat(101), /101 bytes and 100 are allowed/],
    ['shop:@tag', /reserved/],
    [42 as never, /type number/],
  ])('refuses the namespace %j', (namespace, problem) => {
    const create = () => new KeySpace(namespace);
    expect(create).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION' }));
    expect(create).toThrow(problem);
  });
});
