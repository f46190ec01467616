import { describe, expect, it } from '@jest/globals';
import { SingleFlight } from './single-flight.js';

describe('SingleFlight', () => {
  it('lets later callers find the flight under way, and none after it landed', async () => {
    const flights = new SingleFlight<number>();
    const flight = flights.start('k', async () => 1);
    expect(flights.find('k')).toBe(flight);
    expect(await flight.result).toBe(1);
    expect(flights.find('k')).toBeUndefined();
  });

  it('forgets a failure at once, and reports it to nobody who did not ask', async () => {
    const flights = new SingleFlight<number>();
    const flight = flights.start('k', async () => {
      throw new RangeError('no');
    });
    await expect(flight.result).rejects.toThrow('no');
    expect(flights.find('k')).toBeUndefined();
  });

  it('does not forget a newer flight when an older one lands', async () => {
    const flights = new SingleFlight<string>();
    let land: (value: string) => void = () => undefined;
    const old = flights.start('k', () => new Promise((resolve) => (land = resolve)));
    flights.forget('k');
    const young = flights.start('k', () => new Promise(() => undefined));
    land('old');
    expect(await old.result).toBe('old');
    expect(flights.find('k')).toBe(young);
  });

  it('gives a stale value to those who wait, before the flight lands', async () => {
    const flights = new SingleFlight<string>();
    const flight = flights.start('k', (self) => {
      self.offerStale('stale');
      return new Promise(() => undefined);
    });
    expect(await Promise.race([flight.result, flight.stale])).toBe('stale');
  });
});
