import { isDeepStrictEqual } from 'node:util';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import { cacheKey } from './cache-key.js';
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
  [/a"b/gi, 'RegExp("a\\"b",gi)'],
  [new Array(2), '[,,]'],
  [[undefined, undefined], '[undefined,undefined]'],
  [Object.create(null), '{}'],
];

describe('canonicalArguments', () => {
  it.each(golden)('writes %p as %s', (value, text) => {
    expect(canonicalValue(value)).toBe(text);
  });

  it('gives all of these different forms', () => {
    // The object without prototype holds the same as {}.
    expect(new Set(golden.map(([value]) => canonicalValue(value))).size).toBe(golden.length - 1);
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

  it('asks objects that have a cache key, whatever else they hold', () => {
    class User {
      readonly #secret = Math.random();
      constructor(readonly id: string) {}
      [cacheKey](): string {
        return this.id;
      }
      get secret(): number {
        return this.#secret;
      }
    }
    expect(canonicalValue([new User('1')])).toBe('[User#"1"]');
    expect(canonicalValue(new User('1'))).not.toBe(canonicalValue(new User('2')));
    expect(() => canonicalValue(new User(''))).toThrow(/cache key of a User.*empty/);
  });

  it('keeps classes that are called like a form of its own apart from it', () => {
    const Impostor = {
      Bytes: class Bytes {
        toJSON(): null {
          return null;
        }
      },
    };
    expect(canonicalValue(new Impostor.Bytes())).not.toBe(canonicalValue(Buffer.from('null', 'base64url')));
  });

  it('knows data of other realms', () => {
    const foreign: unknown = runInNewContext('[new Date(0), new Map([[1, new Set([2])]]), { a: [1] }, /x/]');
    expect(canonicalValue(foreign)).toBe(canonicalValue([new Date(0), new Map([[1, new Set([2])]]), { a: [1] }, /x/]));
  });

  describe('for 4,000 random values', () => {
    const random = randomValues(20_261_121);
    const values = Array.from({ length: 4_000 }, () => random(3));

    it('gives equal data the same text, however it was built', () => {
      expect(values.filter((value) => canonicalValue(rebuilt(value)) !== canonicalValue(value))).toEqual([]);
    });

    it('gives different data different texts, and only those', () => {
      const first = new Map<string, unknown>();
      const confused: unknown[] = [];
      for (const value of values) {
        const text = canonicalValue(value);
        if (!first.has(text)) first.set(text, value);
        else if (!isDeepStrictEqual(first.get(text), value)) confused.push([first.get(text), value]);
      }
      const distinct = [...first.values()].slice(0, 300);
      for (const [at, one] of distinct.entries()) {
        confused.push(...distinct.slice(at + 1).filter((other) => isDeepStrictEqual(one, other)));
      }
      expect(confused).toEqual([]);
      // Not a comparison of nothing with nothing: many values are equal, and many are not.
      expect(first.size).toBeGreaterThan(500);
      expect(first.size).toBeLessThan(3_900);
    });
  });

  it.each([
    ['a function', () => 1, /a function has no canonical form/],
    ['a symbol', Symbol('s'), /a symbol has no canonical form/],
    ['an object that hides what it holds', new Money(5), /class Money/],
    ['a promise', Promise.resolve(1), /class Promise/],
    ['a symbol as property name', { [Symbol('s')]: 1 }, /symbol as property name/],
    ['an array with properties', Object.assign([1], { total: 1 }), /properties besides its elements/],
    ['what is nested too deep', nested(300), /nested more than 200 deep/],
  ])('refuses %s', (_what, value, problem) => {
    expect(() => canonicalArguments([value])).toThrow(problem);
    expect(() => canonicalArguments([value])).toThrow(/Give a key function/);
  });
});

function nested(depth: number): unknown {
  return depth === 0 ? [] : [nested(depth - 1)];
}

/** Small values from a narrow choice, so that equal ones meet; always the same for a seed. */
function randomValues(seed: number): (depth: number) => unknown {
  let state = seed;
  const next = (below: number): number => {
    // Park and Miller's generator: enough chance for a choice of shapes.
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
  const scalars: readonly unknown[] = [0, -0, 1, NaN, Infinity, '', '0', 'a', 'null', 'undefined', '1n', 'a","b'];
  const others: readonly unknown[] = [null, undefined, true, false, 0n, 1n, '[]', '{}', '~', 'Date(NaN)'];
  const value = (depth: number): unknown => {
    const many = (): unknown[] => Array.from({ length: next(3) }, () => value(depth - 1));
    switch (next(depth > 0 ? 9 : 3)) {
      case 0:
      case 1:
        return scalars[next(scalars.length)];
      case 2:
        return others[next(others.length)];
      case 3:
        return new Date(next(3));
      case 4:
        return many();
      case 5:
        return Object.fromEntries(many().map((item) => ['abc'[next(3)], item]));
      case 6:
        return new Map(many().map((item) => [['a', 1, '1', null][next(4)], item]));
      case 7:
        return new Set(Array.from({ length: next(3) }, () => ['a', 1, '1', null, -0][next(5)]));
      default:
        return [new Uint8Array([next(2)]), new Uint16Array([next(2)]), new Uint8Array([next(2)]).buffer][next(3)];
    }
  };
  return value;
}

/** The same data from other objects, filled in the other order. */
function rebuilt(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(rebuilt);
  if (value instanceof Map) return new Map([...value].reverse().map(([key, item]) => [key, rebuilt(item)]));
  if (value instanceof Set) return new Set([...value].reverse());
  if (value instanceof Date) return new Date(value);
  if (value instanceof ArrayBuffer) return value.slice(0);
  if (value instanceof Uint8Array || value instanceof Uint16Array) return value.slice();
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([name, item]) => [name, rebuilt(item)]),
  );
}
