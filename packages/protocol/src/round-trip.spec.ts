import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { BinaryReplyParser, type BinaryReply } from './binary/binary-reply-parser.js';
import { writeBinaryReply } from './binary/binary-reply-writer.js';
import { BinaryRequestParser } from './binary/binary-request-parser.js';
import { writeBinaryGetKeyQuiet, writeBinaryStore } from './binary/binary-request-writer.js';
import type { BinaryRequest } from './binary/binary-request.js';
import { ByteWriter } from './bytes/byte-writer.js';
import { writeMetaReply } from './meta/meta-reply-writer.js';
import { writeMetaGet, writeMetaSet } from './meta/meta-request-writer.js';
import { keyProblem } from './rules/key-rules.js';
import { TextReplyParser } from './text/text-reply-parser.js';
import type { TextReply } from './text/text-reply.js';
import { writeEnd, writeLine, writeStat, writeValue } from './text/text-reply-writer.js';
import { TextRequestParser } from './text/text-request-parser.js';
import { writeTextGet, writeTextStore } from './text/text-request-writer.js';
import type { TextRequest } from './text/text-request.js';

interface Parser {
  push(chunk: Buffer): void;
}

function written(write: (writer: ByteWriter) => void): Buffer {
  const writer = new ByteWriter();
  write(writer);
  return Buffer.concat(writer.take());
}

/** What the parser makes of the bytes cut at these places. Chunks are overwritten where the parser may keep nothing of them. */
function parseAll<Item>(
  create: (onItem: (item: Item) => void) => Parser,
  bytes: Buffer,
  cuts: readonly number[],
  isOverwritten: boolean,
): Item[] {
  const items: Item[] = [];
  const parser = create((item) => items.push(item));
  const places = [...cuts.map((cut) => cut % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  for (const [index, start] of places.entries()) {
    const chunk = Buffer.from(bytes.subarray(start, places[index + 1] ?? start));
    parser.push(chunk);
    if (isOverwritten) chunk.fill('?');
  }
  return items;
}

const itemSizeMax = 1024 * 1024;
const textRequests = (bytes: Buffer, cuts: readonly number[]): TextRequest[] =>
  parseAll((onRequest) => new TextRequestParser({ onRequest, itemSizeMax }), bytes, cuts, false);
const binaryRequests = (bytes: Buffer, cuts: readonly number[]): BinaryRequest[] =>
  parseAll((onRequest) => new BinaryRequestParser({ onRequest, itemSizeMax }), bytes, cuts, false);
const textReplies = (bytes: Buffer, cuts: readonly number[]): TextReply[] =>
  parseAll((onReply) => new TextReplyParser(onReply), bytes, cuts, true);
const binaryReplies = (bytes: Buffer, cuts: readonly number[]): BinaryReply[] =>
  parseAll((onReply) => new BinaryReplyParser(onReply), bytes, cuts, true);

const keys = fc
  .oneof(
    fc.string({ unit: 'grapheme', minLength: 1, maxLength: 250 }),
    fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength: 1,
      maxLength: 250,
    }),
  )
  .filter((key) => keyProblem(key) === undefined);
const uint32 = fc.integer({ min: 0, max: 0xffff_ffff });
/** Short ones of any bytes; long ones that show as two numbers when a test fails. */
const values = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc.record({ byte: fc.nat(255), times: fc.integer({ min: 8000, max: 40_000 }) }),
);
const bytesOf = (value: Uint8Array | { byte: number; times: number }): Buffer =>
  'byte' in value ? Buffer.alloc(value.times, value.byte) : Buffer.from(value);
/** expect() takes seconds to show the difference of two long buffers. */
const digest = (data: Buffer): string =>
  data.length <= 300 ? data.toString('base64') : createHash('sha1').update(data).digest('hex');
/** The same with its data as a short text. */
const brief = (of: { readonly data?: Buffer | undefined } | object | undefined): object => ({
  ...of,
  data: of !== undefined && 'data' in of && of.data !== undefined ? digest(of.data) : undefined,
});

const item = fc.record({
  key: keys,
  value: values,
  flags: uint32,
  cas: fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }),
  exptime: fc.nat(2_592_000),
  opaque: fc.nat(9999),
  cuts: fc.array(fc.nat(50_000), { maxLength: 5 }),
});
/** As the server side keeps keys: a character for each byte. */
const byteString = (key: string): string => Buffer.from(key).toString('latin1');

describe('an item with any legal key and any bytes', () => {
  it('goes to the server and back on the meta protocol', () => {
    fc.assert(
      fc.property(item, ({ key, value, flags, cas, exptime, opaque, cuts }) => {
        const bytes = bytesOf(value);
        const data = digest(bytes);
        const requests = written((writer) => {
          writeMetaSet(writer, key, { data: bytes, dataBytes: bytes.length, flags, exptime, cas, mode: 'set' }, opaque);
          writeMetaGet(writer, key, 'v f c', opaque);
        });
        const [set, get] = textRequests(requests, cuts);
        expect(brief(set)).toMatchObject({
          op: 'meta-set',
          mode: cas === 0n ? 'set' : 'cas',
          key: byteString(key),
          data,
        });
        expect(set).toMatchObject({ options: { clientFlags: flags, exptime: exptime === 0 ? undefined : exptime } });
        expect(get).toMatchObject({ op: 'meta-get', key: byteString(key), options: { value: true } });
        const [number] = get?.op === 'meta-get' ? get.options.tokens.filter((token) => token.startsWith('O')) : [];
        const reply = written((writer) => {
          writeMetaReply(writer, { status: 'VA', flags: [`f${flags}`, `c${cas}`, number ?? ''], value: bytes });
        });
        expect(textReplies(reply, cuts).map(brief)).toMatchObject([{ code: 'VA', data, flags, cas, opaque }]);
      }),
    );
  });

  it('goes to the server and back on the classic text protocol', () => {
    fc.assert(
      fc.property(item, ({ key, value, flags, cas, exptime, cuts }) => {
        const bytes = bytesOf(value);
        const data = digest(bytes);
        const requests = written((writer) => {
          writeTextStore(writer, 'set', key, { data: bytes, dataBytes: bytes.length, flags, exptime });
          writeTextGet(writer, 'gets', [key]);
        });
        const [set, get] = textRequests(requests, cuts);
        expect(brief(set)).toMatchObject({ op: 'store', mode: 'set', key: byteString(key), data, flags, exptime });
        expect(get).toMatchObject({ op: 'get', keys: [byteString(key)], withCas: true });
        const reply = written((writer) => {
          writeValue(writer, { key: get?.op === 'get' ? (get.keys[0] ?? '') : '', flags, value: bytes, cas });
          writeEnd(writer);
        });
        expect(textReplies(reply, cuts).map(brief)).toMatchObject([
          { code: 'VALUE', text: key, data, flags, cas },
          { code: 'END' },
        ]);
      }),
    );
  });

  it('goes to the server and back on the binary protocol', () => {
    fc.assert(
      fc.property(item, ({ key, value, flags, cas, exptime, opaque, cuts }) => {
        const bytes = bytesOf(value);
        const data = digest(bytes);
        const requests = written((writer) => {
          writeBinaryStore(writer, 'set', key, { data: bytes, dataBytes: bytes.length, flags, exptime, cas }, opaque);
          writeBinaryGetKeyQuiet(writer, key, opaque);
        });
        const [set, get] = binaryRequests(requests, cuts);
        expect(brief(set)).toMatchObject({
          op: 'store',
          mode: 'set',
          key: byteString(key),
          data,
          flags,
          exptime,
          cas,
          opaque,
        });
        expect(get).toMatchObject({ op: 'get', key: byteString(key), withKey: true, quiet: true, opaque });
        const reply = written((writer) => {
          writeBinaryReply(writer, {
            opcode: get?.opcode ?? 0,
            opaque: get?.opaque ?? 0,
            cas,
            flags,
            key: get?.op === 'get' ? get.key : '',
            value: bytes,
          });
        });
        const [read] = binaryReplies(reply, cuts);
        expect(brief(read)).toMatchObject({ key, data, flags, opaque, status: 0 });
        expect(read?.cas).toBe(cas);
      }),
    );
  });
});

const short = fc.uint8Array({ maxLength: 20 }).map((data) => Buffer.from(data));
const word = fc.constantFrom(
  'STORED',
  'NOT_FOUND',
  'EN',
  'MN',
  'OK',
  'ERROR',
  'SERVER_ERROR no memory',
  '42  ',
  'VERSION 1.6.18',
);
const textReply = fc.oneof(
  fc.record({ value: short, flags: uint32, opaque: fc.nat(9999) }).map(({ value, flags, opaque }) =>
    written((writer) => {
      writeMetaReply(writer, { status: 'VA', flags: [`f${flags}`, `O${opaque}`], value });
    }),
  ),
  fc.record({ key: keys.filter((key) => key.length < 20), value: short, flags: uint32 }).map(({ key, value, flags }) =>
    written((writer) => {
      writeValue(writer, { key: byteString(key), flags, value, cas: 7n });
      writeEnd(writer);
    }),
  ),
  word.map((line) =>
    written((writer) => {
      writeLine(writer, line);
    }),
  ),
  fc.nat().map((count) =>
    written((writer) => {
      writeStat(writer, 'curr_items', String(count));
    }),
  ),
);
const binaryReply = fc
  .record({ opcode: fc.nat(255), opaque: uint32, value: short, cas: fc.nat(), hasFlags: fc.boolean(), key: keys })
  .map(({ cas, hasFlags, key, ...rest }) =>
    written((writer) => {
      const name = key.length < 20 ? byteString(key) : '';
      writeBinaryReply(writer, { ...rest, cas: BigInt(cas), key: name, flags: hasFlags ? 7 : undefined });
    }),
  );

describe.each([
  ['text', textReply, textReplies],
  ['binary', binaryReply, binaryReplies],
] as const)('a stream of %s replies', (_, reply, parse) => {
  it('says the same cut at every position', () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 6 }), (replies) => {
        const stream = Buffer.concat(replies);
        const whole = parse(stream, []);
        expect(whole.length).toBeGreaterThanOrEqual(replies.length);
        for (let cut = 1; cut < stream.length; cut += 1) {
          const parsed = parse(stream, [cut]);
          // expect() is slow, so it is called only to show a difference.
          if (!isSame(parsed, whole)) expect([cut, parsed]).toEqual([cut, whole]);
        }
      }),
    );
  });

  it('says the same cut anywhere, any number of times', () => {
    fc.assert(
      fc.property(fc.array(reply, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(2000)), (replies, cuts) => {
        const stream = Buffer.concat(replies);
        expect(parse(stream, cuts)).toEqual(parse(stream, []));
      }),
    );
  });
});

function isSame(left: readonly (TextReply | BinaryReply)[], right: readonly (TextReply | BinaryReply)[]): boolean {
  return left.length === right.length && left.every((reply, place) => fingerprint(reply) === fingerprint(right[place]));
}

function fingerprint(reply: TextReply | BinaryReply | undefined): string {
  if (reply === undefined) return '';
  const name = 'code' in reply ? `${reply.code} ${reply.text}` : `${reply.opcode} ${reply.status} ${reply.key}`;
  return `${name} ${reply.flags} ${reply.cas} ${reply.opaque} ${reply.data?.toString('latin1') ?? 'none'}`;
}
