import { createHash } from 'node:crypto';
import { crc32 as zlibCrc32 } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { lowByteString, utf8ByteString } from './byte-string.js';
import { crc32 } from './crc32.js';
import { md5Position, md5Words } from './md5.js';
import { Murmur3 } from './murmur3.js';
import { oneAtATime } from './one-at-a-time.js';
import { stringHash } from './string-hash.js';

const FOX = 'The quick brown fox jumps over the lazy dog';
const anyText = fc.string({ unit: 'grapheme', maxLength: 300 });

describe('md5', () => {
  it('is what OpenSSL computes, at every length around its blocks', () => {
    for (let length = 0; length <= 200; length += 1) {
      const text = 'k'.repeat(length);
      const expected = createHash('md5').update(text).digest();
      expect(Buffer.from(Int32Array.from(md5Words(text)).buffer).toString('hex')).toBe(expected.toString('hex'));
    }
  });

  it('takes any text as UTF-8', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(md5Position(text)).toBe(createHash('md5').update(text).digest().readUInt32LE(0));
      }),
    );
  });
});

describe('crc32', () => {
  it('is what zlib computes', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(crc32(text)).toBe(zlibCrc32(text));
      }),
    );
  });
});

describe('the other hashes', () => {
  it('give their known answers', () => {
    expect([oneAtATime(''), oneAtATime('a'), oneAtATime(FOX)]).toEqual([0, 0xca2e9442, 0x519e91f5]);
    expect(['', 'hello', 'Hello, world!', FOX].map((text) => new Murmur3('').of(text))).toEqual([
      0, 0x248bfa47, 0xc0363e43, 0x2e4ff723,
    ]);
    // Java's hash of this word is the smallest integer, whose sign cannot be taken away within 32 bits.
    expect([stringHash('polygenelubricants'), stringHash('hello')]).toEqual([2 ** 31, 99_162_322]);
  });

  it('may have hashed the beginning before', () => {
    for (let cut = 0; cut <= FOX.length; cut += 1) {
      expect(new Murmur3(FOX.slice(0, cut)).of(FOX.slice(cut))).toBe(0x2e4ff723);
    }
  });

  it('read bytes of UTF-8, or the lowest byte of each character', () => {
    expect(utf8ByteString('key')).toBe('key');
    expect(utf8ByteString('€😀')).toBe('\xe2\x82\xac\xf0\x9f\x98\x80');
    expect(lowByteString('key')).toBe('key');
    expect(lowByteString('€😀')).toBe('\xac\x00');
  });
});
