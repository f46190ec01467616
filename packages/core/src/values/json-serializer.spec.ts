import { describe, expect, it } from '@jest/globals';
import { serialize } from './json-serializer.js';

const cycle: Record<string, unknown> = { name: 'secret-value' };
cycle['children'] = [{ parent: cycle }];
const refuse = (): never => {
  throw new Error('secret-value');
};
const unreadable = new Proxy({}, { getPrototypeOf: refuse, get: refuse, ownKeys: refuse });

describe('serialize', () => {
  it.each<[string, unknown, string]>([
    ['undefined', undefined, 'the value is undefined (a miss; null is a value)'],
    ['a function', () => 1, 'the value is a function'],
    ['a symbol', Symbol('secret-value'), 'the value is a symbol'],
    ['a bigint', 5n, 'the value is a bigint'],
    ['NaN', Number.NaN, 'the value is NaN, which JSON turns into null'],
    ['Infinity', Number.POSITIVE_INFINITY, 'the value is Infinity, which JSON turns into null'],
    ['a Map', new Map(), 'the value is a Map, which JSON turns into {}'],
    ['a Set', new Set(), 'the value is a Set, which JSON turns into {}'],
    ['a promise', Promise.resolve(1), 'the value is a promise; await it first'],
    ['a typed array', new Uint16Array(1), 'the value is a typed array other than Uint8Array'],
    ['a cycle', cycle, 'the value has a cycle at children[0].parent'],
    ['a nested bigint', { a: [1, { b: 2n }] }, 'the value has a bigint at a[1].b'],
    ['a Proxy that may not be looked at', unreadable, 'a toJSON method or a getter of the value failed'],
    ['a toJSON without a result', { toJSON: () => undefined }, 'its toJSON method returns nothing'],
  ])('refuses %s and says where', (_, value, detail) => {
    expect(() => serialize(value, 'key')).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_NOT_SERIALIZABLE',
        key: 'key',
        message: `Cannot store key "key": ${detail}. Store strings, bytes or plain JSON data.`,
      }),
    );
  });

  it('keeps the failure of a toJSON method as the cause', () => {
    const failure = new Error('no');
    const value = {
      toJSON: () => {
        throw failure;
      },
    };
    expect(() => serialize(value, 'key')).toThrow(expect.objectContaining({ cause: failure }));
  });

  it('accepts the same object twice, which is no cycle', () => {
    const shared = { a: 1 };
    expect(serialize([shared, shared], 'key')).toBe('[{"a":1},{"a":1}]');
  });
});
