import { describe, expect, it } from '@jest/globals';
import { BinaryReplyParser, type BinaryReply } from './binary-reply-parser.js';

interface Packet {
  readonly magic?: number;
  readonly status?: number;
  readonly cas?: bigint;
  readonly extras?: Buffer;
  readonly key?: string;
  readonly value?: Buffer;
  readonly bodyBytes?: number;
}

function packet({
  magic = 0x81,
  status = 0,
  cas = 0n,
  extras = Buffer.alloc(0),
  key = '',
  value = Buffer.alloc(0),
  bodyBytes,
}: Packet) {
  const header = Buffer.alloc(24);
  header.writeUInt8(magic, 0);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt16BE(status, 6);
  header.writeUInt32BE(bodyBytes ?? extras.length + key.length + value.length, 8);
  header.writeUInt32BE(0xdead_beef, 12);
  header.writeBigUInt64BE(cas, 16);
  return Buffer.concat([header, extras, Buffer.from(key), value]);
}

function read(...chunks: Buffer[]): BinaryReply[] {
  const replies: BinaryReply[] = [];
  const parser = new BinaryReplyParser((reply) => replies.push(reply));
  for (const chunk of chunks) parser.push(chunk);
  return replies;
}

describe('BinaryReplyParser', () => {
  it('reads flags, key, value, opaque and CAS', () => {
    const bytes = packet({
      cas: 2n ** 64n - 1n,
      extras: Buffer.from([255, 0, 0, 1]),
      key: 'name',
      value: Buffer.from('hello'),
    });
    const [reply] = read(bytes);
    expect(reply).toMatchObject({
      status: 0,
      flags: 0xff00_0001,
      key: 'name',
      opaque: 0xdead_beef,
      data: Buffer.from('hello'),
    });
    expect(reply?.cas).toBe(2n ** 64n - 1n);
  });

  it.each([
    ['another magic byte', packet({ magic: 0x80 }), 'byte 0x81'],
    ['text', Buffer.from('ERROR\r\nERROR\r\nERROR\r\nERROR\r\n'), 'byte 0x81'],
    ['a body of 4 GiB', packet({ bodyBytes: 0xffff_ffff }), '4,294,967,295 bytes'],
    ['a body shorter than its key', packet({ key: 'name', bodyBytes: 2 }), 'shorter than its own parts'],
  ])('throws UNEXPECTED_REPLY at %s, whole and byte by byte', (_, bytes, reason) => {
    const failure = expect.objectContaining({
      code: 'MEMCACHE_UNEXPECTED_REPLY',
      message: expect.stringContaining(reason),
    });
    expect(() => read(bytes)).toThrow(failure);
    expect(() => read(...Array.from(bytes, (byte) => Buffer.from([byte])))).toThrow(failure);
  });

  it('keeps nothing of a chunk, which the connection receives into again', () => {
    const stream = Buffer.concat([
      packet({ key: 'name', value: Buffer.from('small') }),
      packet({ value: Buffer.alloc(60_000, 'x') }),
    ]);
    for (let at = 0; at < 120; at += 1) {
      const replies: BinaryReply[] = [];
      const parser = new BinaryReplyParser((reply) => replies.push(reply));
      for (const part of [stream.subarray(0, at), stream.subarray(at)]) {
        const chunk = Buffer.from(part);
        parser.push(chunk);
        chunk.fill(0);
      }
      expect(replies.map(({ key, data }) => [key, data.toString()])).toEqual([
        ['name', 'small'],
        ['', 'x'.repeat(60_000)],
      ]);
    }
  });
});
