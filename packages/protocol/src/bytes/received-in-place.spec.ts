import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BinaryReplyParser } from '../binary/binary-reply-parser.js';
import { TextReplyParser } from '../text/text-reply-parser.js';

interface Parser {
  readonly room: Buffer | undefined;
  push(chunk: Buffer): void;
}

/** Receives as a connection does: into the parser's room while it has one, otherwise into one buffer that is used again. */
function receive(stream: Buffer, parser: Parser, reads: readonly number[]): { readonly inPlace: number } {
  const shared = Buffer.alloc(256 * 1024);
  let at = 0;
  let inPlace = 0;
  for (let turn = 0; at < stream.length; turn += 1) {
    const room = parser.room;
    const target = room ?? shared;
    const size = Math.min(target.length, stream.length - at, 1 + (reads[turn % reads.length] ?? 0));
    stream.copy(target, 0, at, at + size);
    parser.push(target.subarray(0, size));
    if (room === undefined) shared.fill('?', 0, size);
    at += size;
    if (room !== undefined) inPlace += size;
  }
  return { inPlace };
}

function value(size: number): Buffer {
  const bytes = Buffer.alloc(size);
  for (let at = 0; at < size; at += 1) bytes[at] = at % 251;
  return bytes;
}

const textReply = (data: Buffer): Buffer =>
  Buffer.concat([Buffer.from(`VA ${String(data.length)} f0\r\n`), data, Buffer.from('\r\n')]);
const binaryReply = (data: Buffer): Buffer => {
  const header = Buffer.alloc(28);
  header.writeUInt8(0x81, 0);
  header.writeUInt8(4, 4);
  header.writeUInt32BE(4 + data.length, 8);
  return Buffer.concat([header, data]);
};
const sizes = fc.array(fc.constantFrom(0, 10, 9000, 70_000, 300_000, 1_500_000), { minLength: 1, maxLength: 4 });
const reads = fc.array(fc.integer({ min: 3000, max: 300_000 }), { minLength: 1, maxLength: 5 });

describe.each<[string, (data: Buffer) => Buffer, (onData: (data: Buffer | undefined) => void) => Parser]>([
  [
    'text',
    textReply,
    (onData) =>
      new TextReplyParser(({ data }) => {
        onData(data);
      }),
  ],
  [
    'binary',
    binaryReply,
    (onData) =>
      new BinaryReplyParser(({ data }) => {
        onData(data);
      }),
  ],
])('values of a %s connection that are received in their place', (_, reply, create) => {
  it('are what was sent, however the reads fall', () => {
    fc.assert(
      fc.property(sizes, reads, (valueSizes, readSizes) => {
        const values = valueSizes.map(value);
        const received: Buffer[] = [];
        const parser = create((data) => received.push(data ?? Buffer.alloc(0)));
        receive(Buffer.concat(values.map(reply)), parser, readSizes);
        expect(received.map((data, place) => data.equals(values[place] ?? Buffer.alloc(1)))).toEqual(
          values.map(() => true),
        );
        expect(parser.room).toBeUndefined();
      }),
      { numRuns: 60 },
    );
  });

  it('are received there for the most part when they are large', () => {
    const received: (Buffer | undefined)[] = [];
    const { inPlace } = receive(
      reply(value(900_000)),
      create((data) => received.push(data)),
      [65_536],
    );
    expect(received).toHaveLength(1);
    expect(inPlace).toBeGreaterThan(700_000);
  });
});
