/**
 * The replies that nearly every meta request gets, read in one pass: no line that is looked at three times, which costs a
 * get a tenth of the client's CPU. Whatever else comes, or is not whole yet, is left to the parser, and so are refusals.
 */
import type { ValueCopier } from '../bytes/body-buffer.js';
import { isDigit, withDigit } from '../bytes/decimal.js';
import { MAX_LINE_BYTES } from '../bytes/line-framer.js';
import { TextReply } from '../text/text-reply.js';

const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const V = 0x56;
const A = 0x41;
const H = 0x48;
const D = 0x44;
const f = 0x66;
const O = 0x4f;
const MAX_UINT32 = 0xffff_ffff;

/** `HD` with each opaque of at most two digits: the answer to a request that writes is the same object every time. */
const done: readonly TextReply[] = Array.from({ length: 100 }, (_, opaque) => doneWith(opaque));

/**
 * Takes whole replies: `VA <size> f<flags> O<opaque>` with its data block, and `HD O<opaque>`.
 * @returns where something else begins
 */
export function readUsualReplies(
  bytes: Buffer,
  start: number,
  copier: ValueCopier,
  onReply: (reply: TextReply) => void,
): number {
  for (let reply = start; ;) {
    const isValue = bytes[reply] === V && bytes[reply + 1] === A;
    const next = isValue ? readValue(bytes, reply, copier, onReply) : readDone(bytes, reply, onReply);
    if (next === reply) return reply;
    reply = next;
  }
}

function readValue(bytes: Buffer, start: number, copier: ValueCopier, onReply: (reply: TextReply) => void): number {
  const sizeAt = start + 3;
  let at = sizeAt;
  let size = 0;
  for (; isDigit(bytes[at]); at += 1) size = withDigit(size, bytes[at]);
  if (bytes[start + 2] !== SPACE || at === sizeAt || bytes[at] !== SPACE || bytes[at + 1] !== f) return start;
  const flagsAt = at + 2;
  let flags = 0;
  for (at = flagsAt; isDigit(bytes[at]); at += 1) flags = withDigit(flags, bytes[at]);
  if (at === flagsAt || flags > MAX_UINT32 || bytes[at] !== SPACE || bytes[at + 1] !== O) return start;
  const opaqueAt = at + 2;
  let opaque = 0;
  for (at = opaqueAt; isDigit(bytes[at]); at += 1) opaque = withDigit(opaque, bytes[at]);
  if (at === opaqueAt || opaque > MAX_UINT32 || bytes[at] !== CR || bytes[at + 1] !== LF) return start;
  const dataAt = at + 2;
  const end = dataAt + size;
  if (bytes[end] !== CR || bytes[end + 1] !== LF || dataAt - start > MAX_LINE_BYTES) return start;
  onReply(new TextReply('VA', copier.copy(bytes, dataAt, end), flags, 0n, opaque, '', undefined));
  return end + 2;
}

function readDone(bytes: Buffer, start: number, onReply: (reply: TextReply) => void): number {
  if (bytes[start] !== H || bytes[start + 1] !== D || bytes[start + 2] !== SPACE || bytes[start + 3] !== O)
    return start;
  const opaqueAt = start + 4;
  let at = opaqueAt;
  let opaque = 0;
  for (; isDigit(bytes[at]); at += 1) opaque = withDigit(opaque, bytes[at]);
  if (at === opaqueAt || opaque > MAX_UINT32 || bytes[at] !== CR || bytes[at + 1] !== LF) return start;
  const end = at + 2;
  if (end - start > MAX_LINE_BYTES) return start;
  onReply(done[opaque] ?? doneWith(opaque));
  return end;
}

function doneWith(opaque: number): TextReply {
  return new TextReply('HD', undefined, 0, 0n, opaque, '', undefined);
}
