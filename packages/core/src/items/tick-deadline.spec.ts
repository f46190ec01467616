import { nextTick } from 'node:process';
import { describe, expect, it } from '@jest/globals';
import { TickDeadline } from './tick-deadline.js';

const endOfTick = () => new Promise((resolve) => nextTick(resolve));

describe('TickDeadline', () => {
  it('is one deadline for the calls of one tick, and another one in the next', async () => {
    const deadlines = new TickDeadline(1000, () => 5);
    const first = deadlines.current();
    expect(deadlines.current()).toBe(first);
    await endOfTick();
    expect(deadlines.current()).not.toBe(first);
  });

  it('counts from the end of the tick, so that a long computation takes nothing from the servers', async () => {
    let now = 100;
    const deadlines = new TickDeadline(1000, () => now);
    const deadline = deadlines.current();
    expect(deadline.at).toBe(1100);
    now = 2100;
    await endOfTick();
    expect(deadline.at).toBe(3100);
  });
});
