import { describe, expect, it } from '@jest/globals';
import { parseServerAddress, showServer } from './server-address.js';

describe('parseServerAddress', () => {
  it.each([
    ['cache', { host: 'cache', port: 11211, weight: 1 }],
    ['cache:11212', { host: 'cache', port: 11212, weight: 1 }],
    ['cache:11212:3', { host: 'cache', port: 11212, weight: 3 }],
    ['10.13.0.6:11000', { host: '10.13.0.6', port: 11000, weight: 1 }],
    ['mc1.dev.ec2.memcachier.com:11211', { host: 'mc1.dev.ec2.memcachier.com', port: 11211, weight: 1 }],
    ['dokku-memcached_lollipop', { host: 'dokku-memcached_lollipop', port: 11211, weight: 1 }],
    ['Cache-1:1', { host: 'cache-1', port: 1, weight: 1 }],
    ['[::1]', { host: '::1', port: 11211, weight: 1 }],
    ['[fe80::1]:65535', { host: 'fe80::1', port: 65535, weight: 1 }],
    ['[::1]:11211:7', { host: '::1', port: 11211, weight: 7 }],
    ['::1', { host: '::1', port: 11211, weight: 1 }],
    ['/run/memcached.sock', { host: '/run/memcached.sock', port: 0, path: '/run/memcached.sock', weight: 1 }],
    ['/run/Cache 1:sock', { host: '/run/Cache 1:sock', port: 0, path: '/run/Cache 1:sock', weight: 1 }],
    ['/run/memcached.sock:3', { host: '/run/memcached.sock', port: 0, path: '/run/memcached.sock', weight: 3 }],
  ])('reads %s', (text, expected) => {
    expect(parseServerAddress(text, 'option "servers"')).toEqual(expected);
  });

  it.each([
    ['cache:0', 'the port is not a whole number from 1 to 65535'],
    ['cache:65536', 'the port is not a whole number from 1 to 65535'],
    ['cache:', 'the port is not a whole number from 1 to 65535'],
    ['cache:http', 'the port is not a whole number from 1 to 65535'],
    ['cache:1e3', 'the port is not a whole number from 1 to 65535'],
    ['cache:11211:0', 'the weight is not a whole number from 1 to 65535'],
    [':11211', 'there is no host name in it'],
    ['a b:1', 'there is no host name in it'],
    ['a:1:2:3', 'there is no host name in it'],
    ['/', 'there is no path of a socket in it'],
    ['/run/a\0b', 'there is no path of a socket in it'],
    ['/run/a.sock:0', 'the weight is not a whole number from 1 to 65535'],
    [`/run/${'a'.repeat(103)}`, 'the path of a socket has at most 107 bytes'],
    ['[cache]:11211', 'there is no IPv6 address between the brackets'],
  ])('refuses %s and says why', (text, detail) => {
    expect(() => parseServerAddress(text, 'MEMCACHE_SERVERS')).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message:
          `Cannot use server ${JSON.stringify(text)} of MEMCACHE_SERVERS: ${detail}. ` +
          'Write host, host:port, host:port:weight, [IPv6 address]:port or /path/of/socket, several separated by commas.',
      }),
    );
  });
});

describe('showServer', () => {
  it('puts IPv6 addresses in brackets, and shows the path of a socket', () => {
    const servers = [
      { host: '::1', port: 1 },
      { host: 'a', port: 2 },
      { host: '/a', port: 0, path: '/a' },
    ];
    expect(servers.map(showServer)).toEqual(['[::1]:1', 'a:2', '/a']);
  });
});
