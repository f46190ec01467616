/** The lines of the classic protocol -> replies: the frequent ones where they lie, the others through a string. */
import { isDigit, readUint64, withDigit } from '../bytes/decimal.js';
import { unexpectedReply } from '../bytes/line-framer.js';
import { plainReply, type ReplyHead, type TextReply, type TextReplyCode } from './text-reply.js';

const SPACE = 0x20;
const MAX_FLAGS = 0xffff_ffff;
/** Of an unsigned 64-bit number. */
const MAX_DIGITS = 20;

const bareWords = [
  'END',
  'STORED',
  'NOT_STORED',
  'EXISTS',
  'NOT_FOUND',
  'DELETED',
  'TOUCHED',
  'OK',
  'RESET',
  'ERROR',
] as const satisfies readonly TextReplyCode[];

/** Length and first letter tell these words apart; the rest is compared. */
const place = (length: number, first: number): number => (length << 8) | first;
const bareReplies: ReadonlyMap<number, { readonly word: Buffer; readonly reply: TextReply }> = new Map(
  bareWords.map((code) => [
    place(code.length, code.charCodeAt(0)),
    { word: Buffer.from(code), reply: plainReply(code) },
  ]),
);

const wordsWithText: ReadonlySet<string> = new Set<TextReplyCode>([
  'STAT',
  'VERSION',
  'CONFIG',
  'ME',
  'ERROR',
  'CLIENT_ERROR',
  'SERVER_ERROR',
]);

/** The one reply of all lines that are this word and nothing else; `undefined` for any other line. */
export function bareReply(bytes: Buffer, start: number, end: number): TextReply | undefined {
  const entry = bareReplies.get(place(end - start, bytes[start] ?? 0));
  if (entry === undefined) return undefined;
  const { word, reply } = entry;
  for (let at = 1; at < word.length; at += 1) if (bytes[start + at] !== word[at]) return undefined;
  return reply;
}

/** A counter, and the spaces memcached pads with when a decrement makes it shorter; `undefined` for any other line. */
export function numberReply(bytes: Buffer, start: number, end: number): TextReply | undefined {
  let last = end;
  while (last > start && bytes[last - 1] === SPACE) last -= 1;
  if (last === start || last - start > MAX_DIGITS) return undefined;
  for (let at = start; at < last; at += 1) if (!isDigit(bytes[at])) return undefined;
  return plainReply('NUMBER', bytes.toString('latin1', start, last));
}

/** @throws `MEMCACHE_UNEXPECTED_REPLY` */
export function replyWithText(bytes: Buffer, start: number, end: number): TextReply {
  const line = bytes.toString('utf8', start, end);
  const space = line.indexOf(' ');
  const word = space < 0 ? line : line.slice(0, space);
  if (!hasText(word)) throw unexpectedReply(describeStranger(line));
  return plainReply(word, space < 0 ? '' : line.slice(space + 1));
}

function hasText(word: string): word is TextReplyCode {
  return wordsWithText.has(word);
}

/** Names the servers people reach by mistake; never shows the line, which may be part of a value. */
function describeStranger(line: string): string {
  if (/^HTTP\/\d/.test(line)) return 'an HTTP server answered';
  if (/^-(ERR|NOAUTH|WRONGPASS)/.test(line)) return 'a Redis server answered';
  if (line.startsWith('SSH-')) return 'an SSH server answered';
  return 'a line begins with no word memcached uses';
}

const VALUE = Buffer.from('VALUE ');

export function isValueLine(bytes: Buffer, start: number, end: number): boolean {
  if (end - start <= VALUE.length) return false;
  for (let at = 0; at < VALUE.length; at += 1) if (bytes[start + at] !== VALUE[at]) return false;
  return true;
}

/**
 * Reads `VALUE <key> <flags> <bytes> [<cas>]`, the head of each item of a retrieval. Returns the size of the data block.
 * @throws `MEMCACHE_UNEXPECTED_REPLY`
 */
export function readValueLine(head: ReplyHead, bytes: Buffer, start: number, end: number): number {
  const key = start + VALUE.length;
  let seen = 0;
  let at = key;
  for (; at < end && bytes[at] !== SPACE; at += 1) seen |= bytes[at] ?? 0;
  const keyEnd = at;
  // Both numbers in one pass: this runs for each of many keys. Without a digit `at` stays where the number began, and
  // what stands at `end` is none: a carriage return.
  let flags = 0;
  for (at += 1; isDigit(bytes[at]); at += 1) flags = withDigit(flags, bytes[at]);
  const sizeStart = at + 1;
  let size = 0;
  for (at = sizeStart; isDigit(bytes[at]); at += 1) size = withDigit(size, bytes[at]);
  const isWhole =
    keyEnd > key &&
    sizeStart > keyEnd + 2 &&
    bytes[sizeStart - 1] === SPACE &&
    at > sizeStart &&
    (at === end || bytes[at] === SPACE);
  if (!isWhole || flags > MAX_FLAGS || size > Number.MAX_SAFE_INTEGER) {
    throw unexpectedReply('a VALUE line lacks key, flags or length');
  }
  // Nearly every key is ASCII, and is decoded faster when that is known.
  head.begin('VALUE', bytes.toString(seen < 0x80 ? 'latin1' : 'utf8', key, keyEnd));
  head.flags = flags;
  if (at < end) head.cas = readUint64(bytes, at + 1, end, 'a CAS token');
  return size;
}

const CONFIG_TEXT = /^[^ ]+ \d{1,10} (\d{1,7})$/;

/**
 * The size of the block behind `CONFIG cluster 0 <bytes>`, ElastiCache's answer to `config get cluster`.
 * @param text the line behind its first word
 * @throws `MEMCACHE_UNEXPECTED_REPLY`
 */
export function readConfigSize(text: string): number {
  const size = CONFIG_TEXT.exec(text)?.[1];
  if (size === undefined) throw unexpectedReply('a CONFIG line lacks its length');
  return Number(size);
}
