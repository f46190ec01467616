import { describe, expect, it } from '@jest/globals';
import { fromExptime, toExptime } from './expiration.js';

const DAY = 86_400;
const now = Date.UTC(2026, 10, 21);
const nowSeconds = now / 1000;
const LAST = 2_147_483_647;

describe('toExptime', () => {
  it.each([
    ['a part of a millisecond', 0.001, 1],
    ['half a second', 500, 1],
    ['a second and a half', 1500, 2],
    ['exactly 30 days', 30 * DAY * 1000, 30 * DAY],
    ['30 days and a millisecond, a date', 30 * DAY * 1000 + 1, nowSeconds + 30 * DAY + 1],
    ['30 days and a second, a date', 30 * DAY * 1000 + 1000, nowSeconds + 30 * DAY + 1],
    ['a year', 365 * DAY * 1000, nowSeconds + 365 * DAY],
    ['the last second of 31 bits', (LAST - nowSeconds) * 1000, LAST],
    ['one more, which memcached takes for a negative number', (LAST - nowSeconds + 1) * 1000, LAST],
    ['a thousand years', 365_000 * DAY * 1000, LAST],
    ['the largest number there is', Number.MAX_VALUE, LAST],
    ['forever', Number.POSITIVE_INFINITY, 0],
  ])('makes of %s what memcached understands', (_, ttlMs, exptime) => {
    expect(toExptime(ttlMs, () => now)).toBe(exptime);
  });

  it('gives 30 days where a date would have passed the last one', () => {
    for (const clock of [LAST - 30 * DAY, LAST, LAST + 1000 * DAY]) {
      expect(toExptime(40 * DAY * 1000, () => clock * 1000)).toBe(30 * DAY);
    }
    expect(toExptime(40 * DAY * 1000, () => (LAST - 30 * DAY - 1) * 1000)).toBe(LAST);
  });

  it('asks for the time only where it matters', () => {
    const noClock = (): number => {
      throw new Error('asked');
    };
    expect(toExptime(30 * DAY * 1000, noClock)).toBe(30 * DAY);
  });
});

describe('fromExptime', () => {
  it('reads back what toExptime wrote', () => {
    for (const seconds of [1, 30 * DAY, 30 * DAY + 1, 365 * DAY]) {
      expect(
        fromExptime(
          toExptime(seconds * 1000, () => now),
          nowSeconds,
        ),
      ).toBe(nowSeconds + seconds);
    }
    expect(fromExptime(0, nowSeconds)).toBe(Number.POSITIVE_INFINITY);
    expect(fromExptime(-1, nowSeconds)).toBeLessThan(nowSeconds);
  });
});
