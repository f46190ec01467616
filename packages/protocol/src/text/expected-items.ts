/**
 * The items of many keys, read in one go while they come in the order in which they were asked for: no reply object, no
 * line that is looked at twice. Whatever else comes is left to the parser, and so are refusals.
 */
import type { ValueCopier } from '../bytes/body-buffer.js';
import { isDigit, withDigit } from '../bytes/decimal.js';
import { MAX_LINE_BYTES } from '../bytes/line-framer.js';

const VALUE = Buffer.from('VALUE ');
const SPACE = 0x20;
const CR = 0x0d;
const LF = 0x0a;
const LAST_ASCII = 0x7f;
const MAX_FLAGS = 0xffff_ffff;

/** A request for many keys whose items come in. */
export interface ExpectedItems {
  /** The key whose item comes next when it is there; `undefined` behind the last one. */
  readonly nextKey: string | undefined;
  /** The item of that key. @param data a copy */
  take(data: Buffer, flags: number): void;
}

/**
 * Takes whole items, `VALUE <key> <flags> <bytes>` and their data blocks, for as long as each has the expected key.
 * @returns where something else begins
 */
export function readExpectedItems(expected: ExpectedItems, bytes: Buffer, start: number, copier: ValueCopier): number {
  let item = start;
  for (let key = expected.nextKey; key !== undefined; key = expected.nextKey) {
    const flagsAt = behindKey(bytes, item, key);
    if (flagsAt === item) return item;
    let at = flagsAt;
    let flags = 0;
    for (; isDigit(bytes[at]); at += 1) flags = withDigit(flags, bytes[at]);
    if (at === flagsAt || flags > MAX_FLAGS || bytes[at] !== SPACE) return item;
    const sizeAt = at + 1;
    let size = 0;
    for (at = sizeAt; isDigit(bytes[at]); at += 1) size = withDigit(size, bytes[at]);
    if (at === sizeAt || bytes[at] !== CR || bytes[at + 1] !== LF) return item;
    const dataAt = at + 2;
    const end = dataAt + size;
    if (bytes[end] !== CR || bytes[end + 1] !== LF || dataAt - item > MAX_LINE_BYTES) return item;
    expected.take(copier.copy(bytes, dataAt, end), flags);
    item = end + 2;
  }
  return item;
}

/** Where the flags begin; `start` when the line is not that of the key. Keys that are not ASCII are left to the parser. */
function behindKey(bytes: Buffer, start: number, key: string): number {
  for (let at = 0; at < VALUE.length; at += 1) if (bytes[start + at] !== VALUE[at]) return start;
  const keyAt = start + VALUE.length;
  for (let at = 0; at < key.length; at += 1) {
    const code = key.charCodeAt(at);
    if (bytes[keyAt + at] !== code || code > LAST_ASCII) return start;
  }
  const keyEnd = keyAt + key.length;
  return bytes[keyEnd] === SPACE ? keyEnd + 1 : start;
}
