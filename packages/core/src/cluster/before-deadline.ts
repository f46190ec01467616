import { clearTimeout, setTimeout } from 'node:timers';
import { LONGEST_TIMER_MS } from '@memkit/protocol/internal';
import type { Deadline } from './deadline.js';

/**
 * As `work`, but settled in time; the work itself goes on.
 * @param now the clock of `deadline.at`
 * @param late makes the error when the deadline passes first
 * @param keepsAlive whether the process waits for it
 * @param begin gets what ends it earlier
 * @throws the reason of the deadline's signal once it is aborted
 */
export async function beforeDeadline<Result>(
  work: Promise<Result>,
  { at, signal }: Pick<Deadline, 'at' | 'signal'>,
  now: () => number,
  late: () => Error,
  keepsAlive: boolean,
  begin?: (end: (reason: Error) => void) => void,
): Promise<Result> {
  // It may fail when nobody waits any more; who started it publishes that.
  work.catch(() => undefined);
  signal?.throwIfAborted();
  let stop: (() => void) | undefined;
  const end = new Promise<never>((_, reject) => {
    begin?.(reject);
    const timer = setTimeout(
      () => {
        reject(late());
      },
      Math.min(Math.max(0, at - now()), LONGEST_TIMER_MS),
    );
    if (!keepsAlive) timer.unref();
    const onAbort = (): void => {
      // Whatever the caller aborted with, handed back as it is.
      reject(signal?.reason as Error);
    };
    signal?.addEventListener('abort', onAbort, { once: true });
    stop = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
    };
  });
  try {
    return await Promise.race([work, end]);
  } finally {
    stop?.();
  }
}
