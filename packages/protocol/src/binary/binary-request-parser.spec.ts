import { describe, expect, it } from '@jest/globals';
import { ByteWriter } from '../bytes/byte-writer.js';
import { BINARY_HEADER_BYTES } from './binary-header.js';
import { binaryOpcodes } from './binary-opcodes.js';
import { writeBinaryReply, writeBinaryError } from './binary-reply-writer.js';
import { BinaryRequestParser } from './binary-request-parser.js';
import type { BinaryRequest } from './binary-request.js';
import type { MemcachedVersion } from '../text/memcached-version.js';
import { binaryStatus } from './binary-status.js';

interface Parts {
  readonly key?: string;
  readonly extras?: Buffer;
  readonly value?: Buffer;
}

function frame(opcode: number, { key = '', extras = Buffer.alloc(0), value = Buffer.alloc(0) }: Parts = {}): Buffer {
  const header = Buffer.alloc(BINARY_HEADER_BYTES);
  header.writeUInt8(0x80, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extras.length, 4);
  header.writeUInt32BE(extras.length + key.length + value.length, 8);
  header.writeUInt32BE(0xcafe, 12);
  header.writeBigUInt64BE(9n, 16);
  return Buffer.concat([header, extras, Buffer.from(key, 'latin1'), value]);
}

/** A frame whose header tells another length of the body. */
function claiming(bodyBytes: number, bytes: Buffer): Buffer {
  const claimed = Buffer.from(bytes);
  claimed.writeUInt32BE(bodyBytes, 8);
  return claimed;
}

function parse(chunks: readonly Buffer[], version: MemcachedVersion = '1.6.18'): BinaryRequest[] {
  const requests: BinaryRequest[] = [];
  const onRequest = (request: BinaryRequest): unknown => requests.push(request);
  const parser = new BinaryRequestParser({ itemSizeMax: 1024, version, onRequest });
  for (const chunk of chunks) parser.push(chunk);
  return requests;
}

const conversation = Buffer.concat([
  frame(binaryOpcodes.set, { key: 'a', extras: Buffer.from('0000000500000064', 'hex'), value: Buffer.from('xyz') }),
  frame(binaryOpcodes.getKeyQuiet, { key: 'a' }),
  frame(binaryOpcodes.set, { key: 'b', extras: Buffer.alloc(8), value: Buffer.alloc(2000) }),
  frame(0x50, { key: 'b', value: Buffer.alloc(30) }),
  frame(binaryOpcodes.append, { key: 'a' }),
  frame(binaryOpcodes.saslAuthenticate, { key: 'PLAIN', value: Buffer.from('\0ada\0lovelace') }),
  frame(binaryOpcodes.noop),
]);

describe('BinaryRequestParser', () => {
  it('reads what each frame means, with opcode and opaque for the reply', () => {
    const requests = parse([conversation]);
    expect(requests.map(({ op }) => op)).toEqual([
      'store',
      'get',
      'too-large',
      'unknown',
      'store',
      'sasl-start',
      'noop',
    ]);
    expect(requests[0]).toEqual({
      op: 'store',
      opcode: 1,
      opaque: 0xcafe,
      quiet: false,
      mode: 'set',
      key: 'a',
      flags: 5,
      exptime: 100,
      cas: 9n,
      data: Buffer.from('xyz'),
    });
    expect(requests[1]).toMatchObject({ op: 'get', withKey: true, quiet: true, exptime: undefined });
  });

  it('gives the same requests byte by byte and split at every position', () => {
    const whole = parse([conversation]);
    expect(parse([...conversation].map((byte) => Buffer.from([byte])))).toEqual(whole);
    for (let at = 1; at < conversation.length; at += 1) {
      expect(parse([conversation.subarray(0, at), conversation.subarray(at)])).toEqual(whole);
    }
  });

  it('keeps what is unfinished when the chunk is used again', () => {
    const requests: BinaryRequest[] = [];
    const parser = new BinaryRequestParser({ itemSizeMax: 1024, onRequest: (request) => requests.push(request) });
    const chunk = Buffer.alloc(1);
    for (const byte of conversation) {
      chunk.writeUInt8(byte);
      parser.push(chunk);
    }
    expect(requests).toEqual(parse([conversation]));
  });

  it('tells whether it is amid a request', () => {
    const parser = new BinaryRequestParser({ onRequest: () => undefined });
    const bytes = frame(binaryOpcodes.get, { key: 'ab' });
    const states = [23, 24, 25, 26].map((end, index) => {
      parser.push(bytes.subarray(index === 0 ? 0 : end - 1, end));
      return parser.isAmidData;
    });
    expect(states).toEqual([false, true, true, false]);
  });

  it.each([
    ['a key of 251 bytes', frame(binaryOpcodes.get, { key: 'k'.repeat(251) })],
    ['extras that do not belong there', frame(binaryOpcodes.get, { key: 'a', extras: Buffer.alloc(4) })],
    ['a missing key', frame(binaryOpcodes.get)],
  ])('refuses %s and reads nothing behind it', (_, bytes) => {
    expect(parse([bytes, frame(binaryOpcodes.noop)])).toMatchObject([
      { op: 'malformed', status: binaryStatus.invalidArguments, closes: true },
    ]);
  });

  it('stops at a byte that starts no request', () => {
    expect(parse([Buffer.from('version\r\n'.repeat(3)), frame(binaryOpcodes.noop)])).toMatchObject([
      { op: 'unreadable' },
    ]);
  });
});

describe('BinaryRequestParser, at lengths that nobody means', () => {
  const unknownCommand = { op: 'malformed', status: binaryStatus.unknownCommand, closes: true };
  const invalidArguments = { op: 'malformed', status: binaryStatus.invalidArguments, closes: true };
  const set = frame(binaryOpcodes.set, { key: 'a', extras: Buffer.alloc(8) });
  const sasl = frame(binaryOpcodes.saslAuthenticate, { key: 'PLAIN' });
  const unknown = frame(0x50);

  it('refuses a key longer than its body once the key is there', () => {
    const bytes = claiming(5, frame(binaryOpcodes.get, { key: 'k'.repeat(10) }));
    expect(parse([bytes.subarray(0, -1)])).toEqual([]);
    expect(parse([bytes])).toMatchObject([unknownCommand]);
  });

  it.each([
    ['a store of 2 GiB', set, 2 ** 31 + 9, [{ op: 'unreadable' }], [invalidArguments]],
    ['a login of 2 GiB', sasl, 2 ** 31 + 5, [unknownCommand], [invalidArguments]],
    ['an unknown command of 2 GiB', unknown, 2 ** 31, [unknownCommand], [invalidArguments]],
    ['a store of more than 1 GiB', set, 2 ** 30 + 1, [], [invalidArguments]],
    ['a store of 1 GiB, which is swallowed', set, 2 ** 30, [], []],
  ])('reads %s as each version does', (_, bytes, bodyBytes, expected, expectedOfNewest) => {
    const claimed = claiming(bodyBytes, bytes);
    expect(parse([claimed, frame(binaryOpcodes.noop)])).toMatchObject(expected);
    expect(parse([claimed, frame(binaryOpcodes.noop)], '1.6.45')).toMatchObject(expectedOfNewest);
  });

  it('ends without a word when extras and key do not fit in what memcached reads at once', () => {
    expect(parse([frame(binaryOpcodes.get, { key: 'k'.repeat(16_360) })])).toMatchObject([invalidArguments]);
    const bytes = frame(binaryOpcodes.get, { key: 'k'.repeat(16_361) });
    expect(parse([bytes.subarray(0, 16_383)])).toEqual([]);
    expect(parse([bytes])).toMatchObject([{ op: 'unreadable' }]);
  });
});

describe('writeBinaryReply', () => {
  it('writes header, flags, key and value', () => {
    const writer = new ByteWriter();
    writeBinaryReply(writer, { opcode: 0x0c, opaque: 7, cas: 3n, flags: 5, key: 'a', value: Buffer.from('xy') });
    expect(Buffer.concat(writer.take()).toString('hex')).toBe(
      '810c000104000000' + '00000007' + '00000007' + '0000000000000003' + '00000005' + '61' + '7879',
    );
  });

  it('writes a CAS value that is given in halves', () => {
    const writer = new ByteWriter();
    writeBinaryReply(writer, { opcode: 1, opaque: 7, cas: { casHigh: 2, casLow: 0xffff_fffe } });
    expect(Buffer.concat(writer.take()).toString('hex')).toBe(
      '8101000000000000' + '00000000' + '00000007' + '00000002fffffffe',
    );
  });

  it("writes memcached's text for an error", () => {
    const writer = new ByteWriter();
    writeBinaryError(writer, { opcode: 0, opaque: 1 }, binaryStatus.keyNotFound);
    expect(Buffer.concat(writer.take()).toString('latin1')).toMatch(/Not found$/);
  });
});
