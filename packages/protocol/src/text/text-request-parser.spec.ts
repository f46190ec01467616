import { describe, expect, it } from '@jest/globals';
import { TextRequestParser } from './text-request-parser.js';
import type { TextRequest } from './text-request.js';

const ITEM_SIZE_MAX = 1024;

function parse(chunks: readonly Buffer[]): TextRequest[] {
  const requests: TextRequest[] = [];
  const parser = new TextRequestParser({ itemSizeMax: ITEM_SIZE_MAX, onRequest: (request) => requests.push(request) });
  for (const chunk of chunks) parser.push(chunk);
  return requests;
}

function parseText(text: string): TextRequest[] {
  return parse([Buffer.from(text, 'latin1')]);
}

const conversation = Buffer.from(
  [
    'set a 5 0 7 noreply\r\nx\r\nget\n\r\n',
    'get a  b\r\n',
    `set big 0 0 2000\r\n${'v'.repeat(2000)}\r\n`,
    'mg YQ== b k v Oabc\r\n',
    'ms a 3 T30\r\nxyz\r\n',
    'set a 0 0 1\r\nxyz\r\n',
    `ms big 2000 T\r\n${'v'.repeat(2000)}\r\n`,
    'mn\r\n',
  ].join(''),
  'latin1',
);

describe('TextRequestParser', () => {
  it('reads classic and meta commands from one stream', () => {
    const requests = parse([conversation]);
    expect(requests.map(({ op }) => op)).toEqual([
      'store',
      'get',
      'too-large',
      'meta-get',
      'meta-set',
      'rejected',
      'rejected',
      'rejected',
      'meta-noop',
    ]);
    expect(requests[0]).toEqual({
      op: 'store',
      mode: 'set',
      key: 'a',
      flags: 5,
      exptime: 0,
      cas: 0n,
      data: Buffer.from('x\r\nget\n'),
      quiet: true,
    });
    expect(requests[2]).toEqual({ op: 'too-large', key: 'big', dropsOldValue: true, quiet: false });
    expect(requests[3]).toMatchObject({ key: 'a', options: { isBinaryKey: true, value: true } });
  });

  it('gives the same requests byte by byte and split at every position', () => {
    const whole = parse([conversation]);
    expect(parse([...conversation].map((byte) => Buffer.from([byte])))).toEqual(whole);
    for (let at = 1; at < conversation.length; at += 1) {
      const split = parse([conversation.subarray(0, at), conversation.subarray(at)]);
      if (split.length !== whole.length) expect({ at, split }).toEqual({ at, split: whole });
      expect(split.map(({ op }) => op)).toEqual(whole.map(({ op }) => op));
    }
  });

  it('keeps the data when the chunk is used again', () => {
    const chunk = Buffer.from('set a 0 0 1\r\nx\r\n');
    const requests = parse([chunk]);
    chunk.fill(0);
    expect(requests[0]).toMatchObject({ data: Buffer.from('x') });
  });

  it('keeps an unfinished line and unfinished data when the chunk is used again', () => {
    const requests: TextRequest[] = [];
    const parser = new TextRequestParser({ onRequest: (request) => requests.push(request) });
    const chunk = Buffer.alloc(1);
    for (const byte of conversation) {
      chunk.writeUInt8(byte);
      parser.push(chunk);
    }
    expect(requests.map(({ op }) => op)).toContain('store');
    expect(requests.find(({ op }) => op === 'store')).toEqual(parse([conversation])[0]);
  });

  it('tells whether it is amid data', () => {
    const parser = new TextRequestParser({ itemSizeMax: ITEM_SIZE_MAX, onRequest: () => undefined });
    const states = ['set a 0', ' 0 3\r\n', 'xy', 'z\r', '\n', 'set b 0 0 2000\r\n', 'v'.repeat(2002)].map((text) => {
      parser.push(Buffer.from(text));
      return parser.isAmidData;
    });
    expect(states).toEqual([false, true, true, true, false, true, false]);
  });

  it('reads nothing behind quit', () => {
    expect(parseText('quit\r\nversion\r\n')).toEqual([{ op: 'quit' }]);
  });

  it('ends the connection when no line end comes, unless it is a multi-get', () => {
    expect(parseText('x'.repeat(2049))).toEqual([{ op: 'quit', isError: true }]);
    expect(parseText(`get ${'key '.repeat(10_000)}`)).toEqual([]);
    expect(parse([Buffer.from('g'), Buffer.from('et '), Buffer.alloc(9 * 1024 * 1024, 'k ')])).toEqual([
      { op: 'quit', isError: true },
    ]);
  });

  it('ends the connection at a line of more than 16,384 bytes with its end, unless it is a multi-get', () => {
    expect(parseText(`${'x'.repeat(16_382)}\r\n`)).toEqual([{ op: 'rejected', reply: 'ERROR' }]);
    expect(parseText(`${'x'.repeat(16_383)}\r\nversion\r\n`)).toEqual([{ op: 'quit', isError: true }]);
    expect(parseText(`gets ${'key '.repeat(10_000)}\r\n`)).toMatchObject([{ op: 'get' }]);
  });

  it('reads a long multi-get that comes byte by byte', () => {
    const keys = Array.from({ length: 5000 }, (_, index) => `key:${String(index)}`);
    const bytes = Buffer.from(`get ${keys.join(' ')}\r\n`);
    expect(parse(Array.from(bytes, (byte) => Buffer.from([byte])))).toMatchObject([{ op: 'get', keys }]);
  });

  it.each([
    ['get', 'ERROR'],
    ['set a 0 0 -1', 'CLIENT_ERROR bad command line format'],
    ['set a 0 0 2147483646', 'CLIENT_ERROR bad command line format'],
    ['incr a x', 'CLIENT_ERROR invalid numeric delta argument'],
    ['touch a x', 'CLIENT_ERROR invalid exptime argument'],
    ['mg a z', 'CLIENT_ERROR invalid flag'],
    ['mg a v v', 'CLIENT_ERROR duplicate flag'],
    [`mg ${'k'.repeat(251)}`, 'CLIENT_ERROR bad command line format'],
  ])('refuses %s as memcached does', (line, reply) => {
    expect(parseText(`${line}\r\n`)).toEqual([{ op: 'rejected', reply }]);
  });
});
