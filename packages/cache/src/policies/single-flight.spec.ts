import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from './single-flight.js';

describe('SingleFlight', () => {
  it('lets later callers find the flight under way, and none after it landed', async () => {
    const flights = new SingleFlight<number>();
    const flight = flights.start('k', 100, async () => 1);
    expect(flights.find('k', 0)).toBe(flight);
    expect(await flight.result).toBe(1);
    expect(flights.find('k', 0)).toBeUndefined();
  });

  it('forgets a failure at once, and reports it to nobody who did not ask', async () => {
    const flights = new SingleFlight<number>();
    const flight = flights.start('k', 100, async () => {
      throw new RangeError('no');
    });
    await expect(flight.result).rejects.toThrow('no');
    expect(flights.find('k', 0)).toBeUndefined();
  });

  it('does not forget a newer flight when an older one lands', async () => {
    const flights = new SingleFlight<string>();
    let land: (value: string) => void = () => undefined;
    const old = flights.start('k', 100, () => new Promise((resolve) => (land = resolve)));
    flights.forget('k');
    const young = flights.start('k', 100, () => new Promise(() => undefined));
    land('old');
    expect(await old.result).toBe('old');
    expect(flights.find('k', 0)).toBe(young);
  });

  it('does not let anybody join a flight that began too long ago', () => {
    const flights = new SingleFlight<string>();
    const flight = flights.start('k', 100, () => new Promise(() => undefined));
    expect(flights.find('k', 100)).toBe(flight);
    expect(flights.find('k', 101)).toBeUndefined();
  });

  it('tells those who watch when it has a stale value, and when it loads', () => {
    const flights = new SingleFlight<string>();
    const flight = flights.start('k', 100, () => new Promise(() => undefined));
    const seen: unknown[] = [];
    const stop = flight.watch(() => seen.push([flight.stale, flight.isLoading]));
    flight.offerStale('stale');
    flight.startLoading();
    flight.startLoading();
    stop();
    flight.offerStale('later');
    expect(seen).toEqual([
      ['stale', false],
      ['stale', true],
    ]);
  });

  it('is abandoned when the last who is interested goes, and those who only stopped waiting are', () => {
    const flights = new SingleFlight<string>();
    const start = () => flights.start('k', 100, () => new Promise<string>(() => undefined));
    const kept = start();
    for (let callers = 0; callers < 2; callers += 1) kept.join();
    kept.stopWaiting();
    kept.abandon('gone');
    expect([kept.hasWaiting, kept.signal.aborted]).toEqual([false, false]);
    expect(flights.find('k', 0)).toBe(kept);
    const left = start();
    left.join();
    left.abandon('gone');
    expect([left.signal.aborted, left.signal.reason]).toEqual([true, 'gone']);
    expect(flights.find('k', 0)).toBeUndefined();
  });
});
