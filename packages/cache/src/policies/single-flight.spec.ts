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

  it('gives a stale value to those who wait, before the flight lands', async () => {
    const flights = new SingleFlight<string>();
    const flight = flights.start('k', 100, (self) => {
      self.offerStale('stale');
      return new Promise(() => undefined);
    });
    expect(await Promise.race([flight.result, flight.stale])).toBe('stale');
  });
});
