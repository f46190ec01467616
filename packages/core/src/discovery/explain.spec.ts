import { inspect } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { discoverServers } from './discover-servers.js';
import { explain } from './explain.js';

describe('explain', () => {
  it('tells servers, source, protocol and reason in one sentence', () => {
    const discovery = discoverServers({}, { MEMCACHED_URL: 'memcaches://u:hunter2@a:1', MEMCACHE_URL: 'b' });
    const explanation = explain(discovery, 'auto');
    expect(explanation).toEqual({
      servers: ['a:1'],
      source: 'MEMCACHED_URL',
      protocol: 'auto',
      authenticated: true,
      tls: true,
      embedded: false,
      ignored: ['MEMCACHE_URL: MEMCACHED_URL comes first'],
      reason: 'with credentials: binary after a SASL login, meta or text after a login by text',
    });
    expect(String(explanation)).toBe(
      'a:1 (from MEMCACHED_URL) with credentials and TLS, protocol auto (with credentials: binary after a SASL login, ' +
        'meta or text after a login by text). Ignored: MEMCACHE_URL: MEMCACHED_URL comes first.',
    );
  });

  it('says how the protocol will be chosen without credentials', () => {
    expect(String(explain(discoverServers({ servers: 'a' }, {}), 'auto'))).toBe(
      'a:11211 (from option "servers"), protocol auto (without credentials: meta, or text where meta is not spoken).',
    );
  });

  it('holds no credentials, nor a function that gives them', () => {
    const auth = () => ({ username: 'bob', password: 'hunter2' });
    for (const options of [{ servers: 'alice:hunter2@a' }, { servers: 'a', auth }]) {
      const explanation = explain(discoverServers(options, {}), 'auto');
      expect(explanation.authenticated).toBe(true);
      expect(`${inspect(explanation)}${JSON.stringify(explanation)}${String(explanation)}`).not.toMatch(
        /alice|hunter2|Function/,
      );
    }
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
