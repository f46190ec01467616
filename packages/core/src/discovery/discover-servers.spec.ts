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
      server.auth ? `${showServer(server)} ${server.auth.username}/${server.auth.password}` : showServer(server),
    ),
    ignored,
  };
}

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
      'dokku',
      { MEMCACHED_URL: 'memcached://dokku-memcached-lollipop:11211' },
      'MEMCACHED_URL',
      ['dokku-memcached-lollipop:11211'],
    ],
    [
      'dokku with another scheme',
      { MEMCACHED_URL: 'memcached2://dokku-memcached-lollipop:11211' },
      'MEMCACHED_URL',
      ['dokku-memcached-lollipop:11211'],
    ],
    [
      'dokku, as its README shows a second service',
      { MEMCACHED_URL: 'memcached://other_service:PASSWORD@host:11211/other_service' },
      'MEMCACHED_URL',
      ['host:11211 other_service/PASSWORD'],
    ],
    ['Stackato', { MEMCACHED_URL: '10.13.0.6:11000' }, 'MEMCACHED_URL', ['10.13.0.6:11000']],
    ['older Stackato', { MEMCACHE_URL: '10.13.0.6:11000' }, 'MEMCACHE_URL', ['10.13.0.6:11000']],
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
      source: 'no servers in option "servers", MEMCACHIER_SERVERS, MEMCACHE_SERVERS, MEMCACHED_URL and MEMCACHE_URL',
      servers: [],
      ignored: [],
    });
  });

  it('refuses to go without servers in production, naming every variable', () => {
    expect(() => found({ NODE_ENV: 'production' })).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_NOT_CONFIGURED',
        message:
          'Cannot create the client: NODE_ENV is production and no server is configured; looked at option "servers", ' +
          'MEMCACHIER_SERVERS, MEMCACHE_SERVERS, MEMCACHED_URL and MEMCACHE_URL. ' +
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
