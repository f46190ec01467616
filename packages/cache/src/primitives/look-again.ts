/** Waiting for another holder: looking again and again, for as long as the caller has patience. */
import { MemcacheError, parseDuration, type Duration } from '@memkit/core';
import type { Surroundings } from '../engine/surroundings.js';
import { waitBeforeLook } from '../policies/lease-wait.js';

export interface Patience {
  readonly waitMs: number;
  readonly signal: AbortSignal | undefined;
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function patienceOf(wait: Duration | undefined, signal: AbortSignal | undefined): Patience {
  const given: unknown = signal;
  if (given !== undefined && !(typeof given === 'object' && given !== null && 'throwIfAborted' in given)) {
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot use option "signal"',
      detail: `it is ${given === null ? 'null' : `of type ${typeof given}`} and no AbortSignal`,
      hint: 'Give the signal of an AbortController.',
    });
  }
  return { waitMs: wait === undefined ? 0 : parseDuration(wait, 'wait'), signal };
}

/**
 * What the first look finds that finds anything; `undefined` when none did in time. Looks at least once.
 * @throws what a look throws; the signal's reason
 */
export async function lookAgain<Found>(
  { waitMs, signal }: Patience,
  surroundings: Surroundings,
  look: () => Promise<Found | undefined>,
): Promise<Found | undefined> {
  const giveUpAt = surroundings.now() + waitMs;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    const found = await look();
    if (found !== undefined) return found;
    const leftMs = giveUpAt - surroundings.now();
    if (leftMs <= 0) return undefined;
    await surroundings.sleep(Math.min(leftMs, waitBeforeLook(attempt, surroundings.random())));
  }
}
