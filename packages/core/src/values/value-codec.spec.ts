import { describe, expect, it } from '@jest/globals';
import { defaultSettings } from '../options/default-options.js';
import { createValueCodec, type EncodedValue } from './value-codec.js';
import { valueFlags } from './value-flags.js';

const codec = createValueCodec(defaultSettings);

/** A small value, which is never compressed off the event loop. */
function encodeValue(value: unknown, key: string): EncodedValue {
  return codec.encode(value, key) as EncodedValue;
}

function roundTrip(value: unknown): unknown {
  const { data, dataBytes, flags } = encodeValue(value, 'key');
  const bytes = Buffer.from(data);
  expect(dataBytes).toBe(bytes.length);
  return codec.decode({ data: bytes, flags }, 'key');
}

function read(text: string, flags: number): unknown {
  return codec.decode({ data: Buffer.from(text), flags }, 'key');
}

describe('values', () => {
  it.each([
    [''],
    ['hello'],
    ['příliš 🐎'],
    ['END\r\n'],
    [0],
    [42],
    [-7],
    [1.5],
    [Number.MAX_SAFE_INTEGER],
    [1e21],
    [12345678901234567000],
    [true],
    [false],
    [null],
    [[1, 'a', null]],
    [{ name: 'Ada', tags: ['x'] }],
  ])('come back as they were: %j', (value) => {
    expect(roundTrip(value)).toStrictEqual(value);
  });

  it('returns bytes as a Buffer, views of a larger array included', () => {
    const bytes = Uint8Array.from([0, 255, 13, 10, 128]);
    expect(roundTrip(bytes)).toEqual(Buffer.from(bytes));
    expect(roundTrip(bytes.subarray(1, 3))).toEqual(Buffer.from([255, 13]));
    expect(roundTrip(Buffer.alloc(0))).toEqual(Buffer.alloc(0));
  });

  it('stores strings with flags 0, as every other client reads them', () => {
    expect(encodeValue('x', 'key').flags).toBe(0);
  });

  it('gives flags of its own to JSON, bytes and numbers, above the bits of other clients', () => {
    const flags = [{}, Buffer.alloc(1), 5].map((value) => encodeValue(value, 'key').flags);
    expect(flags).toEqual([0x10000, 0x20000, 0x40000]);
    expect(flags.every((flag) => (flag & 0xffff) === 0)).toBe(true);
  });

  it('stores whole numbers as digits the server can count', () => {
    expect(encodeValue(5, 'key')).toMatchObject({ data: '5', flags: valueFlags.number });
    expect(codec.encodeCounter(18446744073709551615n).data).toBe('18446744073709551615');
  });

  it('reads a number the server padded with spaces', () => {
    expect(read('9  ', valueFlags.number)).toBe(9);
  });

  it('reads a number beyond 2^53 - 1 as bigint', () => {
    expect(read('9007199254740991', valueFlags.number)).toBe(9007199254740991);
    expect(read('9007199254740992', valueFlags.number)).toBe(9007199254740992n);
  });

  it('does not trim text', () => {
    expect(read('9  ', valueFlags.string)).toBe('9  ');
  });

  it('returns the bytes of other clients, whose flags are not ours to interpret', () => {
    expect(read('x', 16)).toEqual(Buffer.from('x'));
    expect(read('x', 0x30000)).toEqual(Buffer.from('x'));
  });

  it.each([
    ['{"a":', valueFlags.json, 'its flags say JSON and its 5 bytes are not'],
    ['5x', valueFlags.number, 'its flags say a number and its 2 bytes are not'],
    ['', valueFlags.number, 'its flags say a number and its 0 bytes are not'],
  ])('says that %j is corrupt, without showing it', (text, flags, detail) => {
    expect(() => read(text, flags)).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_VALUE_CORRUPT',
        key: 'key',
        message: `Cannot read key "key": ${detail}. Delete the key, or find the other client that writes it with different flags.`,
      }),
    );
  });
});
