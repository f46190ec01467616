import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isCookieChanged, isUnchanged, mergeSessions } from './session-merge.js';
import { toFields } from './session-serializer.js';

const COOKIE = { originalMaxAge: 60_000, expires: '2030-01-01T00:00:00.000Z', httpOnly: true, path: '/' };

function merge(base: object, ours: object, theirs: object): { data: Record<string, unknown>; conflicts: unknown } {
  const { fields, conflicts } = mergeSessions(toFields(base), toFields(ours), toFields(theirs));
  const data = Object.fromEntries([...fields].map(([name, json]) => [name, JSON.parse(json) as unknown]));
  return { data, conflicts };
}

describe('mergeSessions', () => {
  it('keeps what each side added', () => {
    expect(merge({ a: 1 }, { a: 1, b: 2 }, { a: 1, c: 3 })).toEqual({ data: { a: 1, b: 2, c: 3 }, conflicts: [] });
  });

  it('keeps what each side removed', () => {
    expect(merge({ a: 1, b: 2, c: 3 }, { b: 2, c: 3 }, { a: 1, c: 3 })).toEqual({ data: { c: 3 }, conflicts: [] });
  });

  it('takes a change of theirs that this request did not touch', () => {
    expect(merge({ a: 1 }, { a: 1 }, { a: 2 })).toEqual({ data: { a: 2 }, conflicts: [] });
  });

  it('takes ours and names the key when both changed it', () => {
    expect(merge({ a: 1 }, { a: 2 }, { a: 3 })).toEqual({ data: { a: 2 }, conflicts: ['a'] });
  });

  it('takes ours and names the key when they removed what this request changed', () => {
    expect(merge({ a: 1 }, { a: 2 }, {})).toEqual({ data: { a: 2 }, conflicts: ['a'] });
  });

  it('sees no conflict when both made the same change', () => {
    expect(merge({ a: [1] }, { a: [1, 2] }, { a: [1, 2] })).toEqual({ data: { a: [1, 2] }, conflicts: [] });
  });

  it('notices a change deep inside a value', () => {
    const { data } = merge({ cart: { items: [1] } }, { cart: { items: [1, 2] } }, { cart: { items: [1] }, seen: true });
    expect(data).toEqual({ cart: { items: [1, 2] }, seen: true });
  });

  it('loses no key that only one side changed, whatever both did', () => {
    const state = fc.dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.integer({ min: 0, max: 2 }));
    fc.assert(
      fc.property(state, state, state, (base, ours, theirs) => {
        const { data } = merge(base, ours, theirs);
        for (const name of ['a', 'b', 'c', 'd']) {
          if (ours[name] === base[name]) expect(data[name]).toBe(theirs[name]);
          else expect(data[name]).toBe(ours[name]);
        }
      }),
    );
  });
});

describe('mergeSessions, the cookie', () => {
  const later = { ...COOKIE, expires: '2030-01-01T00:00:09.000Z' };
  const remembered = { ...COOKIE, originalMaxAge: 9_000_000, expires: '2030-02-01T00:00:00.000Z' };

  it('lasts as long as the later of the two requests says', () => {
    expect(merge({ cookie: COOKIE }, { cookie: COOKIE }, { cookie: later }).data['cookie']).toEqual(later);
    expect(merge({ cookie: COOKIE }, { cookie: later }, { cookie: COOKIE }).data['cookie']).toEqual(later);
  });

  it('keeps settings that the other request changed', () => {
    expect(merge({ cookie: COOKIE }, { cookie: later }, { cookie: remembered }).data['cookie']).toEqual(remembered);
  });

  it('keeps settings that this request changed, even to a shorter life', () => {
    expect(merge({ cookie: remembered }, { cookie: COOKIE }, { cookie: remembered }).data['cookie']).toEqual(COOKIE);
  });

  it('counts as never ending when it has no end', () => {
    const endless = { ...COOKIE, originalMaxAge: null, expires: null };
    expect(merge({ cookie: endless }, { cookie: endless }, { cookie: endless }).data['cookie']).toEqual(endless);
  });
});

describe('isCookieChanged', () => {
  it('ignores the end of the cookie and the drift of originalMaxAge', () => {
    const moved = { ...COOKIE, originalMaxAge: 59_999, expires: '2031-01-01T00:00:00.000Z' };
    expect(isCookieChanged(JSON.stringify(COOKIE), JSON.stringify(moved))).toBe(false);
  });

  it.each([
    ['a longer life', { originalMaxAge: 120_000 }],
    ['no end at all', { originalMaxAge: null }],
    ['another path', { path: '/shop' }],
    ['a setting that was not there', { secure: true }],
  ])('notices %s', (_what, change) => {
    expect(isCookieChanged(JSON.stringify(COOKIE), JSON.stringify({ ...COOKIE, ...change }))).toBe(true);
  });
});

describe('isUnchanged', () => {
  it('is true when nothing but the end of the cookie moved', () => {
    const after = { user: 'ada', cookie: { ...COOKIE, expires: '2031-01-01T00:00:00.000Z' } };
    expect(isUnchanged(toFields({ user: 'ada', cookie: COOKIE }), toFields(after))).toBe(true);
  });

  it('is false when a key was removed', () => {
    expect(isUnchanged(toFields({ user: 'ada', cookie: COOKIE }), toFields({ cookie: COOKIE }))).toBe(false);
  });
});
