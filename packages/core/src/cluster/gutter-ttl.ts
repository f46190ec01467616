import { MAX_RELATIVE_EXPTIME, toExptime } from '@memkit/protocol/internal';
import type { ExptimeLimit } from '../commands/command.js';
import type { ClientSettings } from '../options/client-settings.js';

/** What the gutter makes of an item's expiry; without a gutter nothing is asked of it. */
export function gutterLimit(failover: ClientSettings['failover']): ExptimeLimit {
  if (typeof failover === 'string') return (exptime) => exptime;
  const { ttlMs } = failover;
  return (exptime) => cappedExptime(exptime, ttlMs, Date.now());
}

/**
 * The exptime field for an item that may live for `ttlMs` at most. Forever (0) is cut as well, and dates (above 30 days)
 * by the clock; a negative one, which expires at once, stays.
 * @param nowMs the current Unix time in milliseconds
 */
export function cappedExptime(exptime: number, ttlMs: number, nowMs: number): number {
  const cap = toExptime(ttlMs, () => nowMs);
  if (exptime < 0) return exptime;
  if (exptime > MAX_RELATIVE_EXPTIME) return exptime * 1000 - nowMs > ttlMs ? cap : exptime;
  return exptime === 0 || exptime > cap ? cap : exptime;
}
