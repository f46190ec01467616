import { describe, expect, it } from '@jest/globals';
import { isExpiredEnvelope, toExpiry } from './expiry-conversion.js';

describe('toExpiry', () => {
  it('asks for the milliseconds and one step of the clock of memcached', () => {
    expect(toExpiry(1500, 'k')).toEqual({ kind: 'keep', ttl: { milliseconds: 2500 } });
    expect(toExpiry(0.5, 'k')).toEqual({ kind: 'keep', ttl: { milliseconds: 1000.5 } });
  });

  it("leaves the client's default where Keyv gives no expiry", () => {
    expect(toExpiry(undefined, 'k')).toEqual({ kind: 'keep', ttl: undefined });
  });

  it('keeps a value forever whose expiry is infinite', () => {
    expect(toExpiry(Number.POSITIVE_INFINITY, 'k')).toEqual({ kind: 'keep', ttl: 'forever' });
  });

  it.each([0, -1, Number.NEGATIVE_INFINITY])('sees that %d milliseconds are over', (ttlMs) => {
    expect(toExpiry(ttlMs, 'k')).toEqual({ kind: 'expired' });
  });

  it.each([[Number.NaN], ['60s'], [null]])('rejects %p, naming the key and the unit', (ttlMs) => {
    const expected = expect.objectContaining({
      code: 'MEMCACHE_INVALID_TTL',
      key: 'product:7',
      message: expect.stringContaining('60000 for a minute'),
    });
    expect(() => toExpiry(ttlMs as unknown as number, 'product:7')).toThrow(expected);
  });
});

describe('isExpiredEnvelope', () => {
  it('compares the end in the envelope to the millisecond', () => {
    const envelope = '{"value":1,"expires":1000}';
    expect(isExpiredEnvelope(envelope, 1000)).toBe(false);
    expect(isExpiredEnvelope(envelope, 1001)).toBe(true);
  });

  it('looks into an envelope that was stored without serialization', () => {
    expect(isExpiredEnvelope({ value: 1, expires: 1000 }, 1001)).toBe(true);
  });

  it.each([['{"value":1}'], ['{"value":1,"expires":null}'], [':base64:AAEC'], ['7'], [null]])(
    'counts %p as alive, because it has no end or another serialization',
    (stored) => {
      expect(isExpiredEnvelope(stored, Number.MAX_SAFE_INTEGER)).toBe(false);
    },
  );
});
