/** Decimal numbers in reply lines, read where they lie: no string, no regular expression. */
import { unexpectedReply } from './line-framer.js';

const ZERO = 0x30;
/** As many digits always fit into a number exactly. */
const EXACT_DIGITS = 15;
const MAX_UINT64_DIGITS = 20;
const MAX_UINT64 = 0xffff_ffff_ffff_ffffn;
const SPLIT = 10n ** BigInt(EXACT_DIGITS);

/** Reads decimal digits from `start` to the first other byte or `end`; -1 when there are none or too many. */
export function readDigits(bytes: Buffer, start: number, end: number): number {
  let value = 0;
  let at = start;
  for (; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) break;
    value = value * 10 + digit;
  }
  return at === start || value > Number.MAX_SAFE_INTEGER ? -1 : value;
}

/**
 * Reads an unsigned 64-bit number that fills `start` to `end`.
 * @param name what the number is, for the message
 * @throws `MEMCACHE_UNEXPECTED_REPLY`
 */
export function readUint64(bytes: Buffer, start: number, end: number, name: string): bigint {
  const length = end - start;
  if (length < 1 || length > MAX_UINT64_DIGITS) throw notANumber(name);
  for (let at = start; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit < 0 || digit > 9) throw notANumber(name);
  }
  if (length <= EXACT_DIGITS) return BigInt(readDigits(bytes, start, end));
  const border = end - EXACT_DIGITS;
  const value = BigInt(readDigits(bytes, start, border)) * SPLIT + BigInt(readDigits(bytes, border, end));
  if (value > MAX_UINT64) throw notANumber(name);
  return value;
}

function notANumber(name: string): Error {
  return unexpectedReply(`${name} is not a number of 64 bits`);
}
