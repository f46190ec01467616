import { describe, expect, it } from '@jest/globals';
import { ValueCopier } from '../bytes/body-buffer.js';
import type { TextReply } from '../text/text-reply.js';
import { readUsualReplies } from './usual-replies.js';

function read(text: string, start = 0): { readonly rest: string; readonly replies: readonly TextReply[] } {
  const bytes = Buffer.from(text, 'latin1');
  const replies: TextReply[] = [];
  const end = readUsualReplies(bytes, start, new ValueCopier(), (reply) => replies.push(reply));
  return { rest: text.slice(end), replies };
}

describe('readUsualReplies', () => {
  it('takes values and finished writes in a row, and stops where something else begins', () => {
    const { rest, replies } = read('xVA 5 f131072 O7\r\nhello\r\nHD O99\r\nHD O100\r\nVA 0 f0 O1\r\n\r\nEN O3\r\n', 1);
    expect(rest).toBe('EN O3\r\n');
    expect(replies.map(({ code, data, flags, opaque }) => [code, data?.toString(), flags, opaque])).toEqual([
      ['VA', 'hello', 131072, 7],
      ['HD', undefined, 0, 99],
      ['HD', undefined, 0, 100],
      ['VA', '', 0, 1],
    ]);
  });

  it('gives a copy of the value', () => {
    const bytes = Buffer.from('VA 3 f0 O1\r\nabc\r\n');
    const replies: TextReply[] = [];
    readUsualReplies(bytes, 0, new ValueCopier(), (reply) => replies.push(reply));
    bytes.fill('x');
    expect(replies[0]?.data?.toString()).toBe('abc');
  });

  const value = 'VA 5 f0 O7\r\nhello\r\n';
  const done = 'HD O12\r\n';

  it.each([value, done])('takes nothing of %j while it is not whole', (whole) => {
    for (let end = 0; end < whole.length; end += 1) {
      expect(read(whole.slice(0, end))).toEqual({ rest: whole.slice(0, end), replies: [] });
    }
    expect(read(whole).rest).toBe('');
  });

  it.each([
    ['no size', 'VA  f0 O7\r\n\r\n'],
    ['a size that is no number', 'VA 5x f0 O7\r\nhello\r\n'],
    ['a negative size', 'VA -5 f0 O7\r\nhello\r\n'],
    ['an endless size', `VA ${'9'.repeat(400)} f0 O7\r\nhello\r\n`],
    ['a longer value than announced', 'VA 4 f0 O7\r\nhello\r\n'],
    ['no flags', 'VA 5 O7\r\nhello\r\n'],
    ['flags without a number', 'VA 5 f O7\r\nhello\r\n'],
    ['flags of more than 32 bits', 'VA 5 f4294967296 O7\r\nhello\r\n'],
    ['no opaque', 'VA 5 f0\r\nhello\r\n'],
    ['an opaque that is no number', 'VA 5 f0 Ox\r\nhello\r\n'],
    ['an opaque of more than 32 bits', 'VA 5 f0 O4294967296\r\nhello\r\n'],
    ['a further flag', 'VA 5 f0 O7 W\r\nhello\r\n'],
    ['a CAS token', 'VA 5 f0 c9 O7\r\nhello\r\n'],
    ['no space behind the code', 'VA_5 f0 O7\r\nhello\r\n'],
    ['a bare line feed', 'VA 5 f0 O7\nhello\r\n'],
    ['a finished write without an opaque', 'HD\r\n'],
    ['a finished write whose opaque is no number', 'HD O1x\r\n'],
    ['a finished write whose opaque has more than 32 bits', 'HD O4294967296\r\n'],
    ['a finished write with a CAS token', 'HD c9 O1\r\n'],
    ['a classic item', 'VALUE a 0 5\r\nhello\r\nEND\r\n'],
  ])('leaves %s to the parser', (_, text) => {
    expect(read(text)).toEqual({ rest: text, replies: [] });
  });
});
