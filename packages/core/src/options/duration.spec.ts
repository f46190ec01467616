import { describe, expect, it } from '@jest/globals';
import { parseDuration, parseTtl, type Duration, type Ttl } from './duration.js';

describe('parseTtl', () => {
  it.each<[Ttl, number]>([
    ['90s', 90_000],
    ['250ms', 250],
    ['1.5h', 5_400_000],
    ['10m', 600_000],
    ['1d', 86_400_000],
    [{ seconds: 90 }, 90_000],
    [{ milliseconds: 5 }, 5],
    ['forever', Number.POSITIVE_INFINITY],
  ])('reads %j', (ttl, ms) => {
    expect(parseTtl(ttl)).toBe(ms);
  });

  it('refuses a bare number and writes both readings out', () => {
    expect(() => parseTtl(600 as unknown as Ttl, 'Cannot set')).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_TTL',
        message: "Cannot set: ttl 600 is ambiguous. Write '600s' for seconds or '600ms' for milliseconds.",
      }),
    );
  });

  it.each([
    ['10 minutes'],
    ['0s'],
    ['-1s'],
    [''],
    [null],
    [undefined],
    [{ seconds: Infinity }],
    [{ seconds: 0 }],
    [{ seconds: -1 }],
    [{ milliseconds: Number.NaN }],
    [{ minutes: 1 }],
    [{}],
    ['1e3s'],
    ['1_000s'],
  ])('refuses %j', (ttl) => {
    expect(() => parseTtl(ttl as Ttl)).toThrow(expect.objectContaining({ code: 'MEMCACHE_INVALID_TTL' }));
  });
});

describe('what parseTtl says of', () => {
  const circle: Record<string, unknown> = { days: 1n };
  circle['self'] = circle;

  it.each([
    ['a date', new Date(0), 'ttl is a date, not a span of time. Give { milliseconds: date.getTime() - Date.now() }.'],
    ['none', { seconds: 0 }, 'ttl { seconds: 0 } is not a positive, finite span'],
    ['one in the past', { milliseconds: -5 }, 'ttl { milliseconds: -5 } is not a positive, finite span'],
    ['an object that JSON cannot show', circle, 'ttl an object without a number of seconds or milliseconds is not a'],
  ])('%s', (_, ttl, message) => {
    expect(() => parseTtl(ttl as Ttl)).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_TTL', message: expect.stringContaining(message) }),
    );
  });
});

describe('parseDuration', () => {
  it('names the option and both readings of a bare number', () => {
    expect(() => parseDuration(5 as unknown as Duration, 'timeout')).toThrow(
      expect.objectContaining({
        code: 'MEMCACHE_INVALID_OPTION',
        message:
          "Cannot use option \"timeout\": timeout 5 is ambiguous. Write '5s' for seconds or '5ms' for milliseconds.",
      }),
    );
  });
});
