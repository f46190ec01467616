/** Decimal numbers in reply lines, read where they lie: no string, no regular expression. */
import { unexpectedReply } from './line-framer.js';

const ZERO = 0x30;
const NINE = 0x39;
const SPACE = 0x20;
/** As many digits always fit into a number exactly. */
const EXACT_DIGITS = 15;
const MAX_UINT64_DIGITS = 20;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const SPLIT = 10n ** BigInt(EXACT_DIGITS);

export function isDigit(byte: number | undefined): byte is number {
  return byte !== undefined && byte >= ZERO && byte <= NINE;
}

/** `number`, with the digit behind it. */
export function withDigit(number: number, digit: number | undefined): number {
  return number * 10 + (digit ?? 0) - ZERO;
}

/** The number whose digits fill `start` to `end`; -1 when something else does, or it is not exact as a number. */
export function readDigits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return start >= end || value > Number.MAX_SAFE_INTEGER ? -1 : value;
}

/** The unsigned 64-bit number whose digits fill `start` to `end`; `undefined` when something else does. */
function parseUint64(bytes: Buffer, start: number, end: number): bigint | undefined {
  if (end - start > MAX_UINT64_DIGITS) return undefined;
  const border = Math.max(start, end - EXACT_DIGITS);
  const low = readDigits(bytes, border, end);
  const high = border === start ? 0 : readDigits(bytes, start, border);
  if (low < 0 || high < 0) return undefined;
  if (high === 0) return BigInt(low);
  const value = BigInt(high) * SPLIT + BigInt(low);
  return value > MAX_UINT64 ? undefined : value;
}

/**
 * @param name what the number is, for the message
 * @throws `MEMCACHE_UNEXPECTED_REPLY`
 */
export function readUint64(bytes: Buffer, start: number, end: number, name: string): bigint {
  const value = parseUint64(bytes, start, end);
  if (value === undefined) throw unexpectedReply(`${name} is not a number of 64 bits`);
  return value;
}

/**
 * A counter between `start` and `end`; `undefined` when the bytes are none. A number that got shorter is padded with
 * spaces: 100 decremented to 9 is "9  " (measured on 1.6.18).
 */
export function readCounter(bytes: Buffer, start = 0, end = bytes.length): bigint | undefined {
  let last = end;
  while (last > start && bytes[last - 1] === SPACE) last -= 1;
  return parseUint64(bytes, start, last);
}
