/**
 * Numbers in request lines, read the way memcached reads them: C's strtol family with memcached's own range rules
 * (util.c of 1.6.18). Leading white space and a sign are allowed, letters behind the digits are not, and 32-bit fields
 * are cut to 32 bits: `set a 4294967296 0 1` stores flags 0 (measured on 1.6.18).
 */

const PLAIN = /^\d{1,9}$/;
// The white space C's isspace() knows; a number ends there, at a NUL or at the end of the token.
const C_NUMBER = /^[\t-\r ]*([+-]?)(\d+)(?=[\t-\r \0]|$)/;

const INT64_MAX = 0x7fff_ffff_ffff_ffffn;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;

/** A signed 32-bit field: exptime, length. `undefined` when it is not a number. */
export function readInt32(token: string): number | undefined {
  if (PLAIN.test(token)) return Number(token);
  const match = C_NUMBER.exec(token);
  if (match === null) return undefined;
  const [, sign, digits = '0'] = match;
  const magnitude = BigInt(digits);
  const negative = sign === '-';
  if (magnitude > (negative ? INT64_MAX + 1n : INT64_MAX)) return undefined;
  return Number(BigInt.asIntN(32, negative ? -magnitude : magnitude));
}

/** An unsigned 32-bit field: client flags. `undefined` when it is not a number, or negative. */
export function readUint32(token: string): number | undefined {
  if (PLAIN.test(token)) return Number(token);
  const value = readUint64(token);
  return value === undefined ? undefined : Number(BigInt.asUintN(32, value));
}

/** An unsigned 64-bit field: CAS, delta, counter. `undefined` when it is not a number, negative or too large. */
export function readUint64(token: string): bigint | undefined {
  if (PLAIN.test(token)) return BigInt(token);
  const match = C_NUMBER.exec(token);
  if (match === null) return undefined;
  const [, sign, digits = '0'] = match;
  const magnitude = BigInt(digits);
  if (magnitude > UINT64_MAX) return undefined;
  const value = BigInt.asUintN(64, sign === '-' ? -magnitude : magnitude);
  // strtoull wraps negative numbers; memcached refuses those whose result is above 2^63.
  return value > INT64_MAX && sign === '-' ? undefined : value;
}
