import type { Entry } from '../engine/entry-envelope.js';

/** Whether the entry is within its ttl. */
export function isFresh(entry: Entry, now: number): boolean {
  return now < entry.freshUntil;
}

/** Whether an entry past its ttl may still be served. `staleForMs` 0 means never. */
export function isServableStale(entry: Entry, staleForMs: number, now: number): boolean {
  return staleForMs > 0 && now < entry.freshUntil + staleForMs;
}
