import { describe, expect, it } from '@jest/globals';
import { waitBeforeLook } from './lease-wait.js';

describe('waitBeforeLook', () => {
  it('starts at 10 ms at most and never exceeds 250 ms', () => {
    expect(waitBeforeLook(0, 1)).toBe(10);
    expect(waitBeforeLook(100, 1)).toBe(250);
  });

  it('grows with every look', () => {
    expect(waitBeforeLook(3, 1)).toBeGreaterThan(waitBeforeLook(2, 1));
  });

  it('spreads waiters over the second half of the wait', () => {
    expect(waitBeforeLook(0, 0)).toBe(5);
  });
});
