import { describe, expect, it } from '@jest/globals';
import { saslPlain } from './sasl-plain.js';

describe('saslPlain', () => {
  it('is an empty identity, the username and the password, in UTF-8, each after a NUL', () => {
    expect(saslPlain('älice', 'päss').toString('hex')).toBe(Buffer.from('\0älice\0päss').toString('hex'));
  });

  it.each([
    ['username', 'ali\0ce', 'hunter2'],
    ['password', 'alice', 'hun\0ter2'],
  ])('refuses a NUL in the %s without showing it', (_, username, password) => {
    expect(() => saslPlain(username, password)).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message: expect.not.stringMatching(/hun|ali.?ce/),
      }),
    );
  });
});
