import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { discoverServers } from './discover-servers.js';
import { explain } from './explain.js';

describe('explain', () => {
  it('tells servers, source, protocol and reason in one sentence', () => {
    const discovery = discoverServers({}, { MEMCACHED_URL: 'memcached://u:hunter2@a:1', MEMCACHE_URL: 'b' });
    const explanation = explain(discovery, 'auto');
    expect(explanation).toEqual({
      servers: ['a:1'],
      source: 'MEMCACHED_URL',
      protocol: 'binary',
      authenticated: true,
      embedded: false,
      ignored: ['MEMCACHE_URL: MEMCACHED_URL comes first'],
      reason: 'credentials need SASL, which the binary protocol has',
    });
    expect(String(explanation)).toBe(
      'a:1 (from MEMCACHED_URL), binary protocol with credentials because credentials need SASL, which the binary ' +
        'protocol has. Ignored: MEMCACHE_URL: MEMCACHED_URL comes first.',
    );
  });

  it('holds no credentials', () => {
    const explanation = explain(discoverServers({ servers: 'alice:hunter2@a' }, {}), 'auto');
    expect(`${inspect(explanation)}${JSON.stringify(explanation)}${String(explanation)}`).not.toMatch(/alice|hunter2/);
  });

  it('says that the embedded server is used and why', () => {
    const explanation = explain(discoverServers({}, {}), 'binary');
    expect(explanation).toMatchObject({
      servers: ['embedded'],
      embedded: true,
      reason: 'option "protocol" says binary',
    });
    expect(String(explanation)).toMatch(/^The embedded server in this process \(no servers in option "servers", /);
  });
});
