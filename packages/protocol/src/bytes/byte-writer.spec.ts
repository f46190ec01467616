import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ByteWriter } from './byte-writer.js';

/** One call, and the bytes it must append. */
interface Piece {
  readonly write: (writer: ByteWriter) => void;
  readonly bytes: Buffer;
}

const text = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 60 }),
  fc.string({ maxLength: 60 }),
  fc.nat(30_000).map((length) => 'x'.repeat(length)),
  fc.nat(10_000).map((length) => 'ü'.repeat(length)),
);
const latin1 = fc.string({ unit: fc.nat(255).map((code) => String.fromCharCode(code)), maxLength: 100 });
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
const numbers = (bytes: number, fill: (buffer: Buffer) => void): Buffer => {
  const buffer = Buffer.alloc(bytes);
  fill(buffer);
  return buffer;
};

const pieces: fc.Arbitrary<Piece> = fc.oneof(
  latin1.map((value) => ({
    write: (writer: ByteWriter) => {
      writer.latin1(value);
    },
    bytes: Buffer.from(value, 'latin1'),
  })),
  text.map((value) => ({
    write: (writer: ByteWriter) => {
      writer.key(value);
    },
    bytes: Buffer.from(value),
  })),
  text.map((value) => ({
    write: (writer: ByteWriter) => {
      writer.utf8(value, Buffer.byteLength(value));
    },
    bytes: Buffer.from(value),
  })),
  fc.nat(30_000).map((length) => {
    const bytes = new Uint8Array(length).fill(length % 251);
    return {
      write: (writer: ByteWriter) => {
        writer.bytes(bytes);
      },
      bytes: Buffer.from(bytes),
    };
  }),
  fc.integer({ min: -1, max: Number.MAX_SAFE_INTEGER }).map((value) => ({
    write: (writer: ByteWriter) => {
      writer.decimal(value);
    },
    bytes: Buffer.from(String(value)),
  })),
  uint32.map((value) => ({
    write: (writer: ByteWriter) => {
      writer.uint8(value & 0xff);
      writer.uint16(value >>> 16);
      writer.uint32(value);
      writer.uint64(BigInt(value) << 32n);
    },
    bytes: numbers(15, (buffer) => {
      buffer.writeUInt8(value & 0xff, 0);
      buffer.writeUInt16BE(value >>> 16, 1);
      buffer.writeUInt32BE(value, 3);
      buffer.writeUInt32BE(value, 7);
    }),
  })),
);

describe('ByteWriter', () => {
  it('hands out what was written, in order, whatever the sizes', () => {
    fc.assert(
      fc.property(fc.array(fc.array(pieces, { maxLength: 12 }), { maxLength: 4 }), (batches) => {
        const writer = new ByteWriter();
        const taken = batches.map((batch) => {
          for (const { write } of batch) write(writer);
          const length = writer.length;
          const chunks = writer.take();
          expect(length).toBe(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
          return chunks;
        });
        // Looked at only now: what is written later must not touch what was handed out.
        const isRight = taken.map((chunks, place) =>
          Buffer.concat(chunks).equals(Buffer.concat((batches[place] ?? []).map(({ bytes }) => bytes))),
        );
        expect(isRight).toEqual(batches.map(() => true));
        expect(writer.take()).toEqual([]);
      }),
    );
  });

  it.each([
    0,
    9,
    10,
    99,
    100,
    999_999_999,
    2_147_483_647,
    2_147_483_648,
    4_294_967_295,
    4_294_967_296,
    Number.MAX_SAFE_INTEGER,
    -1,
  ])('writes the digits of %d', (value) => {
    const writer = new ByteWriter();
    writer.decimal(value);
    expect(Buffer.concat(writer.take()).toString()).toBe(String(value));
  });

  it('passes a large value on as it is, without a copy', () => {
    const writer = new ByteWriter();
    const value = Buffer.alloc(20_000);
    writer.latin1('before');
    writer.bytes(value);
    writer.latin1('behind');
    const chunks = writer.take();
    expect(chunks.map(({ length }) => length)).toEqual([6, 20_000, 6]);
    expect(chunks[1]?.buffer).toBe(value.buffer);
  });

  it('fills one slab with many small batches before it takes another', () => {
    const writer = new ByteWriter();
    const slabs = new Set<ArrayBufferLike>();
    for (let batch = 0; batch < 32; batch += 1) {
      for (let request = 0; request < 64; request += 1) writer.latin1('mg bench:item:00007919 v f O1234');
      for (const { buffer } of writer.take()) slabs.add(buffer);
    }
    expect(slabs.size).toBeLessThanOrEqual(2);
  });
});
