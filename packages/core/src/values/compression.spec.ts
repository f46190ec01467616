import { brotliCompressSync, constants, deflateSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { SeededRandom } from '@memkit/testing';
import type { CompressionAlgorithm } from '../options/memcache-options.js';
import { defaultSettings } from '../options/default-options.js';
import { createValueCodec, type EncodedValue } from './value-codec.js';
import { compressionFlags, valueFlags } from './value-flags.js';

const ALGORITHMS: readonly CompressionAlgorithm[] = ['deflate', 'gzip', 'brotli'];
const text = 'every word of this text comes again. '.repeat(1000);
const noise = Buffer.from(Array.from({ length: 8192 }, (_, at) => (at * at * 2_654_435_761) >>> 11));

function codecOf(algorithm: CompressionAlgorithm, threshold = 4096) {
  return createValueCodec({ ...defaultSettings, compression: { algorithm, threshold } });
}

const anyReader = codecOf('deflate');

function decode(data: Buffer, flags: number): unknown {
  return anyReader.decode({ data, flags }, 'key');
}

/** The error of a value that is read at once, or later. */
async function failureOf(data: Buffer, flags: number): Promise<unknown> {
  try {
    await decode(data, flags);
  } catch (error) {
    return error;
  }
  return undefined;
}

describe.each(ALGORITHMS)('%s', (algorithm) => {
  const codec = codecOf(algorithm);

  it('makes large values smaller, marks them, and is read by every client', () => {
    const encoded = codec.encode(text, 'key') as EncodedValue;
    expect(encoded.flags).toBe(compressionFlags[algorithm]);
    expect(encoded.plainBytes).toBe(text.length);
    expect(encoded.dataBytes).toBeLessThan(1000);
    expect(decode(encoded.data as Buffer, encoded.flags)).toBe(text);
  });

  it('brings back every value, at once and off the event loop', async () => {
    const eager = codecOf(algorithm, 0);
    const value = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 5000 }),
      fc.uint8Array({ maxLength: 5000 }).map((bytes) => Buffer.from(bytes)),
      fc.jsonValue(),
      fc.tuple(fc.string({ minLength: 1 }), fc.nat(5000)).map(([word, times]) => word.repeat(times)),
    );
    await fc.assert(
      fc.asyncProperty(value, async (original) => {
        const { data, flags, dataBytes } = await eager.encode(original, 'key');
        expect(Buffer.byteLength(data)).toBe(dataBytes);
        const decoded = await decode(Buffer.from(data), flags);
        expect(decoded).toEqual(
          typeof original === 'string'
            ? Buffer.from(original).toString()
            : JSON.parse(JSON.stringify(original), revive),
        );
      }),
      { numRuns: 50 },
    );
  });

  it('packs and unpacks large values off the event loop', async () => {
    const large = Array.from({ length: 40_000 }, (_, at) => ({ id: at, square: at * at }));
    const packing = codec.encode(large, 'key');
    expect(packing).toBeInstanceOf(Promise);
    const { data, flags } = await packing;
    const unpacking = decode(Buffer.from(data), flags);
    expect(unpacking).toBeInstanceOf(Promise);
    expect(JSON.stringify(await unpacking)).toBe(JSON.stringify(large));
  });

  it('reads what was appended to a text, whatever it looks like', () => {
    const encoded = codec.encode(text, 'key') as EncodedValue;
    for (const tail of ['and more', gzipSync('x').toString('latin1'), '\0']) {
      const grown = Buffer.concat([encoded.data as Buffer, Buffer.from(tail)]);
      expect(decode(grown, encoded.flags)).toBe(text + tail);
    }
  });

  it('says so when something was prepended, cut off or changed', async () => {
    const { data, flags } = codec.encode(text, 'key') as EncodedValue;
    const packed = data as Buffer;
    const changed = Buffer.from(packed);
    changed[packed.length >> 1] = (changed[packed.length >> 1] ?? 0) ^ 0xff;
    const broken = [
      Buffer.concat([Buffer.from('x'), packed]),
      packed.subarray(0, -1),
      Buffer.alloc(0),
      packed.subarray(0, 5),
    ];
    // Brotli has no checksum: a changed stream may give other text.
    if (algorithm !== 'brotli') broken.push(changed);
    for (const one of broken) {
      expect(await failureOf(one, flags)).toMatchObject({
        code: 'MEMCACHE_VALUE_CORRUPT',
        key: 'key',
        message: expect.stringContaining('they are damaged, or something was prepended to them on the server'),
      });
    }
  });

  it('refuses what was appended to JSON', async () => {
    const { data, flags } = codec.encode([text], 'key') as EncodedValue;
    expect(await failureOf(Buffer.concat([data as Buffer, Buffer.from('"x"')]), flags)).toMatchObject({
      code: 'MEMCACHE_VALUE_CORRUPT',
      message: expect.stringContaining('3 bytes were appended on the server to a value that is not text'),
    });
  });
});

describe('compression', () => {
  it('starts at the threshold', () => {
    const codec = codecOf('deflate', 100);
    expect(codec.encode('x'.repeat(99), 'key')).toMatchObject({ data: 'x'.repeat(99), flags: valueFlags.string });
    expect(codec.encode('x'.repeat(100), 'key')).toMatchObject({ flags: compressionFlags.deflate, plainBytes: 100 });
  });

  it('can be turned off', () => {
    const codec = createValueCodec({ ...defaultSettings, compression: false });
    expect(codec.encode(text, 'key')).toMatchObject({ data: text, flags: valueFlags.string });
  });

  it('is dropped unless it saves a tenth', () => {
    const codec = codecOf('deflate', 0);
    expect(codec.encode(noise, 'key')).toMatchObject({ data: noise, flags: valueFlags.bytes });
    expect(codec.encode('short', 'key')).toMatchObject({ data: 'short', flags: valueFlags.string });
    const barely = Buffer.concat([noise, Buffer.alloc(700)]);
    expect(codec.encode(barely, 'key')).not.toHaveProperty('plainBytes');
    const enough = Buffer.concat([noise, Buffer.alloc(1200)]);
    expect(codec.encode(enough, 'key')).toHaveProperty('plainBytes', enough.length);
  });

  it('keeps any saving where an item comes near the limit', async () => {
    const large = Buffer.concat([...Array.from({ length: 80 }, (_, at) => noiseOf(at)), Buffer.alloc(10_000)]);
    expect(await codecOf('deflate').encode(large, 'key')).toHaveProperty('plainBytes', large.length);
  });

  it('leaves whole numbers to the server, which counts them', () => {
    expect(codecOf('deflate', 0).encode(1_000_000_000_000_000, 'key')).toMatchObject({ flags: valueFlags.number });
  });

  it.each([
    ['deflate', deflateSync(Buffer.alloc(135_000_000))],
    ['gzip', gzipSync(Buffer.alloc(135_000_000))],
    ['brotli', brotliCompressSync(Buffer.alloc(135_000_000), { params: { [constants.BROTLI_PARAM_QUALITY]: 1 } })],
  ] as const)('never unpacks a %s bomb', async (algorithm, bomb) => {
    expect(await failureOf(bomb, valueFlags.bytes | compressionFlags[algorithm])).toMatchObject({
      code: 'MEMCACHE_VALUE_CORRUPT',
      message: expect.stringContaining('they hold more than 128 MiB, which is never unpacked'),
    });
  });

  it.each([
    ['checksum', -8],
    ['length', -4],
  ])('checks the %s of gzip', async (_, place) => {
    const packed = gzipSync(text);
    packed.writeUInt32LE(0, packed.length + place);
    expect(await failureOf(packed, compressionFlags.gzip)).toMatchObject({ code: 'MEMCACHE_VALUE_CORRUPT' });
  });

  it('names flags of a newer version instead of guessing', async () => {
    expect(await failureOf(Buffer.from('x'), 0x80_0000)).toMatchObject({
      code: 'MEMCACHE_VALUE_CORRUPT',
      message: expect.stringContaining('a compression this version does not know'),
    });
  });
});

function noiseOf(seed: number): Buffer {
  const random = new SeededRandom(seed);
  return Buffer.from(Array.from({ length: 8192 }, () => random.below(256)));
}

function revive(_: string, value: unknown): unknown {
  const isBuffer = typeof value === 'object' && value !== null && 'type' in value && value.type === 'Buffer';
  return isBuffer ? Buffer.from((value as unknown as { data: number[] }).data) : value;
}

it('packing off the event loop › ends with the codec, and its value fails', async () => {
  const codec = codecOf('brotli');
  const packing = codec.encode('seconds of work for brotli '.repeat(4_000_000), 'key');
  codec.close();
  await expect(packing).rejects.toMatchObject({ code: 'MEMCACHE_NOT_SERIALIZABLE', key: 'key' });
});
