import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { itemKey, versionKey } from './item-key.js';

const VERSION = 'AbCd1234-_xy';

describe('itemKey', () => {
  it('leaves a plain key readable', () => {
    expect(itemKey('shop', VERSION, '/products?page=2')).toBe('shop:AbCd1234-_xy:/products?page=2');
  });

  it.each([
    ['251 bytes', 'k'.repeat(251)],
    ['a space', 'user 7'],
    ['a line break', 'user\r\nflush_all'],
    ['letters beyond ASCII', 'größe'],
    ['nothing', ''],
  ])('hashes a key of %s', (_what, key) => {
    expect(itemKey('shop', VERSION, key)).toMatch(/^shop:AbCd1234-_xy:sha256-[\w-]{43}$/);
  });

  it('gives any two keys two items, and every item a legal key with room for a prefix', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 300 });
    fc.assert(
      fc.property(text, text, text, (namespace, one, other) => {
        const item = itemKey(namespace, VERSION, one);
        expect(item).toMatch(/^[\u0021-\u007e]{1,200}$/);
        expect(itemKey(namespace, VERSION, other) === item).toBe(one === other);
      }),
    );
  });

  it('does not let a key pose as the hash of another', () => {
    const hashed = itemKey('shop', VERSION, 'user 7');
    const posing = hashed.slice('shop:AbCd1234-_xy:'.length);
    expect(itemKey('shop', VERSION, posing)).not.toBe(hashed);
  });
});

describe('versionKey', () => {
  it('is one item for each namespace, whatever its name', () => {
    expect(versionKey('shop')).toBe('shop:version');
    expect(versionKey('my shop')).toMatch(/^sha256-[\w-]{43}:version$/);
  });
});
