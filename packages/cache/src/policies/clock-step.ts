import type { Ttl } from '@memkit/core';

/**
 * memcached counts the seconds of its own clock, so an item that is stored late in a second loses the rest of it: one
 * with 1 second to live can be gone at once (1.6.18: 0.8 s when stored 0.2 s into a second).
 */
const CLOCK_STEP_MS = 1000;

/** A time to live that memcached never ends early; up to two seconds late. `Infinity` is `'forever'`. */
export function lastingAtLeast(ms: number): Ttl {
  return Number.isFinite(ms) ? { milliseconds: ms + CLOCK_STEP_MS } : 'forever';
}

/** The longest that an item with `lastingAtLeast(ms)` is there, in milliseconds. */
export function longestLifeMs(ms: number): number {
  return Math.ceil(ms / 1000) * 1000 + CLOCK_STEP_MS;
}
