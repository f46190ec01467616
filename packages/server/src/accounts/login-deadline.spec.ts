import { describe, expect, it } from '@jest/globals';
import type { StartTimer } from '../start-timer.js';
import { startLoginDeadline } from './login-deadline.js';

/** A connection, and a clock that is turned forward by hand. */
function connection() {
  let timers: { at: number; onEnd: () => void }[] = [];
  let now = 0;
  const startTimer: StartTimer = (onEnd, ms) => {
    const timer = { at: now + ms, onEnd };
    timers.push(timer);
    return () => (timers = timers.filter((other) => other !== timer));
  };
  const login = { isOpen: false, ended: 0, end: () => void (login.ended += 1) };
  const pass = (ms: number): void => {
    now += ms;
    const due = timers.filter(({ at }) => at <= now);
    timers = timers.filter(({ at }) => at > now);
    for (const { onEnd } of due) onEnd();
  };
  return { login, startTimer, pass };
}

describe('startLoginDeadline', () => {
  it('ends a connection that is not logged in by then, and no sooner', () => {
    const { login, startTimer, pass } = connection();
    startLoginDeadline(login, 5000, startTimer);
    pass(4999);
    expect(login.ended).toBe(0);
    pass(1);
    expect(login.ended).toBe(1);
  });

  it('leaves a connection alone that has logged in', () => {
    const { login, startTimer, pass } = connection();
    startLoginDeadline(login, 5000, startTimer);
    login.isOpen = true;
    pass(60_000);
    expect(login.ended).toBe(0);
  });

  it('is taken back when the connection ends by itself', () => {
    const { login, startTimer, pass } = connection();
    const takeBack = startLoginDeadline(login, 5000, startTimer);
    takeBack();
    pass(60_000);
    expect(login.ended).toBe(0);
  });
});
