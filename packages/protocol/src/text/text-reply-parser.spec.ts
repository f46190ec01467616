import { describe, expect, it } from '@jest/globals';
import { TextReplyParser } from './text-reply-parser.js';
import { NO_OPAQUE, type TextReply } from './text-reply.js';

/** What the parser makes of the bytes in these chunks, each of which is overwritten as soon as it was taken. */
function parse(chunks: readonly Buffer[]): TextReply[] {
  const replies: TextReply[] = [];
  const parser = new TextReplyParser((reply) => replies.push(reply));
  for (const part of chunks) {
    const chunk = Buffer.from(part);
    parser.push(chunk);
    chunk.fill('?');
  }
  return replies;
}

/** The same for the bytes as a whole; checked byte by byte and split at every position. */
function read(text: string): TextReply[] {
  const bytes = Buffer.from(text);
  const whole = parse([bytes]);
  expect(parse(Array.from(bytes, (byte) => Buffer.of(byte)))).toEqual(whole);
  for (let at = 1; at < bytes.length; at += 1) {
    expect(parse([bytes.subarray(0, at), bytes.subarray(at)])).toEqual(whole);
  }
  return whole;
}

describe('TextReplyParser on meta replies', () => {
  it('reads value, client flags, CAS and opaque', () => {
    expect(read('VA 5 f4294967295 c18446744073709551615 O77\r\nhello\r\n')).toMatchObject([
      {
        code: 'VA',
        data: Buffer.from('hello'),
        flags: 4_294_967_295,
        cas: 18_446_744_073_709_551_615n,
        opaque: 77,
      },
    ]);
  });

  it('reads every other flag a reply can carry', () => {
    const [reply] = read('VA 2 kname b s2 t-1 h1 l30 W X Z\r\nhi\r\n');
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

  it('skips flags it does not know, and spaces too many', () => {
    expect(read('HD  y7 f3 \r\n')).toMatchObject([{ code: 'HD', flags: 3 }]);
  });

  it.each(['HD O', 'HD Oabc', 'HD O7x', 'HD O99999999999999999999', 'HD'])(
    'takes "%s" for a reply without number',
    (line) => {
      expect(read(`${line}\r\n`)).toMatchObject([{ code: 'HD', opaque: NO_OPAQUE }]);
    },
  );

  it('does not carry the flags of one reply over to the next', () => {
    expect(read('VA 1 f7 c9 O5 W\r\nx\r\nVA 1\r\ny\r\nVALUE k 3 1\r\nz\r\nVA 1\r\ny\r\n')[3]).toMatchObject({
      flags: 0,
      cas: 0n,
      opaque: NO_OPAQUE,
      text: '',
      details: undefined,
    });
  });

  it('keeps values apart from lines, whatever they hold', () => {
    const replies = read('VA 15\r\nEND\r\nVA 3\r\nHD\r\n\r\nVA 0\r\n\r\nHD\r\n');
    expect(replies.map(({ code, data }) => [code, data?.toString()])).toEqual([
      ['VA', 'END\r\nVA 3\r\nHD\r\n'],
      ['VA', ''],
      ['HD', undefined],
    ]);
  });
});

describe('TextReplyParser on classic replies', () => {
  it('reads the values of a retrieval and its end', () => {
    expect(read('VALUE a 7 5\r\nhello\r\nVALUE schlüssel 0 0 18446744073709551615\r\n\r\nEND\r\n')).toMatchObject([
      { code: 'VALUE', text: 'a', flags: 7, data: Buffer.from('hello'), cas: 0n },
      { code: 'VALUE', text: 'schlüssel', flags: 0, data: Buffer.alloc(0), cas: 18_446_744_073_709_551_615n },
      { code: 'END', text: '', data: undefined },
    ]);
  });

  it.each(['STORED', 'NOT_STORED', 'EXISTS', 'NOT_FOUND', 'DELETED', 'TOUCHED', 'OK', 'RESET', 'END', 'ERROR'])(
    'reads the word %s',
    (word) => {
      expect(read(`${word}\r\n`)).toMatchObject([{ code: word, text: '', data: undefined }]);
    },
  );

  it('reads counters exactly and without their padding', () => {
    expect(read('18446744073709551615\r\n9  \r\n42\r\n0\r\n')).toMatchObject([
      { code: 'NUMBER', text: '18446744073709551615' },
      { code: 'NUMBER', text: '9' },
      { code: 'NUMBER', text: '42' },
      { code: 'NUMBER', text: '0' },
    ]);
  });

  it('reads statistics with empty values and values with spaces', () => {
    expect(read('STAT empty \r\nSTAT words a b c\r\n')).toMatchObject([
      { code: 'STAT', text: 'empty ' },
      { code: 'STAT', text: 'words a b c' },
    ]);
  });

  it('reads the reason of an error, and the version', () => {
    const lines = 'CLIENT_ERROR bad data chunk\r\nSERVER_ERROR out of memory\r\nERROR too many\r\nVERSION 1.6.18\r\n';
    expect(read(lines)).toMatchObject([
      { code: 'CLIENT_ERROR', text: 'bad data chunk' },
      { code: 'SERVER_ERROR', text: 'out of memory' },
      { code: 'ERROR', text: 'too many' },
      { code: 'VERSION', text: '1.6.18' },
    ]);
  });

  const nodes = '12\nnode-1.example|10.0.0.1|11211 node-2.example|10.0.0.2|11211';
  it.each([
    ['counts it', `CONFIG cluster 0 ${String(nodes.length + 1)}\r\n${nodes}\n\r\nEND\r\n`, `${nodes}\n`],
    ['does not count it', `CONFIG cluster 0 ${String(nodes.length)}\r\n${nodes}\n\r\nEND\r\n`, nodes],
    ['has none', `CONFIG cluster 0 ${String(nodes.length)}\r\n${nodes}\r\nEND\r\n`, nodes],
  ])('reads a cluster configuration whose length %s for the last line feed', (_, reply, body) => {
    expect(read(reply)).toMatchObject([{ code: 'CONFIG', data: Buffer.from(body) }, { code: 'END' }]);
  });
});

describe('TextReplyParser', () => {
  it.each([
    ['another kind of server', 'HTTP/1.1 400 Bad Request\r\n', 'an HTTP server answered'],
    ['Redis', '-ERR unknown command\r\n', 'a Redis server answered'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n', 'an SSH server answered'],
    ['an unknown word', 'MYSTERY\r\n', 'no word memcached uses'],
    ['an empty line', '\r\n', 'no word memcached uses'],
    ['a word that only begins right', 'STORES\r\n', 'no word memcached uses'],
    ['a line without carriage return', 'HD\n', 'carriage return'],
    ['a line feed alone', '\n', 'carriage return'],
    ['a VA line without length', 'VA f7\r\n', 'without its length'],
    ['a VA line whose length is no number', 'VA 5x\r\n', 'without its length'],
    ['a VALUE line without length', 'VALUE a 7\r\n', 'lacks key, flags or length'],
    ['a VALUE line without key', 'VALUE  7 1\r\n', 'lacks key, flags or length'],
    ['a VALUE line whose flags need 33 bits', 'VALUE a 4294967296 1\r\n', 'lacks key, flags or length'],
    ['a value longer than announced', 'VA 1\r\nxyz\r\n', 'does not end where its length says'],
    ['a value with one line feed more', 'VA 1\r\nx\n\r\n', 'does not end where its length says'],
    ['a cluster configuration with two line feeds more', 'CONFIG cluster 0 1\r\nx\n\n\r\n', 'does not end where'],
    ['a cluster configuration without length', 'CONFIG cluster\r\n', 'lacks its length'],
    ['a value of 2 GiB', 'VA 2147483648\r\n', '2,147,483,648 bytes'],
    ['a length beyond all numbers', `VA ${'9'.repeat(400)}\r\n`, 'without its length'],
    ['an endless line', `HD ${'x'.repeat(9000)}`, 'longer than 8,192 bytes'],
    ['a CAS token that is no number', 'HD c12345678901234567x\r\n', 'CAS token'],
    ['a CAS token of 65 bits', 'HD c18446744073709551616\r\n', 'CAS token'],
  ])('throws UNEXPECTED_REPLY at %s, whole, byte by byte and split anywhere', (_, text, reason) => {
    const failure = expect.objectContaining({
      code: 'MEMCACHE_UNEXPECTED_REPLY',
      message: expect.stringContaining(reason),
    });
    const bytes = Buffer.from(text);
    expect(() => parse([bytes])).toThrow(failure);
    expect(() => parse(Array.from(bytes, (byte) => Buffer.of(byte)))).toThrow(failure);
    for (let at = 1; at < Math.min(bytes.length, 100); at += 1) {
      expect(() => parse([bytes.subarray(0, at), bytes.subarray(at)])).toThrow(failure);
    }
  });

  it('shows none of the bytes it cannot read, which may be part of a value', () => {
    expect(() => parse([Buffer.from('secret-token\r\n')])).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining('secret') }),
    );
  });

  it('does not let a small value keep a large chunk alive', () => {
    const chunk = Buffer.alloc(64 * 1024, 'x');
    chunk.write('VA 5\r\nsmall\r\nVA 60000\r\n');
    chunk.write('\r\n', 13 + 10 + 60_000);
    const replies: TextReply[] = [];
    new TextReplyParser((reply) => replies.push(reply)).push(chunk.subarray(0, 13 + 10 + 60_002));
    expect(replies.map(({ data }) => data?.length)).toEqual([5, 60_000]);
    for (const { data } of replies) expect(data?.buffer).not.toBe(chunk.buffer);
    expect(replies[0]?.data?.buffer.byteLength).toBeLessThanOrEqual(Buffer.poolSize);
  });

  it('puts a value together that is larger than it takes memory for at once', () => {
    const value = Buffer.alloc(20 * 1024 * 1024 + 7);
    for (let at = 0; at < value.length; at += 4099) value[at] = at % 251;
    const replies = parse([
      Buffer.from(`VA ${String(value.length)}\r\n`),
      value.subarray(0, 9_000_000),
      value.subarray(9_000_000),
      Buffer.from('\r\nHD\r\n'),
    ]);
    expect(replies.map(({ code }) => code)).toEqual(['VA', 'HD']);
    expect(replies[0]?.data?.equals(value)).toBe(true);
  });
});
