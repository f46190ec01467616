// Imported, not global: fake timers of a test must not let strangers stay.
import { clearTimeout, setTimeout } from 'node:timers';
import type { ConnectionLogin } from './connection-login.js';

/** Calls once after `ms` milliseconds unless the returned function is called before. */
export type StartTimer = (onEnd: () => void, ms: number) => () => void;

/** Keeps no process alive. */
const systemTimer: StartTimer = (onEnd, ms) => {
  const timer = setTimeout(onEnd, ms).unref();
  return () => {
    clearTimeout(timer);
  };
};

/**
 * Ends the connection when nobody is logged in on it after so many milliseconds.
 * @returns takes the deadline back, for a connection that has ended
 */
export function startLoginDeadline(
  login: Pick<ConnectionLogin, 'isOpen' | 'end'>,
  ms: number,
  startTimer: StartTimer = systemTimer,
): () => void {
  return startTimer(() => {
    if (!login.isOpen) login.end();
  }, ms);
}
