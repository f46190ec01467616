import { describe, expect, it } from '@jest/globals';
import { itemTtl, sessionTtlMs } from './session-ttl.js';

const NOW = Date.parse('2030-01-01T00:00:00.000Z');
const DAY = 86_400_000;

describe('sessionTtlMs', () => {
  it.each([
    ['a date', new Date(NOW + 5000)],
    ['the text of a date', '2030-01-01T00:00:05.000Z'],
    ['Unix milliseconds', NOW + 5000],
  ])('is what remains until the end of the cookie, given as %s', (_form, expires) => {
    expect(sessionTtlMs({ expires }, DAY, NOW)).toBe(5000);
  });

  it('is 0 or less when the cookie is over', () => {
    expect(sessionTtlMs({ expires: new Date(NOW) }, DAY, NOW)).toBe(0);
    expect(sessionTtlMs({ expires: new Date(NOW - 1) }, DAY, NOW)).toBe(-1);
  });

  it('is maxAge where a plain cookie has no other end', () => {
    expect(sessionTtlMs({ maxAge: 2000 }, DAY, NOW)).toBe(2000);
  });

  it.each([
    ['a cookie without an end', { expires: null }],
    ['no cookie', undefined],
    ['a date nobody can read', { expires: 'soon' }],
    ['a maxAge that is no number', { maxAge: Number.NaN }],
  ])('is the default for %s', (_what, cookie) => {
    expect(sessionTtlMs(cookie, DAY, NOW)).toBe(DAY);
  });
});

describe('itemTtl', () => {
  it('is a second longer than the session, because memcached may end an item a second early', () => {
    expect(itemTtl(3000)).toEqual({ milliseconds: 4000 });
  });

  it("is 'forever' without an end", () => {
    expect(itemTtl(Number.POSITIVE_INFINITY)).toBe('forever');
  });
});
