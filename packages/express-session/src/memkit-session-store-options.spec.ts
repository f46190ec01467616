import { describe, expect, it } from '@jest/globals';
import type { CacheClient } from '@memkit/core';
import { MemkitSessionStore } from './memkit-session-store.js';
import type { MemkitSessionStoreOptions } from './memkit-session-store-options.js';

const CLIENT = { getMany: () => Promise.resolve(new Map()) } as unknown as CacheClient;

describe('options of new MemkitSessionStore()', () => {
  it.each<[string, unknown, RegExp]>([
    ['a misspelled option', { client: CLIENT, prefxi: 'app:' }, /Did you mean "prefix"/],
    ['an unknown policy', { client: CLIENT, whenUnavailable: 'ignore' }, /"ignore".*Use 'throw' or 'miss'/],
    ['a prefix with a space', { client: CLIENT, prefix: 'my app:' }, /prefix is "my app:".*without spaces/],
    ['a prefix of 101 characters', { client: CLIENT, prefix: 'p'.repeat(101) }, /0 to 100/],
    ['hashIds that is no boolean', { client: CLIENT, hashIds: 'yes' }, /hashIds is "yes"/],
    ['two clients', { client: CLIENT, memcache: {} }, /both client and memcache/],
    ['a client in place of the options', CLIENT, /Pass \{ client \}/],
    ['an address in place of the options', 'localhost:11211', /type string.*\{ memcache: \{ servers/],
  ])('rejects %s and says what to write', (_what, options, message) => {
    const expected = expect.objectContaining({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringMatching(message),
    });
    expect(() => new MemkitSessionStore(options as MemkitSessionStoreOptions)).toThrow(expected);
  });

  it('rejects a ttl without a unit, offering both readings', () => {
    const expected = expect.objectContaining({
      code: 'MEMCACHE_INVALID_TTL',
      message: expect.stringMatching(/'86400s'.*'86400ms'/),
    });
    expect(() => new MemkitSessionStore({ client: CLIENT, ttl: 86_400 as never })).toThrow(expected);
  });
});
