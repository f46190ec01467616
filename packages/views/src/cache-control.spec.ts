import { describe, expect, it } from '@jest/globals';
import { parseCacheControl, sharedMaxAge } from './cache-control.js';

describe('parseCacheControl', () => {
  it('reads names in any case, values plain and quoted', () => {
    expect([...parseCacheControl('Public, MAX-AGE=60 , private="Set-Cookie, X-Name",no-cache="a\\"b"')]).toEqual([
      ['public', ''],
      ['max-age', '60'],
      ['private', 'Set-Cookie, X-Name'],
      ['no-cache', 'a\\"b'],
    ]);
  });

  it('lets the first of two equal directives count, and nothing in an empty header', () => {
    expect(parseCacheControl('max-age=1, max-age=2').get('max-age')).toBe('1');
    expect(parseCacheControl('').size).toBe(0);
  });

  it('does not find a directive inside the value of another', () => {
    expect(parseCacheControl('extension="no-store, private"').has('no-store')).toBe(false);
  });
});

describe('sharedMaxAge', () => {
  it.each([
    ['s-maxage=10, max-age=5', 10],
    ['max-age=5', 5],
    ['max-age="7"', 7],
    ['public', undefined],
    ['max-age', 0],
    ['max-age=-1', 0],
    ['s-maxage=1e3', 0],
  ])('of %s is %p', (header, expected) => {
    expect(sharedMaxAge(parseCacheControl(header))).toBe(expected);
  });
});
