import { describe, expect, it } from '@jest/globals';
import { assertKey, keyBytes, keyProblem } from './key-rules.js';

describe('keyProblem', () => {
  it.each(['k', 'k'.repeat(250), 'é'.repeat(125), '€'.repeat(83), '\u{1f600}'.repeat(62), '!~', 'user:42', '\u0080'])(
    'accepts %j',
    (key) => {
      expect(keyProblem(key)).toBeUndefined();
      expect(keyBytes(key)).toBe(Buffer.byteLength(key));
    },
  );

  it.each([
    ['', 'the key is empty'],
    ['k'.repeat(251), 'the key has 251 bytes and memcached allows 250'],
    ['é'.repeat(126), 'the key has 252 bytes and memcached allows 250'],
    ['a b', 'character 2 of the key is a space, which ends a key on the wire'],
    ['a\r\nb', 'character 2 of the key is a carriage return, which ends a key on the wire'],
    ['\nb', 'character 1 of the key is a line feed, which ends a key on the wire'],
    ['a\0', 'character 2 of the key is the control character 0x00, which ends a key on the wire'],
    ['a\t', 'character 2 of the key is the control character 0x09, which ends a key on the wire'],
    ['é\u007f', 'character 2 of the key is the control character 0x7f, which ends a key on the wire'],
    ['a\ud83d', 'character 2 of the key is half of a surrogate pair, which has no bytes'],
    ['\ude00a', 'character 1 of the key is half of a surrogate pair, which has no bytes'],
  ])('refuses %j: %s', (key, problem) => {
    expect(keyProblem(key)).toBe(problem);
  });
});

describe('assertKey', () => {
  it('names the type of what is no string', () => {
    expect(() => {
      assertKey(42, 'Cannot get');
    }).toThrow('Cannot get: the key is of type number, not a string');
  });

  it.each([
    ['k'.repeat(246), 'app:', undefined],
    ['k'.repeat(247), 'app:', 'the key has 247 bytes and its prefix 4, together 251, and memcached allows 250'],
    ['k'.repeat(251), 'app:', 'the key has 251 bytes and its prefix 4, together 255, and memcached allows 250'],
    ['é'.repeat(124), 'ü:', 'the key has 248 bytes and its prefix 3, together 251, and memcached allows 250'],
    ['a b', 'app:', 'character 2 of the key is a space, which ends a key on the wire'],
    ['\udc00', 'app:', 'character 1 of the key is half of a surrogate pair, which has no bytes'],
  ])('counts %j behind the prefix %j as the caller does', (key, prefix, problem) => {
    const check = () => {
      assertKey(prefix + key, 'Cannot get', prefix);
    };
    if (problem === undefined) expect(check).not.toThrow();
    else expect(check).toThrow(expect.objectContaining({ key, message: expect.stringContaining(`: ${problem}. `) }));
  });
});
