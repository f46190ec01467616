import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { realSurroundings } from './surroundings.js';

describe('a timer of the real surroundings', () => {
  afterEach(() => {
    jest.useRealTimers();
  });

  it('does not ring at once for a span that is longer than a timer of Node.js can be', () => {
    jest.useFakeTimers();
    const ring = jest.fn();
    realSurroundings.timer(30 * 86_400_000, ring);
    jest.advanceTimersByTime(24 * 86_400_000);
    expect(ring).not.toHaveBeenCalled();
  });
});
