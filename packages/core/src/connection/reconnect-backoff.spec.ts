import { describe, expect, it } from '@jest/globals';
import type { ConnectionFailure } from './connection-errors.js';
import { ReconnectBackoff } from './reconnect-backoff.js';

const refused: ConnectionFailure = { name: 'CONNECT_FAILED', detail: 'connect ECONNREFUSED' };
const delays = { initialDelayMs: 50, maxDelayMs: 300 };

describe('ReconnectBackoff', () => {
  it('allows the first attempt at once', () => {
    expect(new ReconnectBackoff(delays, () => 0).waitMs(0)).toBe(0);
  });

  it('doubles the wait with every failure up to the longest one', () => {
    const backoff = new ReconnectBackoff(delays, () => 1);
    const waits = Array.from({ length: 5 }, () => {
      backoff.failed(1000, refused);
      return backoff.waitMs(1000);
    });
    expect(waits).toEqual([50, 100, 200, 300, 300]);
  });

  it('leaves out up to half of the wait at random, so that clients spread', () => {
    const backoff = new ReconnectBackoff(delays, () => 0);
    backoff.failed(0, refused);
    expect(backoff.waitMs(0)).toBe(25);
    expect(backoff.waitMs(20)).toBe(5);
    expect(backoff.waitMs(25)).toBe(0);
  });

  it('refuses with the reason of the last attempt until the next one is allowed', () => {
    const backoff = new ReconnectBackoff(delays, () => 1);
    expect(backoff.refusal(0)).toBeUndefined();
    backoff.failed(0, refused);
    expect(backoff.refusal(49)).toBe(refused);
    expect(backoff.refusal(50)).toBeUndefined();
    const other: ConnectionFailure = { name: 'AUTH_FAILED', detail: 'the password is wrong' };
    backoff.failed(50, other);
    expect(backoff.refusal(60)).toBe(other);
    backoff.succeeded();
    expect(backoff.refusal(60)).toBeUndefined();
  });

  it('starts anew after a success', () => {
    const backoff = new ReconnectBackoff(delays, () => 1);
    backoff.failed(0, refused);
    backoff.failed(0, refused);
    backoff.succeeded();
    expect(backoff.waitMs(0)).toBe(0);
    backoff.failed(0, refused);
    expect(backoff.waitMs(0)).toBe(50);
  });
});
