import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FrequentRequests } from './frequent-requests.js';
import type { MemcachedVersion } from './memcached-version.js';
import { TextRequestParser } from './text-request-parser.js';
import type { TextRequest } from './text-request.js';

const LIMIT = 256;

function parse(chunks: readonly Buffer[], version: MemcachedVersion = '1.6.18'): readonly TextRequest[] {
  const requests: TextRequest[] = [];
  const parser = new TextRequestParser({ itemSizeMax: LIMIT, version, onRequest: (request) => requests.push(request) });
  for (const chunk of chunks) parser.push(chunk);
  return requests;
}

/** One byte at a time no request is whole, and all of them go through the parsers of lines. */
function bytewise(bytes: Buffer): readonly Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}

const keys = ['a', 'user:42', 'k'.repeat(250), 'k'.repeat(251), 'mg', '', 'tab\tkey', 'nul\0key', 'é', 'a b'];
const tails = [
  '',
  ' v',
  ' v f',
  ' v f c',
  ' v v',
  ' T30',
  ' F7 T0',
  ' F-1',
  ' k O12',
  ' q',
  ' b',
  ' S4',
  ' MA',
  ' C5',
  '  v',
];
const numbers = ['0', '3', '007', '-1', '4294967296', '999999999', '1234567890', 'x', '', '150', '250'];
const line = fc.oneof(
  fc.tuple(fc.constantFrom(...keys), fc.constantFrom(...tails)).map(([key, tail]) => `mg ${key}${tail}`),
  fc
    .tuple(fc.constantFrom(...keys), fc.constantFrom(...numbers), fc.constantFrom(...tails))
    .map(([key, length, tail]) => `ms ${key} ${length}${tail}`),
  fc.constantFrom(...keys).map((key) => `get ${key}`),
  fc
    .tuple(fc.constantFrom(...keys), ...Array.from({ length: 3 }, () => fc.constantFrom(...numbers)), fc.boolean())
    .map(
      ([key, flags, exptime, length, quiet]) => `set ${key} ${flags} ${exptime} ${length}${quiet ? ' noreply' : ''}`,
    ),
  fc.constantFrom('version', 'gets a', 'set', 'mn', ' get a', 'get', 'ms', 'mg'),
);
const data = fc.constantFrom('', 'abc', 'abc\r\n', 'v'.repeat(150), 'get a');
const end = fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n');
const request = fc
  .tuple(line, end, fc.option(fc.tuple(data, end)))
  .map(([head, headEnd, body]) => head + headEnd + (body === null ? '' : body[0] + body[1]));
// Short: an unfinished line of 2 KiB ends the connection, and whether a line is unfinished depends on the cuts.
const conversation = fc.array(request, { minLength: 1, maxLength: 5 }).map((all) => all.join(''));

describe('frequent requests', () => {
  it.each(['1.6.18', '1.6.45'] as const)('are what the parsers of lines of %s make of them, in any cut', (version) => {
    fc.assert(
      fc.property(conversation, fc.nat(), (text, cut) => {
        const bytes = Buffer.from(text, 'latin1');
        const expected = parse(bytewise(bytes), version);
        expect(parse([bytes], version)).toEqual(expected);
        const at = cut % bytes.length;
        expect(parse([bytes.subarray(0, at), bytes.subarray(at)], version)).toEqual(expected);
      }),
      { numRuns: 1500, seed: 20261121 },
    );
  });

  it('are the same the second time, with the flags of the first', () => {
    const lines = tails.flatMap((tail) => [`mg user:42${tail}\r\n`, `ms user:42 3${tail}\r\nabc\r\n`]);
    for (const text of lines) {
      const once = parse([Buffer.from(text)]);
      expect(parse([Buffer.from(text + text + text)])).toEqual([...once, ...once, ...once]);
    }
  });

  const read = (text: string, learned = ''): TextRequest | undefined => {
    const frequent = new FrequentRequests(LIMIT);
    const [taught] = parse([Buffer.from(learned)]);
    const lineEnd = learned.indexOf('\n');
    if (taught !== undefined) frequent.learn(Buffer.from(learned.slice(0, lineEnd)), taught);
    return frequent.read(Buffer.from(text), 0);
  };

  it('are read without the parsers of lines', () => {
    expect(read('get user:42\r\n')).toMatchObject({ op: 'get', keys: ['user:42'] });
    expect(read('set user:42 7 60 3\r\nabc\r\n')).toMatchObject({ op: 'store', flags: 7, exptime: 60 });
    expect(read('mg user:43 v f\r\n', 'mg user:42 v f\r\n')).toMatchObject({ op: 'meta-get', key: 'user:43' });
    expect(read('ms b 3 T5\r\nabc\r\n', 'ms a 1 T5\r\nx\r\n')).toMatchObject({ op: 'meta-set', key: 'b', mode: 'set' });
  });

  it.each([
    ['a key that is too long', `get ${'k'.repeat(251)}\r\n`],
    ['two keys', 'get a b\r\n'],
    ['two spaces', 'get  a\r\n'],
    ['a number with a sign', 'set a 0 -1 1\r\nx\r\n'],
    ['data that is not all there', 'set a 0 0 3\r\nab'],
    ['data without its end', 'set a 0 0 3\r\nabcd\r\n'],
    ['data above the limit', `set a 0 0 250\r\n${'v'.repeat(250)}\r\n`],
    ['a command that is not frequent', 'gat 0 a\r\n'],
  ])('leave %s to the parsers of lines', (_, text) => {
    expect(read(text)).toBeUndefined();
  });

  it('leave other flags than those learned, opaque tokens and keys in base64 to the parsers of lines', () => {
    expect(read('mg a v c\r\n', 'mg a v f\r\n')).toBeUndefined();
    expect(read('mg a O1\r\n', 'mg a O1\r\n')).toBeUndefined();
    expect(read('mg YQ== b\r\n', 'mg YQ== b\r\n')).toBeUndefined();
  });
});
