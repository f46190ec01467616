import { describe, expect, it } from '@jest/globals';
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { AsciiLoginReader } from './ascii-login-reader.js';
import type { LoginAttempt } from './ascii-login-rules.js';

function read(version: MemcachedVersion, chunks: readonly string[]): LoginAttempt[] {
  const attempts: LoginAttempt[] = [];
  const reader = new AsciiLoginReader(version, (attempt) => attempts.push(attempt));
  for (const text of chunks) {
    const chunk = Buffer.from(text, 'latin1');
    let at = 0;
    while (at < chunk.length) at = reader.push(chunk, at);
    // The socket uses its buffer again.
    chunk.fill(0);
  }
  return attempts;
}

const attemptsOf = (...chunks: readonly string[]): LoginAttempt[] => read('1.6.18', chunks);

const refused = (reply: string): LoginAttempt => ({ op: 'refused', reply: `CLIENT_ERROR ${reply}` });
const ada: LoginAttempt = { op: 'login', username: 'ada', password: 'love' };
const unauthenticated = refused('unauthenticated');

describe('AsciiLoginReader', () => {
  it.each<[string, readonly LoginAttempt[]]>([
    ['set memkit:login 0 0 8\r\nada love\r\n', [ada]],
    ['set k 0 0 8 noreply\r\nada love\r\n', [ada]],
    [`set ${'k'.repeat(300)} x y 8\nada love\r\n`, [ada]],
    ['set k 0 0 12\r\n ada  love x\r\n', [ada]],
    ['version\r\nmn\r\nquit\r\n', [unauthenticated, unauthenticated, unauthenticated]],
    ['\r\n', [unauthenticated]],
    ['set k 0 8\r\n', [unauthenticated]],
    ['set k 0 0 x\r\n', [unauthenticated]],
    ['set k 0 0 -1\r\n', [unauthenticated]],
    ['ms k 8\r\nada love\r\n', [unauthenticated, unauthenticated]],
    ['set k 0 0 3\r\nada\r\n', [refused('bad authentication token format')]],
    ['set k 0 0 8\r\nada\0love\r\n', [refused('bad authentication token format')]],
    ['set k 0 0 6\r\nada love\r\n', [refused('bad command line termination'), unauthenticated]],
    ['set k 0 0 4\r\nada \r\nset k 0 0 8\r\nada love\r\n', [refused('bad authentication token format'), ada]],
  ])('reads %j, whole and split anywhere', (text, attempts) => {
    expect(attemptsOf(text)).toEqual(attempts);
    expect(attemptsOf(...Array.from(text))).toEqual(attempts);
    for (let at = 1; at < text.length; at += 1) expect(attemptsOf(text.slice(0, at), text.slice(at))).toEqual(attempts);
  });

  it('waits behind a lone line feed, as memcached does', () => {
    expect(attemptsOf('\n')).toEqual([]);
    expect(attemptsOf('\n', 'version\r\n')).toEqual([unauthenticated, unauthenticated]);
  });

  it('takes a line without end for garbage from 2,049 bytes on', () => {
    expect(attemptsOf('x'.repeat(2048))).toEqual([]);
    expect(attemptsOf('x'.repeat(2048), 'x')).toEqual([{ op: 'garbage' }]);
  });

  it('collects no more than 16 KiB of a login', () => {
    const head = 'set k 0 0 4294967295\r\n';
    expect(attemptsOf(head, 'x'.repeat(16 * 1024))).toEqual([]);
    expect(attemptsOf(head, 'x'.repeat(16 * 1024), 'x')).toEqual([{ op: 'garbage' }]);
  });

  it.each<[string, readonly LoginAttempt[]]>([
    ['set memkit:login 0 0 8\r\nada love\r\n', [ada]],
    ['settle k 0 0 8 noreply\r\nada love\r\n', [ada]],
    ['set k 0 0 80\nada love\r\n', [ada]],
    ['set k 0 0\0 8\r\nada love\r\n', [ada]],
    ['set k 0 0 9\r\nada  love\r\n', [{ ...ada, password: ' love' }]],
    ['set k 0 0 4\r\nada \r\n', [{ ...ada, password: '' }]],
    ['set k 0 0 3\r\nada\r\n', [refused('bad authentication token format')]],
    ['set k 0 0 +8\r\n set k 0 0 8\r\nset k 0 0 8\0\r\n', [unauthenticated, unauthenticated, unauthenticated]],
    ['set k 0 0 16385\r\nversion\r\n', [refused('auth token too long'), unauthenticated]],
    ['get a\r\nquit\r\n', [unauthenticated, { op: 'garbage' }]],
    ['mn\r\n', [{ op: 'garbage' }]],
  ])('as 1.6.45 reads %j, whole and split anywhere', (text, attempts) => {
    expect(read('1.6.45', [text])).toEqual(attempts);
    expect(read('1.6.45', Array.from(text))).toEqual(attempts);
    for (let at = 1; at < text.length; at += 1) {
      expect(read('1.6.45', [text.slice(0, at), text.slice(at)])).toEqual(attempts);
    }
  });

  it('as 1.6.45 waits behind two bytes, and ends the connection at the third when a line ended in them', () => {
    for (const few of ['\n', '\r\n', 'a\n', '\n\n']) {
      expect(read('1.6.45', [few])).toEqual([]);
      expect(read('1.6.45', [few, 'xx'])[0]).toEqual({ op: 'garbage' });
    }
  });
});
