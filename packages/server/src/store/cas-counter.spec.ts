import { describe, expect, it } from '@jest/globals';
import { CasCounter } from './cas-counter.js';
import { SlabPage } from './slab-page.js';
import { StoredItem } from './stored-item.js';

function emptyItem(): StoredItem {
  const page = new SlabPage(1);
  page.cut(1, 96);
  return new StoredItem(page.take(), page, new Map());
}

describe('CasCounter', () => {
  it('counts from 1 as 1.6.18, and from 2 as 1.6.45', () => {
    const [old, newest] = [new CasCounter('1.6.18', true), new CasCounter('1.6.45', true)];
    expect([old.next(), old.next(), newest.next(), newest.next()]).toEqual([1n, 2n, 2n, 3n]);
  });

  it('gives the value that was asked for, and takes none of its own for it', () => {
    const cas = new CasCounter('1.6.18', true);
    expect([cas.of(700n), cas.of(undefined), cas.of(0n), cas.next()]).toEqual([700n, 1n, 0n, 2n]);
  });

  it('writes into items what it would give', () => {
    const cas = new CasCounter('1.6.18', true);
    const item = emptyItem();
    const seen = [undefined, 2n ** 63n + 5n, undefined].map((given) => {
      cas.assign(item, given);
      return item.cas;
    });
    expect(seen).toEqual([1n, 2n ** 63n + 5n, 2n]);
    expect(cas.next()).toBe(3n);
  });

  it('has nothing but 0 without CAS values, whatever is asked for', () => {
    const cas = new CasCounter('1.6.45', false);
    const item = emptyItem();
    item.cas = 5n;
    cas.assign(item, 9n);
    expect([cas.next(), cas.of(9n), item.cas]).toEqual([0n, 0n, 0n]);
  });
});
