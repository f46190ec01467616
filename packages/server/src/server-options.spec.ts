import { describe, expect, it } from '@jest/globals';
import { resolveServerOptions } from './server-options.js';

function problemWith(options: object): unknown {
  try {
    resolveServerOptions(options);
    return undefined;
  } catch (error) {
    return error;
  }
}

describe('resolveServerOptions', () => {
  it('gives memcached defaults', () => {
    expect(resolveServerOptions({})).toMatchObject({
      place: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      tls: undefined,
      maxConnections: 1024,
      memory: 67_108_864,
      itemSizeMax: 1_048_576,
      users: [],
    });
  });

  it('takes one user or several', () => {
    const ada = { username: 'ada', password: 'lovelace' };
    expect(resolveServerOptions({ sasl: ada }).users).toEqual([ada]);
    expect(resolveServerOptions({ sasl: [ada, ada] }).users).toEqual([ada, ada]);
  });

  it.each([
    [{ prot: 1 }, 'Did you mean "port"?'],
    [{ sasl: { user: 'ada', password: 'x' } }, 'Did you mean "username"?'],
    [{ sasl: { username: 'ada' } }, 'needs a username and a password'],
    [{ sasl: [] }, 'nobody could log in'],
    [{ port: 70_000 }, 'port is 70000, not a whole number from 0 to 65535'],
    [{ memory: 0.5 }, 'memory is 0.5'],
    [{ itemSizeMax: 10 }, 'itemSizeMax is 10'],
  ])('refuses %j and says what to write', (options, message) => {
    expect(problemWith(options)).toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringContaining(message),
    });
  });

  it('never shows a password', () => {
    expect(String(problemWith({ sasl: { username: 1, password: 'lovelace' } }))).not.toContain('lovelace');
  });
});
