import { systemTimer, type StartTimer } from '../start-timer.js';
import type { ConnectionLogin } from './connection-login.js';

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
