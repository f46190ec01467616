import { isMemcacheError, type MemcacheError } from '@memkit/core';
import type { EventLoopLag } from './event-loop-lag.js';

/** What an operation may take beyond its deadline, besides the time in which this process was busy. */
const MARGIN_MS = 50;

export type Outcome =
  | { readonly error: undefined; readonly result: unknown }
  | { readonly error: MemcacheError; readonly result: undefined };

/** Waits for one operation; throws if it took longer than it may, or failed with anything but an error of memkit. */
export async function settleInTime(
  what: string,
  deadlineMs: number,
  lag: EventLoopLag,
  start: () => Promise<unknown>,
): Promise<Outcome> {
  const startedAt = performance.now();
  const outcome = await start().then(
    (result) => ({ error: undefined, result }),
    (error: unknown) => {
      if (!isMemcacheError(error)) throw error;
      return { error, result: undefined };
    },
  );
  const tookMs = performance.now() - startedAt;
  // Only what happened around the deadline can have moved it, but a stall before it delays the reply as well.
  const allowedMs = deadlineMs + MARGIN_MS + lag.msSince(startedAt);
  if (tookMs <= allowedMs) return outcome;
  const how = outcome.error === undefined ? 'succeeded' : `failed with ${outcome.error.code}`;
  throw new Error(`${what} ${how} after ${tookMs.toFixed()} ms and had ${allowedMs.toFixed()} ms`);
}
