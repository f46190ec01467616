/** The only place where Keyv's milliseconds become a time to live. */
import { MemcacheError, type Ttl } from '@memkit/core';

/** What becomes of a value: kept for `ttl` (`undefined`: the client's default), or not worth storing. */
export type Expiry = { readonly kind: 'keep'; readonly ttl: Ttl | undefined } | { readonly kind: 'expired' };

/**
 * memcached counts the seconds of its own clock, so an item that is stored late in a second loses the rest of it: one
 * with 1 second to live can be gone at once. One more second, and it never ends before its envelope.
 */
const CLOCK_STEP_MS = 1000;

/**
 * Keyv's relative milliseconds -> what the client is asked for. The client rounds up to seconds and makes more than 30
 * days absolute; the envelope that Keyv wraps around the value keeps the millisecond.
 * @param ttlMs milliseconds from now; `undefined` is "no expiry of its own"
 * @throws `MEMCACHE_INVALID_TTL` for anything that is not a number
 */
export function toExpiry(ttlMs: number | undefined, key: string): Expiry {
  if (ttlMs === undefined) return { kind: 'keep', ttl: undefined };
  if (typeof ttlMs !== 'number' || Number.isNaN(ttlMs)) throw notANumber(ttlMs, key);
  if (ttlMs === Number.POSITIVE_INFINITY) return { kind: 'keep', ttl: 'forever' };
  if (ttlMs <= 0) return { kind: 'expired' };
  return { kind: 'keep', ttl: { milliseconds: ttlMs + CLOCK_STEP_MS } };
}

/**
 * Whether the envelope says that its time is over. memcached counts in seconds, so an item outlives its envelope by
 * up to two; only the default serialization can be looked into, any other counts as alive.
 */
export function isExpiredEnvelope(stored: unknown, nowMs: number): boolean {
  const expires = expiresOf(typeof stored === 'string' ? parse(stored) : stored);
  return typeof expires === 'number' && expires < nowMs;
}

function expiresOf(envelope: unknown): unknown {
  return typeof envelope === 'object' && envelope !== null && 'expires' in envelope ? envelope.expires : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Another serialization; memcached's own expiry decides alone.
    return undefined;
  }
}

function notANumber(ttlMs: unknown, key: string): MemcacheError {
  return new MemcacheError('INVALID_TTL', {
    action: 'Cannot store',
    key,
    detail: `the time to live is ${Number.isNaN(ttlMs) ? 'NaN' : `of type ${typeof ttlMs}`}, not a number of milliseconds`,
    hint: 'Keyv and cache-manager count in milliseconds: pass 60000 for a minute.',
  });
}
