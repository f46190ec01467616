import { describe, expect, it } from '@jest/globals';
import { LeaseWait, waitBeforeLook } from './lease-wait.js';

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

describe('LeaseWait', () => {
  const leases = (token: string) => new Map([['k', token]]);
  /** A lease of 9 seconds can be there for 10. */
  const LEASE_MS = 9000;

  it('ends when the lease that was met must be over', () => {
    const wait = new LeaseWait(LEASE_MS, 0);
    wait.look(['k'], leases('one'), 0);
    wait.look(['k'], leases('one'), 5000);
    expect([9999, 10_000].map((now) => wait.isOver(now))).toEqual([false, true]);
  });

  it.each([
    ['has another holder', leases('two')],
    ['is free for somebody else to take', new Map<string, string>()],
  ])('begins anew when the lease %s', (_, second) => {
    const wait = new LeaseWait(LEASE_MS, 0);
    wait.look(['k'], leases('one'), 0);
    wait.look(['k'], second, 9500);
    wait.look(['k'], second, 19_000);
    expect([19_499, 19_500].map((now) => wait.isOver(now))).toEqual([false, true]);
  });

  it('goes by those keys only that are asked about', () => {
    const wait = new LeaseWait(LEASE_MS, 0);
    wait.look(['k', 'other'], leases('one'), 0);
    wait.look(['k'], new Map([...leases('one'), ['other', 'new']]), 9500);
    expect(wait.isOver(10_000)).toBe(true);
  });

  it('lasts for two leases at most, however many take over', () => {
    const wait = new LeaseWait(LEASE_MS, 0);
    for (let now = 0; now < 20_000; now += 1000) wait.look(['k'], leases(String(now)), now);
    expect([19_999, 20_000].map((now) => wait.isOver(now))).toEqual([false, true]);
  });
});
