/**
 * Numbers in request lines as memcached 1.6.45 reads them: digits alone, at most as many as fit, a minus sign only where
 * the field is signed (vendor/mcmc of 1.6.45; measured). No digits at all are 0, which only a bare sign can be.
 */

const INT32_DIGITS = /^(?=.{1,11}$)-?\d*$/;
const UINT32_DIGITS = /^\d{1,11}$/;
const UINT64_DIGITS = /^\d{1,22}$/;
const INT32_MAX = 0x7fff_ffff;
const INT32_MIN = -0x8000_0000;
const UINT32_MAX = 0xffff_ffff;
const UINT64_MAX = 0xffff_ffff_ffff_ffffn;
const SHORT = /^\d{1,9}$/;

/** A signed 32-bit field: exptime, length. `undefined` when it is not one. */
export function readStrictInt32(token: string): number | undefined {
  if (!INT32_DIGITS.test(token)) return undefined;
  const value = token === '-' ? 0 : Number(token);
  return value <= INT32_MAX && value >= INT32_MIN ? value : undefined;
}

/** An unsigned 32-bit field. `undefined` when it is not one. */
export function readStrictUint32(token: string): number | undefined {
  if (!UINT32_DIGITS.test(token)) return undefined;
  const value = Number(token);
  return value <= UINT32_MAX ? value : undefined;
}

/** An unsigned 64-bit field: CAS, delta, counter. `undefined` when it is not one. */
export function readStrictUint64(token: string): bigint | undefined {
  if (SHORT.test(token)) return BigInt(token);
  if (!UINT64_DIGITS.test(token)) return undefined;
  const value = BigInt(token);
  return value <= UINT64_MAX ? value : undefined;
}
