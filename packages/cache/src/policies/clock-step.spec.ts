import { describe, expect, it } from '@jest/globals';
import { lastingAtLeast, longestLifeMs } from './clock-step.js';

describe('lastingAtLeast', () => {
  it('is a second longer, because memcached may end an item a second early', () => {
    expect(lastingAtLeast(1000)).toEqual({ milliseconds: 2000 });
  });

  it("is 'forever' without an end", () => {
    expect(lastingAtLeast(Number.POSITIVE_INFINITY)).toBe('forever');
  });
});

describe('longestLifeMs', () => {
  it.each([
    [1000, 2000],
    [1001, 3000],
    [1, 2000],
  ])('of %i ms is %i ms: whole seconds and one more', (ms, longest) => {
    expect(longestLifeMs(ms)).toBe(longest);
  });
});
