import { describe, expect, it } from '@jest/globals';
import { canonicalArguments, canonicalValue } from './canonical-arguments.js';

/** Written down so that no later version gives old data new keys without anybody noticing. */
const golden: readonly (readonly [unknown, string])[] = [
  ['a', '"a"'],
  ['', '""'],
  ['1', '"1"'],
  [1, '1'],
  [0, '0'],
  [-0, '-0'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
  [1n, '1n'],
  [true, 'true'],
  [null, 'null'],
  ['null', '"null"'],
  [undefined, 'undefined'],
  [[], '[]'],
  [[1, [2]], '[1,[2]]'],
  [[undefined], '[undefined]'],
  [{}, '{}'],
  [{ b: 1, a: 2 }, '{"a":2,"b":1}'],
  [{ a: undefined }, '{"a":undefined}'],
  [new Date('2026-01-02T03:04:05.678Z'), 'Date(2026-01-02T03:04:05.678Z)'],
  [new Date(NaN), 'Date(NaN)'],
  ['2026-01-02T03:04:05.678Z', '"2026-01-02T03:04:05.678Z"'],
  [
    new Map([
      ['b', 1],
      ['a', 2],
    ]),
    'Map{"a"=>2,"b"=>1}',
  ],
  [new Set(['b', 'a']), 'Set{"a","b"}'],
  [Buffer.from('hi'), 'Bytes(aGk)'],
  [new Float32Array([1]), 'Float32Array(AACAPw)'],
  [new Uint8Array([104, 105]).buffer, 'ArrayBuffer(aGk)'],
  [new URL('https://example.com/a?b=1'), 'URL("https://example.com/a?b=1")'],
];

describe('canonicalArguments', () => {
  it.each(golden)('writes %p as %s', (value, text) => {
    expect(canonicalValue(value)).toBe(text);
  });

  it('gives all of these different forms', () => {
    expect(new Set(golden.map(([value]) => canonicalValue(value))).size).toBe(golden.length);
  });

  it('does not depend on the order in which an object, a map or a set was filled', () => {
    expect(canonicalValue({ a: 1, b: { d: 1, c: 2 } })).toBe(canonicalValue({ b: { c: 2, d: 1 }, a: 1 }));
    expect(canonicalValue(new Set([1, 2]))).toBe(canonicalValue(new Set([2, 1])));
  });

  it('treats a Buffer and a Uint8Array of the same bytes alike, also as part of a larger buffer', () => {
    const part = new Uint8Array([0, 104, 105, 0]).subarray(1, 3);
    expect(canonicalValue(part)).toBe(canonicalValue(Buffer.from('hi')));
  });

  it('cannot be tricked by text that looks like structure', () => {
    expect(canonicalArguments(['a","b'])).not.toBe(canonicalArguments(['a', 'b']));
    expect(canonicalArguments([['a'], 'b'])).not.toBe(canonicalArguments([['a', 'b']]));
    expect(canonicalValue({ 'a":1,"b': 2 })).not.toBe(canonicalValue({ a: 1, b: 2 }));
  });

  it('accepts the same object twice, which is no cycle', () => {
    const same = { a: 1 };
    expect(canonicalValue([same, same])).toBe('[{"a":1},{"a":1}]');
  });

  it('refuses a cycle', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = [cycle];
    expect(() => canonicalValue(cycle)).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_KEY' }));
    expect(() => canonicalValue(cycle)).toThrow(/contains itself.*key function/s);
  });

  class Money {
    readonly #cents: number;
    constructor(cents: number) {
      this.#cents = cents;
    }
    plus(other: number): number {
      return this.#cents + other;
    }
  }

  it.each([
    ['a function', () => 1, /a function has no canonical form/],
    ['a symbol', Symbol('s'), /a symbol has no canonical form/],
    ['an object that hides what it holds', new Money(5), /class Money/],
    ['a promise', Promise.resolve(1), /class Promise/],
  ])('refuses %s', (_what, value, problem) => {
    expect(() => canonicalArguments([value])).toThrow(problem);
    expect(() => canonicalArguments([value])).toThrow(/Give a key function/);
  });
});
