import { describe, expect, it } from '@jest/globals';
import { MetaReplyParser, type ReceivedMetaReply } from './meta-reply-parser.js';

function read(...chunks: (string | Buffer)[]): ReceivedMetaReply[] {
  const replies: ReceivedMetaReply[] = [];
  const parser = new MetaReplyParser((reply) => replies.push(reply));
  for (const chunk of chunks) parser.push(Buffer.from(chunk));
  return replies;
}

describe('MetaReplyParser', () => {
  it('reads value, client flags and CAS', () => {
    expect(read('VA 5 f4294967295 c18446744073709551615\r\nhello\r\n')).toMatchObject([
      { code: 'VA', data: Buffer.from('hello'), flags: 4_294_967_295, cas: 18_446_744_073_709_551_615n },
    ]);
  });

  it('reads every other flag a reply can carry', () => {
    const [reply] = read('VA 2 kname b O77 s2 t-1 h1 l30 W X Z\r\nhi\r\n');
    expect(reply?.opaque).toBe(77);
    expect(reply?.details).toEqual({
      key: 'name',
      isBase64Key: true,
      size: 2,
      ttlSeconds: -1,
      wasHit: true,
      lastAccessSeconds: 30,
      won: true,
      isStale: true,
      alreadyWon: true,
    });
  });

  it('skips flags it does not know', () => {
    expect(read('HD y7 f3\r\n')).toMatchObject([{ code: 'HD', flags: 3 }]);
  });

  it('does not carry the flags of one reply over to the next', () => {
    expect(read('VA 1 f7 c9 W\r\nx\r\nVA 1\r\ny\r\n')[1]).toMatchObject({ flags: 0, cas: 0n, details: undefined });
  });

  it('keeps values apart from lines, whatever they hold', () => {
    const replies = read('VA 15\r\nEND\r\nVA 3\r\nHD\r\n\r\nVA 0\r\n\r\nHD\r\n');
    expect(replies.map(({ code, data }) => [code, data?.toString()])).toEqual([
      ['VA', 'END\r\nVA 3\r\nHD\r\n'],
      ['VA', ''],
      ['HD', undefined],
    ]);
  });

  it('reads the classic lines of a meta connection', () => {
    expect(read('STAT pid 7\r\nEND\r\nVERSION 1.6.18\r\nOK\r\nERROR\r\nSERVER_ERROR out of memory\r\n')).toMatchObject([
      { code: 'STAT', text: 'pid 7' },
      { code: 'END', text: '' },
      { code: 'VERSION', text: '1.6.18' },
      { code: 'OK' },
      { code: 'ERROR' },
      { code: 'SERVER_ERROR', text: 'out of memory' },
    ]);
  });

  it.each([
    ['another kind of server', 'HTTP/1.1 400 Bad Request\r\n', 'an HTTP server answered'],
    ['Redis', '-ERR unknown command\r\n', 'a Redis server answered'],
    ['an unknown word', 'MYSTERY\r\n', 'no word memcached uses'],
    ['an empty line', '\r\n', 'no word memcached uses'],
    ['a line without carriage return', 'HD\n', 'carriage return'],
    ['a value without length', 'VA f7\r\n', 'without its length'],
    ['a value longer than announced', 'VA 1\r\nxyz\r\n', 'does not end where its length says'],
    ['a value of 2 GiB', 'VA 2147483648\r\n', '2,147,483,648 bytes'],
    ['a length beyond all numbers', `VA ${'9'.repeat(400)}\r\n`, 'without its length'],
    ['an endless line', `HD ${'x'.repeat(9000)}`, 'longer than 8,192 bytes'],
    ['a CAS token that is no number', 'HD c12345678901234567x\r\n', 'CAS token'],
  ])('throws UNEXPECTED_REPLY at %s, whole and byte by byte', (_, bytes, reason) => {
    const failure = { code: 'MEMCACHE_UNEXPECTED_REPLY', message: expect.stringContaining(reason) };
    expect(() => read(bytes)).toThrow(expect.objectContaining(failure));
    expect(() => read(...Array.from(bytes))).toThrow(expect.objectContaining(failure));
  });

  it('shows none of the bytes it cannot read, which may be part of a value', () => {
    expect(() => read('secret-token\r\n')).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });

  it('keeps nothing of a chunk, which the connection receives into again', () => {
    const stream = Buffer.from(
      `VA 5 f7 O3\r\nsmall\r\nVALUE key 1 3\r\nabc\r\nEND\r\nVA 9000\r\n${'x'.repeat(9000)}\r\nHD\r\n`,
    );
    for (let at = 0; at < 100; at += 1) {
      const replies: ReceivedMetaReply[] = [];
      const parser = new MetaReplyParser((reply) => replies.push(reply));
      for (const part of [stream.subarray(0, at), stream.subarray(at)]) {
        const chunk = Buffer.from(part);
        parser.push(chunk);
        chunk.fill(0);
      }
      expect(replies.map(({ code, text, data }) => [code, text, data?.toString()])).toEqual([
        ['VA', '', 'small'],
        ['VALUE', 'key', 'abc'],
        ['END', '', undefined],
        ['VA', '', 'x'.repeat(9000)],
        ['HD', '', undefined],
      ]);
    }
  });
});
