import { describe, expect, it } from '@jest/globals';
import type { MemcacheOptions } from '../options/memcache-options.js';
import { showServer } from '../options/server-address.js';
import { discoverServers } from './discover-servers.js';
import type { Environment } from './environment.js';

/** `source | server user/password, … | ignored`. */
function found(environment: Environment, options: MemcacheOptions = {}) {
  const { servers, source, ignored } = discoverServers(options, environment);
  return {
    source,
    servers: servers.map((server) =>
      typeof server.auth === 'object'
        ? `${showServer(server)} ${server.auth.username}/${server.auth.password}`
        : showServer(server),
    ),
    ignored,
  };
}

const PLACES =
  'option "servers", MEMCACHIER_SERVERS, MEMCACHEDCLOUD_SERVERS, MEMCACHE_SERVERS, MEMCACHED_URL, MEMCACHE_URL, ' +
  'VCAP_SERVICES, STACKATO_SERVICES, DOKKU_MEMCACHED_*_URL, *_URL with a scheme of memcache and *_PORT_11211_TCP_ADDR';

const memcachier = { MEMCACHIER_SERVERS: 'mc1:11211,mc2:11211', MEMCACHIER_USERNAME: 'u', MEMCACHIER_PASSWORD: 'p' };

describe('discoverServers', () => {
  it.each<[string, Environment, string, string[]]>([
    ['MemCachier', memcachier, 'MEMCACHIER_SERVERS', ['mc1:11211 u/p', 'mc2:11211 u/p']],
    ['MEMCACHE_SERVERS', { MEMCACHE_SERVERS: 'a,b:2' }, 'MEMCACHE_SERVERS', ['a:11211', 'b:2']],
    [
      'MEMCACHE_SERVERS with credentials',
      { MEMCACHE_SERVERS: 'a', MEMCACHE_USERNAME: 'u', MEMCACHE_PASSWORD: 'p' },
      'MEMCACHE_SERVERS',
      ['a:11211 u/p'],
    ],
    [
      'a URL beside credentials of no servers',
      { MEMCACHED_URL: 'memcached://a', MEMCACHE_USERNAME: 'u', MEMCACHE_PASSWORD: 'p' },
      'MEMCACHED_URL',
      ['a:11211 u/p'],
    ],
    ['blank variables', { MEMCACHIER_SERVERS: ' ', MEMCACHE_SERVERS: 'a' }, 'MEMCACHE_SERVERS', ['a:11211']],
  ])('finds %s', (_, environment, source, servers) => {
    expect(found(environment)).toMatchObject({ source, servers });
  });

  it('keeps the spaces of a password', () => {
    const environment = { MEMCACHE_SERVERS: ' a ', MEMCACHE_USERNAME: 'u', MEMCACHE_PASSWORD: ' p ' };
    expect(found(environment).servers).toEqual(['a:11211 u/ p ']);
  });

  it('prefers the option, then the variables in their order, and lists the others as ignored', () => {
    const environment = { ...memcachier, MEMCACHE_SERVERS: 'b', MEMCACHED_URL: 'c', MEMCACHE_URL: 'd' };
    const ignoredAfter = (source: string, names: string[]) => names.map((name) => `${name}: ${source} comes first`);
    expect(found(environment, { servers: 'x' })).toEqual({
      source: 'option "servers"',
      servers: ['x:11211'],
      ignored: [
        ...ignoredAfter('option "servers"', [
          'MEMCACHIER_SERVERS',
          'MEMCACHE_SERVERS',
          'MEMCACHED_URL',
          'MEMCACHE_URL',
        ]),
        'MEMCACHIER_USERNAME and MEMCACHIER_PASSWORD: they belong to the servers of MEMCACHIER_SERVERS',
      ],
    });
    expect(found(environment)).toEqual({
      source: 'MEMCACHIER_SERVERS',
      servers: ['mc1:11211 u/p', 'mc2:11211 u/p'],
      ignored: ignoredAfter('MEMCACHIER_SERVERS', ['MEMCACHE_SERVERS', 'MEMCACHED_URL', 'MEMCACHE_URL']),
    });
  });

  it('uses the credentials of a variable for its servers when they are passed as the option', () => {
    expect(found(memcachier, { servers: 'mc2' }).servers).toEqual(['mc2:11211 u/p']);
  });

  it('uses the credentials of an attachment for its servers when they are passed as the option', () => {
    const environment = {
      ...memcachier,
      MEMCACHIER_BLUE_SERVERS: 'mc3:11211',
      MEMCACHIER_BLUE_USERNAME: 'blue',
      MEMCACHIER_BLUE_PASSWORD: 'sky',
    };
    expect(found(environment, { servers: environment.MEMCACHIER_BLUE_SERVERS }).servers).toEqual([
      'mc3:11211 blue/sky',
    ]);
    expect(found(environment).servers).toEqual(['mc1:11211 u/p', 'mc2:11211 u/p']);
  });

  it('never sends credentials of a variable to servers of another', () => {
    const environment = { ...memcachier, MEMCACHIER_SERVERS: 'mc1' };
    expect(found(environment, { servers: 'mc1,stranger' }).servers).toEqual(['mc1:11211', 'stranger:11211']);
  });

  it('prefers option "auth" over URL and environment', () => {
    const options = { servers: 'memcached://x:y@mc1', auth: { username: 'a', password: 'b' } };
    expect(found(memcachier, options)).toMatchObject({
      servers: ['mc1:11211 a/b'],
      ignored: [
        'MEMCACHIER_SERVERS: option "servers" comes first',
        'the credentials in option "servers": option "auth" comes first',
        'MEMCACHIER_USERNAME and MEMCACHIER_PASSWORD: other credentials come first',
      ],
    });
  });

  it('prefers the credentials of the URL over those of the environment', () => {
    expect(found({ ...memcachier, MEMCACHIER_SERVERS: 'x:y@mc1' }).servers).toEqual(['mc1:11211 x/y']);
  });

  it('gives servers without credentials in the URL those beside the variable', () => {
    const environment = { ...memcachier, MEMCACHIER_SERVERS: 'memcached://x:y@mc1,memcached://mc2' };
    expect(found(environment).servers).toEqual(['mc1:11211 x/y', 'mc2:11211 u/p']);
  });

  it.each([
    [{ MEMCACHIER_SERVERS: 'a', MEMCACHIER_USERNAME: 'u' }, 'MEMCACHIER_USERNAME: MEMCACHIER_PASSWORD is not set'],
    [{ MEMCACHE_SERVERS: 'a', MEMCACHE_PASSWORD: 'p' }, 'MEMCACHE_PASSWORD: MEMCACHE_USERNAME is not set'],
  ])('refuses one half of the credentials: %j', (environment, message) => {
    expect(() => found(environment)).toThrow(`Cannot use ${message}. Set both or neither.`);
  });

  it('takes options from the URL unless an option of the same name is given', () => {
    const environment = { MEMCACHED_URL: 'memcached://a?timeout=750ms&ttl=10m' };
    const { options, ignored } = discoverServers({ timeout: '2s' }, environment);
    expect(options).toEqual({ ttl: '10m' });
    expect(ignored).toEqual(['timeout in MEMCACHED_URL: option "timeout" comes first']);
  });

  it('finds no servers outside production, and says where it looked', () => {
    expect(found({ NODE_ENV: 'test' })).toEqual({
      source: `no servers in ${PLACES}`,
      servers: [],
      ignored: [],
    });
  });

  it('says in production what it found and could not use', () => {
    const environment = { NODE_ENV: 'production', MEMCACHED_UI_URL: 'https://u:hunter2@a', VCAP_SERVICES: '{' };
    expect(() => found(environment, { service: 'shop' })).toThrow('it is not a JSON object of services');
    expect(() => found(environment)).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_NOT_CONFIGURED',
        message: expect.stringMatching(
          /_ADDR; VCAP_SERVICES: it cannot be read, .*; MEMCACHED_UI_URL: the scheme of its value is not one of memcache\./,
        ),
      }),
    );
  });

  it('falls back to the usual order where no services are bound at all, and says so', () => {
    expect(found({ MEMCACHE_SERVERS: 'a' }, { service: 'shop' })).toEqual({
      source: 'MEMCACHE_SERVERS',
      servers: ['a:11211'],
      ignored: ['option "service": neither VCAP_SERVICES nor STACKATO_SERVICES is set'],
    });
    expect(found({}, { servers: 'a', service: 'shop' }).ignored).toEqual([
      'option "service": option "servers" comes first',
    ]);
  });

  it('passes a function that gives credentials on, without calling it', () => {
    const auth = (): never => {
      throw new Error('called');
    };
    const { servers, ignored } = discoverServers({ auth }, { MEMCACHED_URL: 'memcached://u:p@a,b' });
    expect(servers.map((server) => server.auth)).toEqual([auth, auth]);
    expect(ignored).toEqual(['the credentials in MEMCACHED_URL: option "auth" comes first']);
  });

  it.each([
    [{}, [true, false], []],
    [{ tls: true }, [true, true], []],
    [{ tls: { servername: 'cache.example' } }, [true, true], []],
    [{ tls: false }, [false, false], ['TLS in option "servers": option "tls" comes first']],
  ])('%j overrules the URLs', (options: MemcacheOptions, expected, ignored) => {
    const discovery = discoverServers({ servers: ['memcaches://a', 'memcached://b'], ...options }, {});
    expect(discovery.servers.map((server) => server.tls)).toEqual(expected);
    expect(discovery.ignored).toEqual(ignored);
  });

  it.each<[string, Environment]>([
    ['MEMCACHED_URL', { MEMCACHED_URL: 'memcached://u%00:p@a' }],
    [
      'service "memcached" of STACKATO_SERVICES',
      {
        STACKATO_SERVICES: JSON.stringify({ memcached: { host: 'a', user: 'u', password: 'p\0' } }),
      },
    ],
  ])(
    'refuses a NUL character in the credentials for %s, which SASL would take for the end of a field',
    (source, environment) => {
      expect(() => found(environment)).toThrow(
        `Cannot use the credentials for ${source}: username or password holds a NUL character. SASL PLAIN cannot send one.`,
      );
    },
  );

  it('does not fail because of a variable that nobody asked for', () => {
    const environment = {
      ...memcachier,
      MEMCACHIER_SERVERS: 'mc1:port',
      MEMCACHED_URL: 'redis://b',
      VCAP_SERVICES: '{',
    };
    expect(found(environment, { servers: 'a' }).servers).toEqual(['a:11211']);
  });

  it.each([
    ['memcached://a?timeout=750', /^Cannot use MEMCACHED_URL: .*timeout.*750/],
    ['memcached://a?ttl=soon', /^Cannot use MEMCACHED_URL: .*ttl/],
    ['memcached://a?ring=md5', /^Cannot use MEMCACHED_URL: option "ring": got "md5"\. Allowed: 'ketama'/],
    ['memcached://a?failover=gutter', /^Cannot use MEMCACHED_URL: option "failover": got "gutter"/],
    ['memcached://a?profile=php5', /^Cannot use MEMCACHED_URL: option "profile"/],
  ])('refuses %s with the name of the variable, unless an option overrules it', (url, message) => {
    expect(() => found({ MEMCACHED_URL: url })).toThrow(message);
    const [, name = ''] = /\?(\w+)=/.exec(url) ?? [];
    const overruling = { timeout: '1s', ttl: '1s', ring: 'ketama', failover: 'next', profile: 'memkit' }[name];
    expect(found({ MEMCACHED_URL: url }, { [name]: overruling }).servers).toEqual(['a:11211']);
  });

  it('refuses to go without servers in production, naming every variable', () => {
    expect(() => found({ NODE_ENV: 'production' })).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_NOT_CONFIGURED',
        message:
          `Cannot create the client: NODE_ENV is production and no server is configured; looked at ${PLACES}. ` +
          "Set MEMCACHE_SERVERS=host:11211 or pass { servers: 'host:11211' }.",
      }),
    );
  });

  it.each([[[]], [''], [42], [[42]], [null]])('refuses %j as option "servers"', (servers) => {
    expect(() => found({}, { servers: servers as string })).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message: expect.stringContaining('option "servers"'),
      }),
    );
  });
});
