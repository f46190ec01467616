import { describe, expect, it } from '@jest/globals';
import { canonicalQuery, defaultIgnoredQueryParameters, parameterMatcher } from './canonical-query.js';

const isIgnored = parameterMatcher(defaultIgnoredQueryParameters);
const canonical = (query: string): string => canonicalQuery(query, isIgnored);

describe('canonicalQuery', () => {
  it('gives all orders of the parameters one text', () => {
    expect(canonical('b=2&a=1&c=3')).toBe('a=1&b=2&c=3');
    expect(canonical('c=3&b=2&a=1')).toBe('a=1&b=2&c=3');
  });

  it.each(['a=1&a=2', 'a[]=1&a[]=2', 'a=1&a[]=2', 'a[]=2&a=1', 'a[1]=x&a[0]=y', '%61=1&a=2'])(
    'keeps the order within the list %s, which handlers see',
    (query) => {
      expect(canonical(`z=1&${query}`)).toBe(`${query}&z=1`);
    },
  );

  it.each([
    ['q=%ff', 'q=%fe'],
    ['q=a+b', 'q=a%2Bb'],
    ['a=1%26b=2', 'a=1&b=2'],
    ['a', 'a='],
    ['a=1', 'A=1'],
  ])('keeps %s and %s apart', (one, other) => {
    expect(canonical(one)).not.toBe(canonical(other));
  });

  it('leaves out what campaigns added, also when its name is encoded, and nothing else', () => {
    expect(canonical('utm_source=a&page=2&utm%5Fmedium=b&gclid=c&fbclid=d&_ga=e')).toBe('page=2');
    expect(canonical('utm=1&xutm_source=2&gclidx=3')).toBe('gclidx=3&utm=1&xutm_source=2');
  });

  it('drops empty pairs and survives what is no encoding', () => {
    expect(canonical('&&a=1&')).toBe('a=1');
    expect(canonical('%zz=1&%=2')).toBe('%=2&%zz=1');
  });
});
