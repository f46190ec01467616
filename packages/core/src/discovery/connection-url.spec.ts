import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { showServer } from '../options/server-address.js';
import { parseServerList } from './connection-url.js';

const SECRET = 'hunter2';

function names(text: string | string[]): string[] {
  return parseServerList(text, 'MEMCACHED_URL').servers.map(({ host, port, weight, auth }) =>
    [host, port, weight, typeof auth === 'object' && `${auth.username}/${auth.password}`]
      .filter((part) => part !== false)
      .join(' '),
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

  it.each([
    ['a', [false]],
    ['memcaches://a', [true]],
    ['memcacheds://a', [true]],
    ['MEMCACHED+TLS://a', [true]],
    ['memcached+ssl://a', [true]],
    ['memcached2://a', [false]],
    ['memcached://a?tls=true', [true]],
    ['memcached://a?tls', [true]],
    ['memcached://a,b?tls=1', [true, true]],
    ['memcaches://a,b', [true, true]],
    ['memcaches://a,memcached://b', [true, false]],
    ['memcaches://a?tls=true', [true]],
    ['memcached://a?tls=false', [false]],
    ['memcached://a?tls=OFF,memcached://b?tls=on', [false, true]],
    ['a?tls=true', [true]],
  ])('knows which servers of %s speak TLS', (text, expected) => {
    const { servers, options } = parseServerList(text, 'MEMCACHED_URL');
    expect(servers.map(({ tls }) => tls)).toEqual(expected);
    expect(options).toEqual({});
  });

  it.each([
    ['unix:///run/memcached.sock', ['/run/memcached.sock']],
    ['unix:///run/my%20cache.sock:2', ['/run/my cache.sock']],
    ['unix://u:p@/run/memcached.sock?timeout=1s', ['/run/memcached.sock']],
    ['/run/memcached.sock:2,a', ['/run/memcached.sock', 'a:11211']],
    ['/run/100%.sock', ['/run/100%.sock']],
    ['a;b:2', ['a:11211', 'b:2']],
  ])('finds the servers of %s', (text, expected) => {
    expect(parseServerList(text, 'MEMCACHED_URL').servers.map(showServer)).toEqual(expected);
  });

  it('reads every option that a URL may carry', () => {
    const query =
      'protocol=text&timeout=1s&ttl=10m&keyPrefix=a&failover=none&itemSizeMax=2097152&onTooLarge=chunk&compression=false' +
      '&profile=memjs&pool=5&maxQueuedRequests=9&maxQueuedBytes=2097152&ring=memjs&replicas=1&requireAuth=true';
    expect(parseServerList(`memcached://a?${query}`, 'MEMCACHED_URL').options).toEqual({
      protocol: 'text',
      timeout: '1s',
      ttl: '10m',
      keyPrefix: 'a',
      failover: 'none',
      itemSizeMax: 2097152,
      onTooLarge: 'chunk',
      compression: false,
      profile: 'memjs',
      pool: 5,
      maxQueuedRequests: 9,
      maxQueuedBytes: 2097152,
      ring: 'memjs',
      replicas: 1,
      requireAuth: true,
    });
  });

  it.each([
    ['memcached://a?timeout=1s&timeout=2s', { timeout: '2s' }, 'timeout'],
    ['memcached://a?pool=1,memcached://b?pool=2', { pool: 2 }, 'pool'],
  ])('takes the last one of an option that comes twice, and says so: %s', (text, options, name) => {
    expect(parseServerList(text, 'MEMCACHED_URL')).toMatchObject({
      options,
      ignored: [`the first ${name} in MEMCACHED_URL: the last one counts`],
    });
  });

  it.each([
    ['mc1.dev.ec2.memcachier.com:11211', 'key-and-value'],
    ['MEMCACHIER.COM', 'key-and-value'],
    ['mc1.memcachier.com.', 'key-and-value'],
    ['notmemcachier.com', 'memcached'],
    ['memcachier.com.example', 'memcached'],
    ['/run/mc1.memcachier.com', 'memcached'],
  ])('%s counts sizes by the rule %s', (text, rule) => {
    expect(parseServerList(text, 'MEMCACHED_URL').servers[0]?.sizeRule).toBe(rule);
  });

  it.each([
    ['redis://a', 'the scheme "redis" is not one of memcache'],
    ['memcaches://a?tls=false', 'the scheme "memcaches" asks for TLS and its option "tls" says no'],
    ['memcached://a?tls=maybe', 'the option "tls" of MEMCACHED_URL: it is neither true nor false'],
    ['memcached://a?compression=gzip', 'the option "compression" of MEMCACHED_URL: it is neither true nor false'],
    ['memcached://a?pool=many', 'the option "pool" of MEMCACHED_URL: it is not a whole number'],
    ['memcached://a?pool=', 'the option "pool" of MEMCACHED_URL: it is not a whole number'],
    ['tcp://a:11211', 'the scheme "tcp" is not one of memcache'],
    ['unix://run/a.sock', 'there is a host name in the URL of a socket'],
    ['unix://', 'there is no path of a socket in it'],
    ['unix:///run/%zz', 'the path of the socket is not percent-encoded correctly'],
    ['memcached:///run/a.sock', 'there is no host name in it'],
    [' , ', 'there is no server in it'],
    ['memcached://', 'there is no host name in it'],
  ])('refuses %s and says why', (text, detail) => {
    expect(messageOf(text)).toContain(detail);
  });

  it.each([
    `memcached://user:${SECRET}@a:port`,
    `memcached://user:${SECRET},more@a`,
    `memcached://user:${SECRET}/more@a`,
    `/redis://user:${SECRET}@a`,
    `unix:///user:${SECRET}@a`,
    `memcached://user:12/${SECRET}@a`,
    `memcached://user:12?${SECRET}@a`,
    `memcached://user:${SECRET}`,
    `user:${SECRET}:a`,
    `memcached://user:%zz${SECRET}@a`,
    `memcached://:${SECRET}@a`,
    `memcached://user:${SECRET}@a?timeuot=1s`,
  ])('never shows a credential: %s', (text) => {
    expect(messageOf(text)).not.toContain(SECRET);
  });

  it('gives back whatever username, password, host, port and weight were written', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    );
    const text = fc.string({ unit: 'grapheme', minLength: 1 });
    fc.assert(
      fc.property(text, text, host, fc.integer({ min: 1, max: 65535 }), (username, password, name, number) => {
        const credentials = `${encodeURIComponent(username)}:${encodeURIComponent(password)}`;
        const url = `memcached://${credentials}@${name}:${String(number)}:${String(number)}`;
        expect(parseServerList([url, 'other'], 'MEMCACHED_URL').servers).toEqual([
          {
            host: name.replace(/^\[|\]$/g, '').toLowerCase(),
            port: number,
            weight: number,
            auth: { username, password },
            tls: false,
            sizeRule: 'memcached',
          },
          expect.objectContaining({ host: 'other', auth: undefined }),
        ]);
      }),
    );
  });
});
