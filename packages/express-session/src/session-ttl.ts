/** How long a session lives: as long as its cookie. */
import type { Ttl } from '@memkit/core';

/** The part of a cookie that says how long it lives; sessions from other code may hold less than express-session's. */
export interface CookieLifetime {
  readonly expires?: unknown;
  readonly maxAge?: unknown;
}

/**
 * Milliseconds the session has to live, 0 or less when it is over.
 * @param defaultMs for a cookie without an end, one that lasts until the browser closes
 */
export function sessionTtlMs(cookie: CookieLifetime | undefined, defaultMs: number, nowMs: number): number {
  const expiresMs = toTime(cookie?.expires);
  if (expiresMs !== undefined) return expiresMs - nowMs;
  const maxAge = cookie?.maxAge;
  return typeof maxAge === 'number' && !Number.isNaN(maxAge) ? maxAge : defaultMs;
}

/**
 * memcached counts the seconds of its own clock, so an item that is stored late in a second loses the rest of it: a
 * session whose cookie is still sent would be gone.
 */
const CLOCK_STEP_MS = 1000;

/** The item's time to live: never shorter than the session's, up to two seconds longer. */
export function itemTtl(sessionMs: number): Ttl {
  return sessionMs === Number.POSITIVE_INFINITY ? 'forever' : { milliseconds: sessionMs + CLOCK_STEP_MS };
}

function toTime(expires: unknown): number | undefined {
  if (!(expires instanceof Date) && typeof expires !== 'string' && typeof expires !== 'number') return undefined;
  const time = new Date(expires).getTime();
  return Number.isNaN(time) ? undefined : time;
}
