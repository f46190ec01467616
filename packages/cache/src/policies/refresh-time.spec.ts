import { describe, expect, it } from '@jest/globals';
import type { Entry } from '../engine/entry-envelope.js';
import { isDue } from './refresh-time.js';

const entry: Entry = { value: 1, storedAt: 0, freshUntil: 1000, loadMs: 100, all: 'token', tags: new Map() };
const never = (): number => {
  throw new RangeError('chance was asked');
};

describe('a refresh before the end', () => {
  it('is due after a share of the ttl, and never for an entry that lives forever', () => {
    const policy = { refreshAhead: 0.8, earlyExpiry: 0 };
    expect(isDue(entry, policy, 799, never)).toBe(false);
    expect(isDue(entry, policy, 800, never)).toBe(true);
    expect(isDue({ ...entry, freshUntil: Number.POSITIVE_INFINITY }, policy, 1e15, never)).toBe(false);
  });

  it('by XFetch is the likelier the nearer the end, the longer the load and the larger beta', () => {
    const likelihood = (now: number, loadMs: number, earlyExpiry: number): number => {
      let due = 0;
      for (let throws = 0; throws < 1000; throws += 1) {
        if (isDue({ ...entry, loadMs }, { refreshAhead: undefined, earlyExpiry }, now, () => throws / 1000)) due += 1;
      }
      return due / 1000;
    };
    // It is exp(-left / (delta * beta)).
    expect(likelihood(900, 100, 1)).toBeCloseTo(Math.exp(-1), 2);
    expect(likelihood(800, 100, 1)).toBeCloseTo(Math.exp(-2), 2);
    expect(likelihood(900, 200, 1)).toBeCloseTo(Math.exp(-0.5), 2);
    expect(likelihood(900, 100, 2)).toBeCloseTo(Math.exp(-0.5), 2);
    expect(likelihood(0, 100, 1)).toBeLessThan(0.001);
  });

  it('asks no chance where no load time is known, or nobody wants it', () => {
    expect(isDue({ ...entry, loadMs: undefined }, { refreshAhead: undefined, earlyExpiry: 1 }, 999, never)).toBe(false);
    expect(isDue(entry, { refreshAhead: undefined, earlyExpiry: 0 }, 999, never)).toBe(false);
  });
});
