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

const ada = { username: 'ada', password: 'lovelace' };

describe('resolveServerOptions', () => {
  it('gives memcached defaults', () => {
    expect(resolveServerOptions({})).toMatchObject({
      place: { kind: 'tcp', host: '127.0.0.1', port: 0 },
      tls: undefined,
      maxConnections: 1024,
      idleTimeoutMs: undefined,
      memory: 67_108_864,
      itemSizeMax: 1_048_576,
      sizeRule: 'memcached',
      accounts: { login: undefined, credentials: [] },
      loginTimeoutMs: undefined,
    });
  });

  it.each(['sasl', 'accounts'] as const)('takes one account or several (%s)', (option) => {
    const bob = { username: 'bob', password: 'builder', capabilities: [] };
    expect(resolveServerOptions({ [option]: ada }).accounts).toEqual({ login: 'sasl', credentials: [ada] });
    expect(resolveServerOptions({ [option]: [ada, bob] }).accounts.credentials).toEqual([ada, bob]);
  });

  it("has MemCachier's limits with its login, unless told otherwise", () => {
    const options = { accounts: { username: 'ada', password: 'lovelace' }, login: 'memcachier' } as const;
    expect(resolveServerOptions(options)).toMatchObject({ sizeRule: 'key-and-value', loginTimeoutMs: 5000 });
    expect(resolveServerOptions({ ...options, sizeRule: 'memcached', loginTimeout: 'none' })).toMatchObject({
      sizeRule: 'memcached',
      loginTimeoutMs: undefined,
    });
    expect(resolveServerOptions({ loginTimeout: '1m', sizeRule: 'key-and-value' })).toMatchObject({
      sizeRule: 'key-and-value',
      loginTimeoutMs: 60_000,
    });
  });

  it.each([
    [{ prot: 1 }, 'Did you mean "port"?'],
    [{ sasl: { user: 'ada', password: 'x' } }, 'Did you mean "username"?'],
    [{ sasl: { username: 'ada' } }, 'needs a username and a password'],
    [{ sasl: [] }, 'nobody could log in'],
    [{ accounts: [] }, 'nobody could log in'],
    [{ sasl: [ada, { ...ada }] }, 'two accounts have the same username'],
    [{ sasl: ada, login: 'ascii' }, "sasl is short for accounts with login 'sasl'"],
    [{ login: 'ascii' }, 'login is given without accounts'],
    [{ accounts: ada, login: 'plain' }, 'Give one of sasl, ascii, memcachier'],
    [{ accounts: { ...ada, capabilities: ['read'] } }, 'Give a list of write, flush, api'],
    [{ accounts: { ...ada, password: 'two words' }, login: 'ascii' }, 'sends it as one word'],
    [{ sizeRule: 'value' }, 'Give one of memcached, key-and-value'],
    [{ loginTimeout: '0s' }, 'loginTimeout in milliseconds is 0'],
    [{ loginTimeout: '25d' }, 'not a whole number from 1 to 2147483647'],
    [{ idleTimeout: '0s' }, 'idleTimeout in milliseconds is 0'],
    [{ loginTimeout: 5000 }, 'is not a length of time'],
    [{ port: 70_000 }, 'port is 70000, not a whole number from 0 to 65535'],
    [{ memory: 0.5 }, 'memory is 0.5'],
    [{ itemSizeMax: 10 }, 'itemSizeMax is 10'],
    [{ disabled: ['eviction'] }, 'Give a list of evictions, cas, flush-all, dumping, watch'],
    [{ disabled: 'cas' }, 'disabled is "cas"'],
    [{ prefixDelimiter: '::' }, 'Give one visible ASCII character'],
    [{ prefixDelimiter: ' ' }, 'Give one visible ASCII character'],
    [{ onShutdown: 'exit' }, 'Give a function, such as () => server.close()'],
    [{ recordCalls: -1 }, 'recordCalls is -1, not a whole number from 0 to 1000000'],
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
