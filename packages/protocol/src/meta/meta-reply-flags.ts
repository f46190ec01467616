import { readDigits, readUint64 } from '../bytes/decimal.js';
import { unexpectedReply } from '../bytes/line-framer.js';
import type { MetaReplyDetails, ReplyHead } from '../text/text-reply.js';

const SPACE = 0x20;
const MINUS = 0x2d;
const f = 0x66;
const c = 0x63;
const O = 0x4f;

/**
 * ` f0 c12 O7 W`: reads the three flags of nearly every reply in place, the others through a string. Unknown letters
 * are skipped: a newer server may send flags this version does not know.
 * @throws `MEMCACHE_UNEXPECTED_REPLY`
 */
export function readMetaFlags(head: ReplyHead, bytes: Buffer, start: number, end: number): void {
  let at = start;
  while (at < end) {
    at += 1;
    const flagStart = at;
    while (at < end && bytes[at] !== SPACE) at += 1;
    if (at === flagStart) continue;
    const letter = bytes[flagStart] ?? 0;
    if (letter === f) head.flags = readNumber(bytes, flagStart + 1, at);
    else if (letter === O) head.opaque = readDigits(bytes, flagStart + 1, at);
    else if (letter === c) head.cas = readUint64(bytes, flagStart + 1, at, 'a CAS token');
    else readDetail((head.details ??= {}), letter, bytes, flagStart + 1, at);
  }
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

function readDetail(
  details: Mutable<MetaReplyDetails>,
  letter: number,
  bytes: Buffer,
  start: number,
  end: number,
): void {
  switch (String.fromCharCode(letter)) {
    case 'k':
      details.key = bytes.toString('utf8', start, end);
      break;
    case 'b':
      details.isBase64Key = true;
      break;
    case 's':
      details.size = readNumber(bytes, start, end);
      break;
    case 't':
      details.ttlSeconds = bytes[start] === MINUS ? -readNumber(bytes, start + 1, end) : readNumber(bytes, start, end);
      break;
    case 'h':
      details.wasHit = readNumber(bytes, start, end) !== 0;
      break;
    case 'l':
      details.lastAccessSeconds = readNumber(bytes, start, end);
      break;
    case 'W':
      details.won = true;
      break;
    case 'X':
      details.isStale = true;
      break;
    case 'Z':
      details.alreadyWon = true;
      break;
  }
}

function readNumber(bytes: Buffer, start: number, end: number): number {
  const value = readDigits(bytes, start, end);
  if (value < 0) throw unexpectedReply('a flag of a meta reply lacks its number');
  return value;
}
