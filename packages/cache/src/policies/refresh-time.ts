import type { Entry } from '../engine/entry-envelope.js';

interface RefreshPolicy {
  readonly refreshAhead: number | undefined;
  readonly earlyExpiry: number;
}

/**
 * Whether a fresh entry is to be refreshed: after a share of its ttl, or by XFetch (Vattani, Chierichetti, Lowenstein,
 * "Optimal Probabilistic Cache Stampede Prevention", VLDB 2015): when now - delta * beta * ln(chance) is past its end,
 * where delta is how long its loader took.
 * @param random 0 to 1, 1 excluded; asked for only when chance decides
 */
export function isDue(
  { storedAt, freshUntil, loadMs = 0 }: Entry,
  { refreshAhead, earlyExpiry }: RefreshPolicy,
  now: number,
  random: () => number,
): boolean {
  if (refreshAhead !== undefined && now >= storedAt + refreshAhead * (freshUntil - storedAt)) return true;
  if (earlyExpiry === 0 || loadMs === 0) return false;
  // 1 - random, because the logarithm of 0 would make any entry due.
  return now - loadMs * earlyExpiry * Math.log(1 - random()) >= freshUntil;
}

/** Whether any fresh entry may be due. */
export function mayBeDue({ refreshAhead, earlyExpiry }: RefreshPolicy): boolean {
  return refreshAhead !== undefined || earlyExpiry > 0;
}
