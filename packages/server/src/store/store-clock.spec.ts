import { beforeEach, describe, expect, it } from '@jest/globals';
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { CasCounter } from './cas-counter.js';
import { StoreClock } from './store-clock.js';

const START = 1_700_000_000;
const FOR_EVER = Number.POSITIVE_INFINITY;
let now: number;
beforeEach(() => {
  now = START;
});

function createClock(
  version: MemcachedVersion = '1.6.18',
  hasCas = true,
): { readonly clock: StoreClock; readonly cas: CasCounter } {
  const cas = new CasCounter(version, hasCas);
  return { cas, clock: new StoreClock({ now: () => now }, cas, version) };
}

describe('StoreClock', () => {
  it('counts whole seconds', () => {
    now = START + 0.9;
    expect(createClock().clock.now()).toBe(START);
  });

  it('puts what ended before it began into its first second, 61 seconds before the start', () => {
    const { clock } = createClock();
    now += 10;
    expect(clock.endOf(-1)).toBe(START - 61);
    expect(clock.endOf(START - 5000)).toBe(START - 61);
    expect(clock.endOf(START - 30)).toBe(START - 30);
  });

  it('ends an item in its last second', () => {
    const { clock } = createClock();
    const item = { expiresAt: START + 5 };
    expect(clock.isOver(item)).toBe(false);
    now += 5;
    expect(clock.isOver(item)).toBe(true);
  });

  it('is not asked for the time where an item never ends', () => {
    const { clock } = createClock();
    now = Number.NaN;
    expect(clock.isOver({ expiresAt: FOR_EVER })).toBe(false);
  });

  it('tells apart, by CAS values, what is stored in the second of a flush', () => {
    const { clock, cas } = createClock();
    const before = { expiresAt: FOR_EVER, time: START, cas: cas.next() };
    expect(clock.flush(0)).toBe(false);
    const behind = { expiresAt: FOR_EVER, time: START, cas: cas.next() };
    expect([clock.isAlive(before), clock.isAlive(behind)]).toEqual([false, true]);
    expect(clock.flushedUntil).toBe(START - 1);
  });

  it('lets both go as 1.6.18 without CAS values', () => {
    const { clock } = createClock('1.6.18', false);
    clock.flush(0);
    expect(clock.isFlushed({ time: START, cas: 0n })).toBe(true);
    expect(clock.isFlushed({ time: START + 1, cas: 0n })).toBe(false);
  });

  it('flushes in the second before the one that was asked for, and takes the time of a later flush', () => {
    const { clock, cas } = createClock();
    const item = { time: START, cas: cas.next() };
    clock.flush(100);
    clock.flush(10);
    now += 8;
    expect(clock.isFlushed(item)).toBe(false);
    now += 1;
    expect(clock.isFlushed(item)).toBe(true);
    expect(clock.isFlushed({ time: START + 10, cas: cas.next() })).toBe(false);
  });

  it('takes a flush back with a time before it began', () => {
    const { clock, cas } = createClock();
    const item = { time: START, cas: cas.next() };
    clock.flush(10);
    clock.flush(START - 5000);
    now += 100;
    expect(clock.flushedUntil).toBe(0);
    // The CAS value of that flush counts only beside a second.
    expect(clock.isFlushed(item)).toBe(false);
  });

  it('asks for everything to be dropped as 1.6.45 alone, and only when the flush is now', () => {
    const { clock } = createClock('1.6.45');
    expect([clock.flush(0), clock.flush(1), clock.flush(2), clock.flush(START - 5000)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});
