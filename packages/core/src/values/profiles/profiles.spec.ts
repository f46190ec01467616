import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { defaultSettings } from '../../options/default-options.js';
import { createValueCodec, type EncodedValue } from '../value-codec.js';
import { valueProfiles as profileNames, type ValueProfile } from '../value-profile.js';

function codecOf(profile: ValueProfile) {
  return createValueCodec({ ...defaultSettings, profile });
}

function write(profile: ValueProfile, value: unknown): [number, string] {
  const { data, flags, dataBytes } = codecOf(profile).encode(value, 'key') as EncodedValue;
  expect(dataBytes).toBe(Buffer.byteLength(data));
  return [flags, Buffer.from(data).toString('hex')];
}

function read(profile: ValueProfile, flags: number, hex: string): unknown {
  return codecOf(profile).decode({ flags, data: Buffer.from(hex, 'hex') }, 'key');
}

const hex = (text: string) => Buffer.from(text).toString('hex');
const horse = 'žluť🐎';
const bytes = Buffer.from([0x00, 0xff, 0x10]);
const most = 2n ** 70n;

/** What the clients themselves stored, and what they read again. */
const both: [ValueProfile, unknown, number, string][] = [
  ['memcached', 'hello', 0, hex('hello')],
  ['memcached', horse, 0, hex(horse)],
  ['memcached', '', 0, ''],
  ['memcached', 42, 8, hex('42')],
  ['memcached', -7, 8, hex('-7')],
  ['memcached', 1.5, 8, hex('1.5')],
  ['memcached', true, 2, hex('true')],
  ['memcached', false, 2, hex('false')],
  ['memcached', null, 2, hex('null')],
  ['memcached', bytes, 4, '00c3bf10'],
  ['memcached', Buffer.from('\r\n'), 4, hex('\\\r\\\n')],
  ['memcached', 'two\r\nlines', 0, hex('two\\\r\\\nlines')],
  ['memcached', [1, 'a'], 2, hex('[1,"a"]')],
  ['memcached', { a: 1 }, 2, hex('{"a":1}')],
  ['memcache-client', 'hello', 0, hex('hello')],
  ['memcache-client', horse, 0, hex(horse)],
  ['memcache-client', '', 0, ''],
  ['memcache-client', 42, 4, hex('42')],
  ['memcache-client', -7, 4, hex('-7')],
  ['memcache-client', 1.5, 4, hex('1.5')],
  ['memcache-client', null, 2, hex('null')],
  ['memcache-client', bytes, 8, '00ff10'],
  ['memcache-client', [1, 'a'], 2, hex('[1,"a"]')],
  ['memcache-client', { a: 1 }, 2, hex('{"a":1}')],
  ['pymemcache', 'hello', 16, hex('hello')],
  ['pymemcache', horse, 16, hex(horse)],
  ['pymemcache', '', 16, ''],
  ['pymemcache', 42, 2, hex('42')],
  ['pymemcache', -7, 2, hex('-7')],
  ['pymemcache', most, 2, hex(String(most))],
  ['pymemcache', 9007199254740993n, 2, hex('9007199254740993')],
  ['pymemcache', bytes, 0, '00ff10'],
  ['python-memcached', 'hello', 16, hex('hello')],
  ['python-memcached', horse, 16, hex(horse)],
  ['python-memcached', '', 16, ''],
  ['python-memcached', 42, 2, hex('42')],
  ['python-memcached', -7, 2, hex('-7')],
  ['python-memcached', most, 2, hex(String(most))],
  ['python-memcached', bytes, 0, '00ff10'],
  ['pylibmc', 'hello', 16, hex('hello')],
  ['pylibmc', horse, 16, hex(horse)],
  ['pylibmc', '', 16, ''],
  ['pylibmc', 42, 4, hex('42')],
  ['pylibmc', -7, 4, hex('-7')],
  ['pylibmc', most, 4, hex(String(most))],
  ['pylibmc', bytes, 0, '00ff10'],
  ['bmemcached', 'hello', 0, hex('hello')],
  ['bmemcached', horse, 0, hex(horse)],
  ['bmemcached', '', 0, ''],
  ['bmemcached', 42, 2, hex('42')],
  ['bmemcached', -7, 2, hex('-7')],
  ['bmemcached', most, 2, hex(String(most))],
  ['bmemcached', bytes, 16, '00ff10'],
  ['dalli', 'hello', 1, '040849220a68656c6c6f063a064554'],
  ['dalli', horse, 1, '040849220fc5be6c75c5a5f09f908e063a064554'],
  ['dalli', '', 1, '0408492200063a064554'],
  ['dalli', 42, 1, '0408692f'],
  ['dalli', -7, 1, '040869f4'],
  ['dalli', 9007199254740993n, 1, '04086c2b090100000000002000'],
  ['dalli', most, 1, '04086c2b0a00000000000000004000'],
  ['dalli', 1.5, 1, '04086608312e35'],
  ['dalli', true, 1, '040854'],
  ['dalli', false, 1, '040846'],
  ['dalli', null, 1, '040830'],
  ['dalli', bytes, 1, '0408220800ff10'],
  ['dalli', [1, 'a'], 1, '04085b07690649220661063a064554'],
  ['dalli', { a: 1 }, 1, '04087b0649220661063a0645546906'],
  ['dalli-json', 'hello', 1, hex('"hello"')],
  ['dalli-json', '', 1, hex('""')],
  ['dalli-json', 42, 1, hex('42')],
  ['dalli-json', -7, 1, hex('-7')],
  ['dalli-json', 1.5, 1, hex('1.5')],
  ['dalli-json', true, 1, hex('true')],
  ['dalli-json', false, 1, hex('false')],
  ['dalli-json', null, 1, hex('null')],
  ['dalli-json', [1, 'a'], 1, hex('[1,"a"]')],
  ['dalli-json', { a: 1 }, 1, hex('{"a":1}')],
  ['php', 'hello', 0, hex('hello')],
  ['php', horse, 0, hex(horse)],
  ['php', '', 0, ''],
  ['php', 42, 1, hex('42')],
  ['php', -7, 1, hex('-7')],
  ['php', 9007199254740993n, 1, hex('9007199254740993')],
  ['php', 1.5, 2, hex('1.5')],
  ['php', true, 3, hex('1')],
  ['php', false, 3, ''],
  ['php', null, 4, hex('N;')],
  ['php', bytes, 0, '00ff10'],
  ['php', [1, 'a'], 4, hex('a:2:{i:0;i:1;i:1;s:1:"a";}')],
  ['php', { a: 1 }, 4, hex('a:1:{s:1:"a";i:1;}')],
  ['php-json', 'hello', 0, hex('hello')],
  ['php-json', 42, 1, hex('42')],
  ['php-json', 1.5, 2, hex('1.5')],
  ['php-json', true, 3, hex('1')],
  ['php-json', false, 3, ''],
  ['php-json', null, 6, hex('null')],
  ['php-json', bytes, 0, '00ff10'],
  ['php-json', [1, 'a'], 6, hex('[1,"a"]')],
  ['php-json', { a: 1 }, 6, hex('{"a":1}')],
  ['spymemcached', 'hello', 0, hex('hello')],
  ['spymemcached', horse, 0, hex(horse)],
  ['spymemcached', '', 0, ''],
  ['spymemcached', 42, 0x200, '2a'],
  ['spymemcached', 0, 0x200, ''],
  ['spymemcached', -7, 0x200, 'fffffff9'],
  ['spymemcached', 9007199254740993n, 0x300, '20000000000001'],
  ['spymemcached', -9007199254740991, 0x300, 'ffe0000000000001'],
  ['spymemcached', 1.5, 0x700, '3ff8000000000000'],
  ['spymemcached', true, 0x100, hex('1')],
  ['spymemcached', false, 0x100, hex('0')],
  ['spymemcached', bytes, 0x800, '00ff10'],
  ['spymemcached', new Date(0x019b7ca98c88), 0x400, '019b7ca98c88'],
];

/** What a client reads otherwise than it was written, or only reads. */
const onlyRead: [ValueProfile, number, string, unknown][] = [
  ['memjs', 0, hex('hello'), Buffer.from('hello')],
  ['memcached', 8, hex('9  '), 9],
  ['pylibmc', 2, hex('1'), 1],
  ['pymemcache', 4, hex('9007199254740993'), 9007199254740993n],
  ['bmemcached', 4, hex('5'), 5],
  ['dalli', 0, hex('raw'), 'raw'],
  ['dalli', 0, '00ff10', bytes],
  ['dalli', 4, hex('raw'), 'raw'],
  ['dalli-json', 0, hex('raw'), 'raw'],
  ['php', 6, hex('[1]'), [1]],
  ['php', 0x10000, hex('x'), 'x'],
  ['php-json', 4, hex('b:1;'), true],
  ['php-json', 4, hex('d:0.1;'), 0.1],
  ['spymemcached', 0x600, '3fc00000', 1.5],
  ['spymemcached', 0x500, 'ff', -1],
  ['pymemcache', 32, '00ff10', bytes],
];

describe('value profiles', () => {
  it.each(both)('%s writes %p with its flags and bytes, and reads it again', (profile, value, flags, data) => {
    expect(write(profile, value)).toEqual([flags, data]);
    expect(read(profile, flags, data)).toStrictEqual(value);
  });

  it.each([
    ['memjs', 'hello', 0, hex('hello')],
    ['memjs', bytes, 0, '00ff10'],
    ['pylibmc', true, 2, hex('1')],
    ['pylibmc', false, 2, hex('0')],
    ['memcache-client', true, 2, hex('true')],
  ] as const)('%s writes %p', (profile, value, flags, data) => {
    expect(write(profile, value)).toEqual([flags, data]);
  });

  it.each(onlyRead)('%s reads flags %d and %s', (profile, flags, data, value) => {
    expect(read(profile, flags, data)).toStrictEqual(value);
  });

  it.each([
    ['memjs', 42, 'a number'],
    ['memjs', { a: 1 }, 'a plain object'],
    ['pymemcache', 1.5, 'a number with a fraction'],
    ['pymemcache', true, 'true and false'],
    ['pymemcache', null, 'null'],
    ['pylibmc', [1], 'a list'],
    ['php', new Date(), 'an object of a class'],
    ['php', undefined, 'undefined'],
    ['dalli', new Map(), 'an object of a class'],
    ['spymemcached', { a: 1 }, 'a plain object'],
    ['spymemcached', 2n ** 63n, 'a value of type bigint'],
  ] as const)('%s refuses %p, which its client cannot hold', (profile, value, described) => {
    expect(() => write(profile, value)).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_NOT_SERIALIZABLE',
        message: expect.stringContaining(`the profile '${profile}' has no form for ${described}`),
      }),
    );
  });

  it.each([
    ['pymemcache', 1, '80054e2e', 'a pickled Python object'],
    ['spymemcached', 1, 'aced0005', 'a serialized Java object'],
    ['php', 5, '0000000200', 'igbinary data'],
    ['php', 7, 'c0', 'MessagePack data'],
  ] as const)('%s never loads flags %d', (profile, flags, data, name) => {
    expect(() => read(profile, flags, data)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_VALUE_CORRUPT', message: expect.stringContaining(name) }),
    );
  });

  it.each([
    ['memcache-client', 1, '28b52ffd', 'Zstandard'],
    ['php', 80, 'e02e0000', 'FastLZ'],
  ] as const)('%s names the compression of flags %d, which it cannot read', (profile, flags, data, name) => {
    expect(() => read(profile, flags, data)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_VALUE_CORRUPT', message: expect.stringContaining(name) }),
    );
  });

  it.each([
    ['php', 4, hex('O:8:"stdClass":0:{}')],
    ['php', 4, hex('b:constructor;')],
    ['php', 4, hex('a:1:{s:1:"a";}')],
    ['php', 4, hex('i:1;i:2;')],
    ['php', 1, hex('x')],
    ['php', 3, hex('2')],
    ['dalli', 1, '04086f3a0b4f626a65637400'],
    ['dalli', 1, '04085b0a'],
    ['dalli', 1, '0408663a10636f6e7374727563746f72'],
    ['dalli', 1, ''],
    ['dalli-json', 1, hex('{')],
    ['spymemcached', 0x100, ''],
    ['spymemcached', 0x200, '0000000001'],
  ] as const)('%s calls flags %d with %s corrupt', (profile, flags, data) => {
    expect(() => read(profile, flags, data)).toThrow(expect.objectContaining({ code: 'MEMCACHE_VALUE_CORRUPT' }));
  });

  it('refuses a serializer beside a format of its own', () => {
    const serializer = { serialize: () => '', deserialize: () => 1 };
    expect(() => createValueCodec({ ...defaultSettings, profile: 'php', serializer })).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION' }),
    );
  });
});

describe('compression of profiles', () => {
  const long = 'abc123'.repeat(2000);
  const longBytes = Buffer.from('xyz'.repeat(4000));

  it.each([
    ['pylibmc', long, 24, '789c'],
    ['pylibmc', longBytes, 8, '789c'],
    ['python-memcached', long, 24, '789c'],
    ['python-memcached', longBytes, 8, '789c'],
    ['bmemcached', long, 8, '789c'],
    ['bmemcached', longBytes, 24, '789c'],
    ['dalli', long, 3, '789c'],
    ['dalli', longBytes, 3, '789c'],
    ['dalli-json', long, 3, '789c'],
    ['php', long, 48, 'e02e0000789c'],
    ['php-json', longBytes.toString(), 48, 'e02e0000789c'],
    ['spymemcached', long, 2, '1f8b0800'],
    ['spymemcached', longBytes, 0x802, '1f8b0800'],
  ] as const)('%s compresses as its client does', (profile, value, flags, start) => {
    const [written, data] = write(profile, value);
    expect([written, data.slice(0, start.length)]).toEqual([flags, start]);
    expect(read(profile, flags, data)).toEqual(value);
  });

  it.each(['memjs', 'memcached', 'memcache-client', 'pymemcache'] as const)(
    '%s does not, because its client would not read it',
    (profile) => {
      expect(read(profile, ...write(profile, long))).toEqual(profile === 'memjs' ? Buffer.from(long) : long);
      expect(write(profile, long)[1]).toHaveLength(24_000);
    },
  );

  it("reads what pymemcache's compressed serde wrote", () => {
    const [, data] = write('python-memcached', long);
    expect(read('pymemcache', 24, data)).toBe(long);
  });
});

describe('what comes from elsewhere', () => {
  const flags = fc.oneof(fc.nat(255), fc.constantFrom(...both.map(([, , flag]) => flag)), fc.nat(0xffff_ffff));

  it.each([...profileNames])('%s reads any bytes or calls them corrupt', async (profile) => {
    const codec = codecOf(profile);
    const prefix = fc.constantFrom('', '0408', '04085b', '613a', '789c', '1f8b080000000000000a', '00100000789c');
    await fc.assert(
      fc.asyncProperty(prefix, fc.uint8Array({ maxLength: 40 }), flags, async (start, rest, flag) => {
        const data = Buffer.concat([Buffer.from(start, 'hex'), rest]);
        try {
          await codec.decode({ data, flags: flag }, 'key');
        } catch (error) {
          expect(error).toMatchObject({ code: 'MEMCACHE_VALUE_CORRUPT' });
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each(['dalli', 'dalli-json', 'php', 'php-json'] as const)('%s brings back any JSON value', async (profile) => {
    const codec = codecOf(profile);
    // PHP has one kind of array: an object with no keys, or with those of a list, comes back as a list.
    const name = fc.string().map((text) => `k${text}`);
    const { tree } = fc.letrec<{ tree: unknown; object: unknown }>((tie) => ({
      object: fc.dictionary(name, tie('tree'), { minKeys: 1, maxKeys: 5, noNullPrototype: true }),
      tree: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, false, '__proto__'),
        fc.integer(),
        fc.maxSafeInteger(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string({ unit: 'grapheme' }),
        fc.array(tie('tree'), { maxLength: 5 }),
        tie('object'),
      ),
    }));
    await fc.assert(
      fc.asyncProperty(tree, async (value) => {
        const { data, flags: written } = await codec.encode(value, 'key');
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(await codec.decode({ data: Buffer.from(data), flags: written }, 'key')).toEqual(plain);
      }),
      { numRuns: 300 },
    );
  });
});
