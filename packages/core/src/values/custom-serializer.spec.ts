import { describe, expect, it } from '@jest/globals';
import { defaultSettings } from '../options/default-options.js';
import type { Serializer } from './serializer.js';
import { createValueCodec, type EncodedValue } from './value-codec.js';
import { valueFlags } from './value-flags.js';

function codecWith(serializer: Serializer) {
  return createValueCodec({ ...defaultSettings, serializer });
}

/** Dates survive it, which is what people want such an option for. */
const dates: Serializer = {
  serialize: (value) => (value as Date).toISOString(),
  deserialize: (data) => new Date(data.toString()),
};
const launch = new Date(Date.UTC(2026, 10, 21));

const plain = createValueCodec(defaultSettings);

describe('a serializer of one’s own', () => {
  it('writes with flags of its own and reads again', () => {
    const codec = codecWith(dates);
    const { data, flags } = codec.encode(launch, 'key') as EncodedValue;
    expect(flags).toBe(valueFlags.serialized);
    expect(codec.decode({ data: Buffer.from(data), flags }, 'key')).toEqual(launch);
  });

  it('may write bytes', () => {
    const codec = codecWith({ serialize: () => Uint8Array.of(1, 2), deserialize: (data) => [...data] });
    const { data, flags, dataBytes } = codec.encode({}, 'key') as EncodedValue;
    expect(dataBytes).toBe(2);
    expect(codec.decode({ data: Buffer.from(data), flags }, 'key')).toEqual([1, 2]);
  });

  it('is not asked for text, bytes and whole numbers from 0, and JSON is still read', () => {
    const codec = codecWith({
      serialize: () => {
        throw new Error('not for these');
      },
      deserialize: () => undefined,
    });
    for (const value of ['text', Buffer.from('bytes'), 42]) {
      const { data, flags } = codec.encode(value, 'key') as EncodedValue;
      expect(codec.decode({ data: Buffer.from(data), flags }, 'key')).toEqual(value);
    }
    expect(codec.decode({ data: Buffer.from('{"a":1}'), flags: valueFlags.json }, 'key')).toEqual({ a: 1 });
  });

  it('is never misread by a client without it', () => {
    expect(() => plain.decode({ data: Buffer.from('2026'), flags: valueFlags.serialized }, 'key')).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_VALUE_CORRUPT',
        message:
          'Cannot read key "key": it was written with a serializer of its own. Give this client the same serializer.',
      }),
    );
  });

  it.each<[string, Serializer['serialize'] | (() => unknown), string]>([
    ['throws', failing, 'serializer.serialize() failed'],
    ['gives an object', () => ({}), 'serializer.serialize() gave neither a string nor a Uint8Array'],
    [
      'gives a promise',
      () => Promise.resolve('x'),
      'serializer.serialize() gave a promise, and it has to answer at once',
    ],
    ['gives a promise that fails', () => Promise.reject(failure), 'serializer.serialize() gave a promise'],
    ['gives what may not be looked at', () => unreadable, 'serializer.serialize() failed'],
    ['gives nothing', () => undefined, 'serializer.serialize() gave neither a string nor a Uint8Array'],
  ])('rejects the value when it %s', (_, serialize, detail) => {
    const codec = codecWith({ serialize: serialize as Serializer['serialize'], deserialize: () => 1 });
    expect(() => codec.encode({}, 'key')).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_NOT_SERIALIZABLE', message: expect.stringContaining(detail) }),
    );
  });

  it('is not asked for undefined, which is a miss', () => {
    expect(() => codecWith(dates).encode(undefined, 'key')).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_NOT_SERIALIZABLE', message: expect.stringContaining('undefined') }),
    );
  });

  const serialized = { data: Buffer.from('x'), flags: valueFlags.serialized };

  it('may take its time to read a value', async () => {
    const codec = codecWith({ serialize: () => '', deserialize: () => Promise.resolve(1) });
    await expect(codec.decode(serialized, 'key')).resolves.toBe(1);
  });

  it.each<[string, () => unknown, string]>([
    ['undefined', () => undefined, 'gave undefined, which is a miss, for its 1 bytes'],
    ['a promise that fails', () => Promise.reject(failure), 'failed on its 1 bytes'],
    ['a promise of undefined', () => Promise.resolve(), 'gave undefined, which is a miss'],
    ['an object whose then() fails', () => ({ then: failing }), 'failed on its 1 bytes'],
  ])('makes a value corrupt when it reads it as %s', async (_, deserialize, problem) => {
    const codec = codecWith({ serialize: () => '', deserialize });
    const decoded = async () => codec.decode(serialized, 'key');
    await expect(decoded()).rejects.toMatchObject({
      code: 'MEMCACHE_VALUE_CORRUPT',
      key: 'key',
      message: expect.stringContaining(problem),
    });
  });

  it('makes a value corrupt when it cannot read it, and its error is the cause', () => {
    const codec = codecWith({ serialize: () => '', deserialize: failing });
    expect(() => codec.decode({ data: Buffer.from('x'), flags: valueFlags.serialized }, 'key')).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_VALUE_CORRUPT', cause: failure }),
    );
  });
});

describe('flags of the caller', () => {
  it('go with text and bytes as they are, however large', () => {
    const large = 'x'.repeat(10_000);
    expect(plain.encodeRaw(large, 77, 'key')).toEqual({ data: large, dataBytes: 10_000, flags: 77, isWhole: true });
    expect(plain.encodeRaw(Buffer.from('x'), 1, 'key')).toMatchObject({ data: Buffer.from('x'), flags: 1 });
  });

  it.each([[{}], [1], [null], [undefined]])('do not go with %p', (value) => {
    expect(() => plain.encodeRaw(value, 1, 'key')).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_NOT_SERIALIZABLE', message: expect.stringContaining('flags go with') }),
    );
    expect(() => plain.encodePiece(value, 'key')).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_NOT_SERIALIZABLE' }),
    );
  });
});

const failure = new Error('secret');

const unreadable = new Proxy(
  {},
  {
    getPrototypeOf() {
      throw failure;
    },
  },
);

function failing(): never {
  throw failure;
}
