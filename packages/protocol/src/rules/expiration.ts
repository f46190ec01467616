import { MAX_ABSOLUTE_EXPTIME, MAX_RELATIVE_EXPTIME } from './limits.js';

/**
 * Milliseconds to live -> the exptime field: seconds rounded up, at least 1, and absolute Unix seconds above 30 days,
 * because memcached reads larger relative values as dates in 1970 and expires the item at once.
 * `Infinity` is 0, which memcached reads as "never". A date that memcached cannot keep becomes the last one it can, or 30
 * days where that is near: an item may live shorter than asked, as with any cache, but never ends the moment it is stored.
 * @param now gives the current Unix time in milliseconds; asked only where it matters
 */
export function toExptime(ttlMs: number, now: () => number): number {
  if (ttlMs === Number.POSITIVE_INFINITY) return 0;
  const seconds = Math.max(1, Math.ceil(ttlMs / 1000));
  if (seconds <= MAX_RELATIVE_EXPTIME) return seconds;
  const nowSeconds = Math.floor(now() / 1000);
  if (nowSeconds + MAX_RELATIVE_EXPTIME >= MAX_ABSOLUTE_EXPTIME) return MAX_RELATIVE_EXPTIME;
  return Math.min(nowSeconds + seconds, MAX_ABSOLUTE_EXPTIME);
}

/**
 * The exptime field -> the Unix second at which the item ends; `Infinity` for 0, and a past second for negative values.
 * @param nowSeconds the server's clock in Unix seconds
 */
export function fromExptime(exptime: number, nowSeconds: number): number {
  if (exptime === 0) return Number.POSITIVE_INFINITY;
  if (exptime < 0) return nowSeconds - 1;
  return exptime > MAX_RELATIVE_EXPTIME ? exptime : nowSeconds + exptime;
}
