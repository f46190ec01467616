import { describe, expect, it } from '@jest/globals';
import { TOMBSTONE, readSession, toFields, toText } from './session-serializer.js';

const SESSION = { cookie: { path: '/', originalMaxAge: null }, user: { name: 'Ada "λ"' }, 'a"b': [1, null] };

describe('toText', () => {
  it('is the JSON of the session', () => {
    expect(JSON.parse(toText(toFields(SESSION)))).toEqual(SESSION);
  });

  it('leaves out what JSON leaves out', () => {
    expect(toText(toFields({ gone: undefined, method: () => 1, kept: 1 }))).toBe('{"kept":1}');
  });
});

describe('toFields', () => {
  it('names the key whose value JSON cannot express', () => {
    const cycle: Record<string, unknown> = {};
    cycle['self'] = cycle;
    const expected = expect.objectContaining({
      code: 'MEMCACHE_NOT_SERIALIZABLE',
      message: expect.stringMatching(/"cart".*plain JSON data/s),
    });
    expect(() => toFields({ fine: 1, cart: cycle })).toThrow(expected);
    expect(() => toFields({ cart: 1n })).toThrow(expected);
  });
});

describe('readSession', () => {
  const text = JSON.stringify(SESSION);

  it.each([
    ['text', text],
    ['bytes, as clients with other flags leave them', Buffer.from(text)],
    ['an object, as clients that flag JSON leave it', SESSION],
  ])('reads %s', (_form, stored) => {
    const read = readSession(stored);
    expect(read).toMatchObject({ kind: 'session', data: SESSION });
    expect(read.kind === 'session' && read.fields()).toEqual(toFields(SESSION));
  });

  it('recognizes the mark of a destroyed session', () => {
    expect(readSession(TOMBSTONE)).toEqual({ kind: 'tombstone' });
  });

  it.each([
    ['broken JSON', '{"cookie":'],
    ['a list', []],
    ['null', null],
    ['a number', 7],
    ['a session without a cookie', { user: 'ada' }],
    ['a cookie that is no object', { cookie: 'yes' }],
  ])('calls %s invalid and says why', (_what, stored) => {
    expect(readSession(stored)).toMatchObject({ kind: 'invalid', problem: expect.stringContaining('what is stored') });
  });
});
