import { describe, expect, it } from '@jest/globals';
import type { StartTimer } from '../start-timer.js';
import { IdleKicker } from './idle-kicker.js';

const TIMEOUT_MS = 1000;

/** Connections, and a clock that is turned forward by hand. */
function idleKicker() {
  let timer: { readonly at: number; readonly onEnd: () => void } | undefined;
  let now = 0;
  const startTimer: StartTimer = (onEnd, ms) => {
    timer = { at: now + ms, onEnd };
    return () => (timer = undefined);
  };
  const kicker = new IdleKicker(TIMEOUT_MS, startTimer);
  const pass = (ms: number): void => {
    const end = now + ms;
    for (;;) {
      const due = timer;
      if (due === undefined || due.at > end) break;
      now = due.at;
      timer = undefined;
      due.onEnd();
    }
    now = end;
  };
  const connect = () => {
    const connection = { commands: 0, isWaiting: true, hasEnded: false, forget: () => undefined as void };
    connection.forget = kicker.watch(connection, () => {
      connection.hasEnded = true;
      connection.forget();
    });
    return connection;
  };
  return { pass, connect, isAtRest: () => timer === undefined };
}

describe('IdleKicker', () => {
  it('ends a connection without a command, not before its time and at most a quarter later', () => {
    for (const shift of [0, 1, 100, 249, 250]) {
      const { pass, connect } = idleKicker();
      connect();
      pass(shift);
      const connection = connect();
      pass(TIMEOUT_MS - 1);
      expect(connection.hasEnded).toBe(false);
      pass(TIMEOUT_MS / 4 + 1);
      expect(connection.hasEnded).toBe(true);
    }
  });

  it('begins anew with each command', () => {
    const { pass, connect } = idleKicker();
    const connection = connect();
    for (let command = 0; command < 10; command += 1) {
      pass(900);
      connection.commands += 1;
    }
    expect(connection.hasEnded).toBe(false);
    pass(1500);
    expect(connection.hasEnded).toBe(true);
  });

  it('leaves a connection alone amid data or an answer', () => {
    const { pass, connect } = idleKicker();
    const connection = connect();
    connection.isWaiting = false;
    pass(10_000);
    expect(connection.hasEnded).toBe(false);
    connection.isWaiting = true;
    pass(1500);
    expect(connection.hasEnded).toBe(true);
  });

  it('has no timer when nobody is connected', () => {
    const { pass, connect, isAtRest } = idleKicker();
    expect(isAtRest()).toBe(true);
    const [first, second] = [connect(), connect()];
    pass(300);
    first.forget();
    expect(isAtRest()).toBe(false);
    second.forget();
    expect(isAtRest()).toBe(true);
    connect();
    pass(1500);
    expect(isAtRest()).toBe(true);
  });
});
