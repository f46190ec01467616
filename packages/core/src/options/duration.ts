import { MemcacheError } from '@memkit/protocol';

/** A span of time: a number with its unit, or an object that names the unit. Never a bare number. */
export type Duration =
  | `${number}ms`
  | `${number}s`
  | `${number}m`
  | `${number}h`
  | `${number}d`
  | { readonly seconds: number }
  | { readonly milliseconds: number };

/** How long an item lives: a span of time, or `'forever'` (until memcached needs the memory). */
export type Ttl = Duration | 'forever';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
type Unit = keyof typeof UNIT_MS;

const PATTERN = /^(\d+(?:\.\d+)?)\s*(ms|s|m|h|d)$/;

/**
 * Time to live -> milliseconds; `Infinity` for `'forever'`.
 * @throws `MEMCACHE_INVALID_TTL` for a bare number, an unknown unit, zero, a negative or an infinite span
 */
export function parseTtl(ttl: Ttl, action = 'Cannot read the time to live'): number {
  return ttl === 'forever' ? Number.POSITIVE_INFINITY : parseSpan(ttl, 'INVALID_TTL', action, 'ttl');
}

/**
 * A duration option -> milliseconds.
 * @param option the option's name, for the message
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function parseDuration(duration: Duration, option: string): number {
  return parseSpan(duration, 'INVALID_OPTION', `Cannot use option "${option}"`, option);
}

function parseSpan(span: unknown, code: 'INVALID_TTL' | 'INVALID_OPTION', action: string, name: string): number {
  const fail = (detail: string, hint?: string): MemcacheError => new MemcacheError(code, { action, detail, hint });
  if (typeof span === 'number') {
    const shown = String(span);
    throw fail(`${name} ${shown} is ambiguous`, `Write '${shown}s' for seconds or '${shown}ms' for milliseconds.`);
  }
  if (span instanceof Date) {
    throw fail(`${name} is a date, not a span of time`, 'Give { milliseconds: date.getTime() - Date.now() }.');
  }
  const ms = toMilliseconds(span);
  if (ms === undefined) throw fail(`${name} ${describe(span)} is not a duration`, HINT);
  if (!(ms > 0) || ms === Number.POSITIVE_INFINITY)
    throw fail(`${name} ${describe(span)} is not a positive, finite span`, HINT);
  return ms;
}

const HINT = "Write a number with its unit (ms, s, m, h or d), such as '90s' or '10m', or { seconds: 90 }.";

function toMilliseconds(span: unknown): number | undefined {
  if (typeof span === 'string') {
    const match = PATTERN.exec(span.trim());
    return match ? Number(match[1]) * UNIT_MS[match[2] as Unit] : undefined;
  }
  if (typeof span !== 'object' || span === null) return undefined;
  if ('milliseconds' in span && typeof span.milliseconds === 'number') return span.milliseconds;
  if ('seconds' in span && typeof span.seconds === 'number') return span.seconds * 1000;
  return undefined;
}

function describe(span: unknown): string {
  if (typeof span === 'string') return `'${span}'`;
  if (typeof span !== 'object' || span === null) return span === null ? 'null' : typeof span;
  if ('seconds' in span && typeof span.seconds === 'number') return `{ seconds: ${String(span.seconds)} }`;
  if ('milliseconds' in span && typeof span.milliseconds === 'number') {
    return `{ milliseconds: ${String(span.milliseconds)} }`;
  }
  return 'an object without a number of seconds or milliseconds';
}
