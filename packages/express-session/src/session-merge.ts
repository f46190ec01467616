/**
 * Brings together what two requests made of one session. Pure; compares the JSON of each top-level key.
 *
 *                    base  (what this request loaded)
 *                   /    \
 *   ours (saved now)      theirs (saved by another request meanwhile)
 *                   \    /
 *                   merged
 */
import type { SessionFields } from './session-serializer.js';

export interface MergedSession {
  readonly fields: SessionFields;
  /** The keys that both changed, to different values: ours was taken. */
  readonly conflicts: readonly string[];
}

const COOKIE = 'cookie';
/** express-session computes originalMaxAge from the clock again and again, and loses milliseconds on the way. */
const MAX_AGE_DRIFT_MS = 1000;

/** A key only one side changed, added or removed keeps that side's state; a key both changed keeps ours. */
export function mergeSessions(base: SessionFields, ours: SessionFields, theirs: SessionFields): MergedSession {
  const fields = new Map<string, string>();
  const conflicts: string[] = [];
  for (const name of new Set([...theirs.keys(), ...ours.keys()])) {
    if (name === COOKIE) continue;
    const [before, mine, other] = [base.get(name), ours.get(name), theirs.get(name)];
    const winner = mine === before ? other : mine;
    if (winner !== undefined) fields.set(name, winner);
    if (mine !== before && other !== before && mine !== other) conflicts.push(name);
  }
  const cookie = mergeCookies(base.get(COOKIE), ours.get(COOKIE), theirs.get(COOKIE));
  if (cookie !== undefined) fields.set(COOKIE, cookie);
  return { fields, conflicts };
}

/** Whether saving would change anything but the moment the session ends. */
export function isUnchanged(base: SessionFields, ours: SessionFields): boolean {
  return (
    base.size === ours.size &&
    [...ours].every(([name, json]) => name === COOKIE || base.get(name) === json) &&
    !isCookieChanged(base.get(COOKIE), ours.get(COOKIE))
  );
}

/** Whether the cookie's settings differ. Its end does not count: every request moves it. */
export function isCookieChanged(before: string | undefined, after: string | undefined): boolean {
  if (before === after) return false;
  if (before === undefined || after === undefined) return true;
  const [from, to] = [parseCookie(before), parseCookie(after)];
  return isMaxAgeChanged(from.originalMaxAge, to.originalMaxAge) || settings(from) !== settings(to);
}

function mergeCookies(
  base: string | undefined,
  ours: string | undefined,
  theirs: string | undefined,
): string | undefined {
  if (ours === undefined || theirs === undefined || isCookieChanged(base, ours)) return ours ?? theirs;
  if (isCookieChanged(base, theirs)) return theirs;
  return endOf(ours) >= endOf(theirs) ? ours : theirs;
}

interface StoredCookie {
  readonly expires?: unknown;
  readonly originalMaxAge?: unknown;
  readonly [setting: string]: unknown;
}

function parseCookie(json: string): StoredCookie {
  return JSON.parse(json) as StoredCookie;
}

function isMaxAgeChanged(before: unknown, after: unknown): boolean {
  if (typeof before !== 'number' || typeof after !== 'number') return (before ?? null) !== (after ?? null);
  return Math.abs(before - after) >= MAX_AGE_DRIFT_MS;
}

/** Everything but the times, in one order. */
function settings(cookie: StoredCookie): string {
  const lasting = Object.entries(cookie).filter(([name]) => name !== 'expires' && name !== 'originalMaxAge');
  return JSON.stringify(lasting.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function endOf(json: string): number {
  const { expires } = parseCookie(json);
  const end = typeof expires === 'string' ? Date.parse(expires) : Number.NaN;
  return Number.isNaN(end) ? Number.POSITIVE_INFINITY : end;
}
