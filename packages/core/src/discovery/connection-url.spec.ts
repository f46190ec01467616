import { describe, expect, it } from '@jest/globals';
import { parseServerList } from './connection-url.js';

const SECRET = 'hunter2';

function names(text: string | string[]): string[] {
  return parseServerList(text, 'MEMCACHED_URL').servers.map(({ host, port, weight, auth }) =>
    [host, port, weight, auth && `${auth.username}/${auth.password}`].filter((part) => part !== undefined).join(' '),
  );
}

function messageOf(text: string): string {
  try {
    parseServerList(text, 'MEMCACHED_URL');
  } catch (error) {
    expect(error).toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
    return (error as Error).message;
  }
  throw new Error(`${text} was accepted`);
}

describe('parseServerList', () => {
  it.each([
    ['10.13.0.6:11000', ['10.13.0.6 11000 1']],
    ['memcached://dokku-memcached-lollipop:11211', ['dokku-memcached-lollipop 11211 1']],
    ['memcached2://cache', ['cache 11211 1']],
    ['memcache://cache:1/', ['cache 1 1']],
    ['MEMCACHED://cache:1', ['cache 1 1']],
    ['a:1,b:2:5 , c', ['a 1 1', 'b 2 5', 'c 11211 1']],
    ['memcached://u:p@a:1', ['a 1 1 u/p']],
    ['u:p@a:1', ['a 1 1 u/p']],
    ['memcached://u%40x:p%2Fw%3A%2C@a', ['a 11211 1 u@x/p/w:,']],
    ['memcached://u:p:q@a', ['a 11211 1 u/p:q']],
    ['memcached://u:p@a:1,b:2', ['a 1 1 u/p', 'b 2 1 u/p']],
    ['memcached://u:p@a,memcached://b', ['a 11211 1 u/p', 'b 11211 1']],
    ['memcached://u:p@a,v:q@b', ['a 11211 1 u/p', 'b 11211 1 v/q']],
    ['memcached://u:p@[::1]:11212', ['::1 11212 1 u/p']],
    ['memcached://u:@a', ['a 11211 1 u/']],
  ])('reads %s', (text, expected) => {
    expect(names(text)).toEqual(expected);
  });

  it('does not carry credentials from one text of a list to the next', () => {
    expect(names(['memcached://u:p@a', 'b'])).toEqual(['a 11211 1 u/p', 'b 11211 1']);
  });

  it('reads options behind the question mark, numbers as numbers', () => {
    const text = 'memcached://a,b?timeout=750ms&itemSizeMax=2097152&keyPrefix=shop%3A';
    expect(parseServerList(text, 'MEMCACHED_URL').options).toEqual({
      timeout: '750ms',
      itemSizeMax: 2097152,
      keyPrefix: 'shop:',
    });
  });

  it('names the nearest option when one is misspelled', () => {
    expect(messageOf('memcached://a?timeuot=1s')).toContain('Did you mean "timeout"?');
  });

  it('ignores a path and a repeated server, and says so', () => {
    const list = parseServerList('memcached://u:p@a:1/other_service,a:1', 'MEMCACHED_URL');
    expect(list.servers).toHaveLength(1);
    expect(list.ignored).toEqual([
      'the path in MEMCACHED_URL: memcached has no databases',
      'the second a:1 in MEMCACHED_URL: it is already in the list',
    ]);
  });

  it.each(['memcaches://a', 'memcacheds://a', 'memcached+tls://a', 'memcached://a?tls=true', 'memcached://a?tls'])(
    'refuses TLS in %s instead of sending plain text',
    (text) => {
      expect(messageOf(text)).toMatch(/TLS, which is not supported yet by this version\. Use an address without TLS/);
    },
  );

  it('accepts that TLS is turned off', () => {
    expect(parseServerList('memcached://a?tls=false', 'MEMCACHED_URL').options).toEqual({});
  });

  it.each([
    ['redis://a', 'the scheme "redis" is not one of memcache'],
    ['/var/run/memcached.sock', 'Unix sockets are not supported by this version'],
    [' , ', 'there is no server in it'],
    ['memcached://', 'there is no host name in it'],
  ])('refuses %s and says why', (text, detail) => {
    expect(messageOf(text)).toContain(detail);
  });

  it.each([
    `memcached://user:${SECRET}@a:port`,
    `memcached://user:${SECRET},more@a`,
    `memcached://user:${SECRET}/more@a`,
    `memcached://user:%zz${SECRET}@a`,
    `memcached://:${SECRET}@a`,
    `memcached://user:${SECRET}@a?timeuot=1s`,
  ])('never shows a credential: %s', (text) => {
    expect(messageOf(text)).not.toContain(SECRET);
  });
});
