import { describe, expect, it } from '@jest/globals';
import { decodeEntry, encodeEntry, type Entry } from './entry-envelope.js';

const entry = (value: unknown, rest: Partial<Entry> = {}): Entry => ({
  value,
  storedAt: 1000,
  freshUntil: 2000.5,
  all: 'token',
  tags: new Map([['country:fr', 'other']]),
  ...rest,
});

describe('the envelope of an entry', () => {
  it.each([['text'], [''], [42], [null], [false], [{ a: [1, { b: null }] }], [[]]])('brings %j back', (value) => {
    expect(decodeEntry(encodeEntry(entry(value), 'k'))).toEqual(entry(value));
  });

  it('keeps bytes, whatever they are', () => {
    const bytes = new Uint8Array([0, 255, 128, 10]);
    expect(decodeEntry(encodeEntry(entry(bytes), 'k'))?.value).toEqual(Buffer.from(bytes));
  });

  it('keeps "forever"', () => {
    const forever = entry(1, { freshUntil: Number.POSITIVE_INFINITY });
    expect(decodeEntry(encodeEntry(forever, 'k'))).toEqual(forever);
  });

  it('keeps a tag of any name', () => {
    const odd = entry(1, { tags: new Map([['__proto__', 'a']]) });
    expect(decodeEntry(encodeEntry(odd, 'k'))).toEqual(odd);
  });

  const cycle: { self?: unknown } = {};
  cycle.self = cycle;

  it.each([
    ['a function', () => 1],
    ['a symbol', Symbol('s')],
    ['a bigint', 1n],
    ['a cycle', cycle],
  ])('refuses %s, with the key and what to do', (_what, value) => {
    const encode = () => encodeEntry(entry(value), 'user:42');
    expect(encode).toThrow(expect.objectContaining({ code: 'MEMCACHE_NOT_SERIALIZABLE', key: 'user:42' }));
    expect(encode).toThrow(/Cannot store key "user:42".*plain JSON data/s);
  });

  it.each([
    ['a value of another program', 'hello'],
    ['JSON of another program', '{"value":1}'],
    ['a number', 42],
    ['a cut off entry', encodeEntry(entry('text'), 'k').slice(0, -5)],
    ['an entry without tokens', '{"memkit":1,"storedAt":1,"freshUntil":2,"value":1}'],
    ['an entry without times', '{"memkit":1,"all":"a","tags":{},"value":1}'],
    ['an entry whose end is no time', '{"memkit":1,"storedAt":1,"freshUntil":"x","all":"a","tags":{},"value":1}'],
    ['nothing', undefined],
  ])('does not read %s', (_what, stored) => {
    expect(decodeEntry(stored)).toBeUndefined();
  });
});
