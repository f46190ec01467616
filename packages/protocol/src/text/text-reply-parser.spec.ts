import { describe, expect, it } from '@jest/globals';
import { TextReplyParser, type TextReply } from './text-reply-parser.js';

function read(...chunks: string[]): TextReply[] {
  const replies: TextReply[] = [];
  const parser = new TextReplyParser((reply) => replies.push(reply));
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return replies;
}

describe('TextReplyParser', () => {
  it('reads the values of a retrieval and its end', () => {
    expect(read('VALUE a 7 5\r\nhello\r\nVALUE b 0 0 18446744073709551615\r\n\r\nEND\r\n')).toEqual([
      { kind: 'value', key: 'a', flags: 7, data: Buffer.from('hello'), cas: 0n },
      { kind: 'value', key: 'b', flags: 0, data: Buffer.alloc(0), cas: 18_446_744_073_709_551_615n },
      { kind: 'status', word: 'END', text: '' },
    ]);
  });

  it('reads counters exactly and without their padding', () => {
    expect(read('18446744073709551615\r\n9  \r\n')).toEqual([
      { kind: 'number', value: 18_446_744_073_709_551_615n },
      { kind: 'number', value: 9n },
    ]);
  });

  it('reads statistics with empty values and values with spaces', () => {
    expect(read('STAT empty \r\nSTAT words a b c\r\n')).toEqual([
      { kind: 'stat', name: 'empty', value: '' },
      { kind: 'stat', name: 'words', value: 'a b c' },
    ]);
  });

  it('reads the reason of an error', () => {
    expect(read('CLIENT_ERROR bad data chunk\r\n')).toEqual([
      { kind: 'status', word: 'CLIENT_ERROR', text: 'bad data chunk' },
    ]);
  });

  it.each([
    ['a VALUE line without length', 'VALUE a 7\r\n'],
    ['a value longer than announced', 'VALUE a 0 1\r\nxyz\r\n'],
    ['a value of 2 GiB', 'VALUE a 0 2147483648\r\n'],
    ['an unknown word', 'MYSTERY\r\n'],
    ['an endless line', 'x'.repeat(9000)],
  ])('throws UNEXPECTED_REPLY at %s, whole and byte by byte', (_, bytes) => {
    const failure = expect.objectContaining({ code: 'MEMCACHE_UNEXPECTED_REPLY' });
    expect(() => read(bytes)).toThrow(failure);
    expect(() => read(...Array.from(bytes))).toThrow(failure);
  });
});
