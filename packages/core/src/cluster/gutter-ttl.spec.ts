import { describe, expect, it } from '@jest/globals';
import { cappedExptime, gutterLimit } from './gutter-ttl.js';

const NOW_MS = 1_700_000_000_000;
const NOW = NOW_MS / 1000;
const HOUR_MS = 3_600_000;
const DAYS_40 = 40 * 86_400;

describe('cappedExptime', () => {
  it.each([
    ['forever', 0, 10],
    ['longer', 3600, 10],
    ['exactly as long', 10, 10],
    ['shorter', 3, 3],
    ['a date in 40 days', NOW + DAYS_40, 10],
    ['a date in 5 seconds', NOW + 5, NOW + 5],
    ['a date in the past', 2_592_001, 2_592_001],
    ['expired at once', -1, -1],
  ])('%s › %i becomes %i', (_, exptime, expected) => {
    expect(cappedExptime(exptime, 10_000, NOW_MS)).toBe(expected);
  });

  it('rounds a part of a second up, because 0 would be forever', () => {
    expect(cappedExptime(0, 1500, NOW_MS)).toBe(2);
  });
});

describe('gutterLimit', () => {
  it('cuts expiries to the ttl of the gutter', () => {
    expect(gutterLimit({ servers: 'spare', ttlMs: HOUR_MS })(0)).toBe(3600);
  });

  it('leaves expiries alone without a gutter', () => {
    expect(gutterLimit('next')(0)).toBe(0);
  });
});
