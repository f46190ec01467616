import { describe, expect, it } from '@jest/globals';
import type { CacheClient } from '@memkit/core';
import { createKeyv } from './create-keyv.js';
import { MemkitStore } from './memkit-store.js';
import type { MemkitStoreOptions } from './memkit-store-options.js';

const CLIENT = { getMany: () => Promise.resolve(new Map()) } as unknown as CacheClient;

function invalid(message: RegExp): Error {
  const error = expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message: expect.stringMatching(message) });
  return error as unknown as Error;
}

describe.each([
  ['new MemkitStore()', (options: MemkitStoreOptions) => new MemkitStore(options)],
  ['createKeyv()', (options: MemkitStoreOptions) => createKeyv(options)],
])('options of %s', (_where, create) => {
  it.each<[string, unknown, RegExp]>([
    ['a misspelled option', { client: CLIENT, whenUnavailible: 'throw' }, /Did you mean "whenUnavailable"/],
    ['an unknown policy', { client: CLIENT, whenUnavailable: 'ignore' }, /"ignore".*Use 'miss' or 'throw'/],
    ['an empty namespace', { client: CLIENT, namespace: '' }, /namespace.*\{ namespace: 'shop' \}/],
    ['two clients', { client: CLIENT, memcache: {} }, /both client and memcache/],
    ['a client in place of the options', CLIENT, /Pass \{ client \}/],
    ['an address in place of the options', 'localhost:11211', /type string.*\{ memcache: \{ servers/],
    ['null', null, /type null/],
  ])('rejects %s and says what to write', (_what, options, message) => {
    expect(() => create(options as MemkitStoreOptions)).toThrow(invalid(message));
  });

  it('passes on what is wrong with the options of its own client', () => {
    expect(() => create({ memcache: { servers: 'a:b:c:d' } })).toThrow(invalid(/servers|address/i));
  });
});

describe('createKeyv ttl', () => {
  it('rejects a bare number, because Keyv counts in milliseconds and memcached in seconds', () => {
    const ambiguous = expect.objectContaining({ code: 'MEMCACHE_INVALID_TTL' }) as unknown as Error;
    expect(() => createKeyv({ client: CLIENT, ttl: 600 as never })).toThrow(ambiguous);
  });
});
