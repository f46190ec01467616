import { describe, expect, it } from '@jest/globals';
import { chooseDriver } from './choose-driver.js';

const server = 'cache.example:11211';

describe('chooseDriver', () => {
  it.each([
    ['auto', false, 'meta'],
    ['auto', true, 'binary'],
    ['meta', false, 'meta'],
    ['binary', false, 'binary'],
    ['binary', true, 'binary'],
  ] as const)('for protocol %s and credentials %s speaks %s', (protocol, hasCredentials, name) => {
    expect(chooseDriver({ protocol, hasCredentials, server }).name).toBe(name);
  });

  it('refuses the meta protocol with credentials and names the way out', () => {
    expect(() => chooseDriver({ protocol: 'meta', hasCredentials: true, server })).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message: expect.stringContaining("Use protocol 'auto' or 'binary'"),
      }),
    );
  });
});
