import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { binaryOpcodes } from './binary-opcodes.js';
import { BinaryRequestParser } from './binary-request-parser.js';
import type { BinaryRequest } from './binary-request.js';
import { FrequentFrames } from './frequent-frames.js';

const LIMIT = 400;

function parse(chunks: readonly Buffer[]): readonly BinaryRequest[] {
  const requests: BinaryRequest[] = [];
  const parser = new BinaryRequestParser({ itemSizeMax: LIMIT, onRequest: (request) => requests.push(request) });
  for (const chunk of chunks) parser.push(chunk);
  return requests;
}

/** One byte at a time no frame is whole, and all of them go through the steps of the parser. */
function bytewise(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}

interface Frame {
  readonly opcode: number;
  readonly key?: string;
  readonly extrasBytes?: number;
  readonly value?: string;
  readonly cas?: bigint;
  /** Of the body, besides what is there. */
  readonly surplus?: number;
  readonly magic?: number;
}

function frame({ opcode, key = '', extrasBytes = 0, value = '', cas = 0n, surplus = 0, magic = 0x80 }: Frame): Buffer {
  const body = Buffer.from('\x00\x00\x00\x07\x00\x00\x00\x3c'.repeat(3).slice(0, extrasBytes) + key + value, 'latin1');
  const header = Buffer.alloc(24);
  header.writeUInt8(magic, 0);
  header.writeUInt8(opcode, 1);
  header.writeUInt16BE(key.length, 2);
  header.writeUInt8(extrasBytes, 4);
  header.writeUInt32BE(Math.max(0, body.length + surplus), 8);
  header.writeUInt32BE(0xdeadbeef, 12);
  header.writeBigUInt64BE(cas, 16);
  return Buffer.concat([header, body]);
}

const { get, getQuiet, getKey, getKeyQuiet, set, setQuiet, add, delete: remove, noop, touch } = binaryOpcodes;
const mostly = <Value>(usual: Value, ...others: readonly Value[]): fc.Arbitrary<Value> =>
  fc.oneof({ arbitrary: fc.constant(usual), weight: 8 }, fc.constantFrom(...others));
const anyFrame = fc
  .record({
    opcode: fc.constantFrom(
      get,
      getQuiet,
      getKey,
      getKeyQuiet,
      set,
      setQuiet,
      set,
      set,
      add,
      remove,
      noop,
      touch,
      0x77,
    ),
    key: mostly('user:42', '', 'k'.repeat(250), 'k'.repeat(251), '\xe9\0 '),
    extrasBytes: fc.constantFrom(0, 8, 0, 8, 4),
    value: fc.constantFrom('', '', 'abc', 'v'.repeat(120), 'v'.repeat(390)),
    cas: fc.constantFrom(0n, 0n, 9n, 0x1_0000_0002n, 0xffff_ffff_ffff_ffffn),
    surplus: mostly(0, -1, 1, -5),
    magic: mostly(0x80, 0x81),
  })
  .map(frame);
const conversation = fc.array(anyFrame, { minLength: 1, maxLength: 10 }).map((frames) => Buffer.concat(frames));

describe('frequent frames', () => {
  it('are what the steps of the parser make of them, however the bytes come', () => {
    fc.assert(
      fc.property(conversation, fc.nat(), (bytes, cut) => {
        const expected = parse(bytewise(bytes));
        expect(parse([bytes])).toEqual(expected);
        const at = cut % bytes.length;
        expect(parse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(expected);
      }),
      { numRuns: 1500, seed: 20261121 },
    );
  });

  const read = (parts: Frame): BinaryRequest | undefined => new FrequentFrames(LIMIT).read(frame(parts), 0);

  it.each([get, getQuiet, getKey, getKeyQuiet])('are read without the steps: opcode %d', (opcode) => {
    expect(read({ opcode, key: 'user:42' })).toMatchObject({ op: 'get', key: 'user:42', opaque: 0xdeadbeef });
  });

  it.each([set, setQuiet])('are read without the steps, with their data: opcode %d', (opcode) => {
    const request = read({ opcode, key: 'user:42', extrasBytes: 8, value: 'abc', cas: 0x1_0000_0002n });
    expect(request).toMatchObject({ op: 'store', mode: 'set', flags: 7, exptime: 60, cas: 0x1_0000_0002n });
    expect(request).toMatchObject({ data: Buffer.from('abc') });
  });

  it.each<readonly [string, Frame]>([
    ['a key that is too long', { opcode: get, key: 'k'.repeat(251) }],
    ['a frame without a key', { opcode: get }],
    ['extras where none belong', { opcode: get, key: 'a', extrasBytes: 4 }],
    ['a value where none belongs', { opcode: get, key: 'a', value: 'x' }],
    ['a set without extras', { opcode: set, key: 'a', value: 'x' }],
    ['data that is not all there', { opcode: set, key: 'a', extrasBytes: 8, value: 'x', surplus: 1 }],
    ['data above the limit', { opcode: set, key: 'a', extrasBytes: 8, value: 'v'.repeat(390) }],
    ['another magic', { opcode: get, key: 'a', magic: 0x81 }],
    ['an opcode that is not frequent', { opcode: remove, key: 'a' }],
  ])('leave %s to the steps', (_, parts) => {
    expect(read(parts)).toBeUndefined();
  });
});
