import { describe, expect, it } from '@jest/globals';
import { itemSize } from '@memkit/protocol/internal';
import { SeededRandom } from '@memkit/testing';
import { ItemStore } from './item-store.js';
import { ServerStats } from './server-stats.js';
import { PAGE_BYTES } from './slab-page.js';
import type { StoredItem } from './stored-item.js';

const MEBIBYTE = 1024 * 1024;
/** Pages take no more than this above the memory limit: the ends of chunks, and one page for each size of chunks. */
const mostPageBytes = (memory: number): number => memory * 1.3 + 24 * PAGE_BYTES;

function createStore(memory: number): ItemStore {
  return new ItemStore({ clock: { now: () => 1000 }, stats: new ServerStats(), memory, itemSizeMax: MEBIBYTE });
}

function put(store: ItemStore, key: string, value: Buffer, flags = 0): void {
  if (store.link({ key, value, flags, expiresAt: Number.POSITIVE_INFINITY }) === undefined) throw new Error(key);
}

// Judged here, because hundreds of thousands of expectations take minutes.
function isAsStored(item: StoredItem, expected: Pick<StoredItem, 'value' | 'flags'> | undefined): boolean {
  return expected?.value.equals(item.value) === true && expected.flags === item.flags;
}

describe('ItemStore', () => {
  it.each([1, 2, 3])('holds what was stored last under each key, or nothing (seed %d)', (seed) => {
    const random = new SeededRandom(seed);
    const memory = 3 * MEBIBYTE;
    const store = createStore(memory);
    const stored = new Map<string, Pick<StoredItem, 'value' | 'flags'>>();
    const wrong: string[] = [];
    for (let step = 0; step < 20_000; step += 1) {
      const key = `key:${String(random.below(4000))}`;
      const action = random.next();
      if (action < 0.6) {
        // Mostly small, some of every size up to twice the largest chunk, and some above.
        const length = Math.floor(random.next() ** 4 * 15_000);
        const value = Buffer.alloc(length, String(step));
        const flags = step % 3;
        put(store, key, value, flags);
        stored.set(key, { value, flags });
      } else if (action < 0.7) {
        const item = store.peek(key);
        if (item !== undefined) store.remove(item);
        stored.delete(key);
      } else {
        const item = store.peek(key);
        if (item === undefined) continue;
        store.bump(item);
        if (!isAsStored(item, stored.get(key))) wrong.push(key);
      }
      if (step === 15_000) store.memory.bytes = memory / 2;
    }
    let bytes = 0;
    let items = 0;
    for (const [key, { value, flags }] of stored) {
      const item = store.peek(key);
      if (item === undefined) continue;
      if (!isAsStored(item, { value, flags })) wrong.push(key);
      items += 1;
      bytes += itemSize({ keyBytes: key.length, valueBytes: value.length, flags });
    }
    expect(wrong).toEqual([]);
    expect([store.size, store.bytes]).toEqual([items, bytes]);
    expect([...store.liveItems()].map(({ key }) => key).toSorted()).toEqual(
      [...store.newestFirst(Number.POSITIVE_INFINITY)].map(({ key }) => key).toSorted(),
    );
    expect(store.stats.get('evictions')).toBeGreaterThan(0);
    expect(bytes).toBeLessThanOrEqual(memory / 2);
    expect(store.pageBytes).toBeLessThanOrEqual(mostPageBytes(memory));
  });

  it('takes no more memory round after round, whatever sizes the values have', () => {
    const memory = 2 * MEBIBYTE;
    const store = createStore(memory);
    let next = 0;
    for (const valueBytes of [100, 100, 1000, 100, 3000, 7000, 400, 20, 5500, 100, 250]) {
      const value = Buffer.alloc(valueBytes);
      for (let filled = 0; filled < 2 * memory; filled += valueBytes + 70)
        put(store, `key:${String((next += 1))}`, value);
      expect(store.pageBytes).toBeLessThanOrEqual(mostPageBytes(memory));
      // And what it takes is used.
      expect(store.bytes).toBeGreaterThan(0.9 * memory);
      expect(store.bytes).toBeLessThanOrEqual(memory);
    }
  });

  it('makes room for values of another size when one item in each page stays in use', () => {
    const memory = 2 * MEBIBYTE;
    const store = createStore(memory);
    let next = 0;
    for (const valueBytes of [100, 1000, 3000, 400, 5500, 200]) {
      const value = Buffer.alloc(valueBytes);
      const kept: string[] = [];
      for (let filled = 0; filled < 3 * memory; filled += valueBytes + 70) {
        const key = `key:${String((next += 1))}`;
        put(store, key, value);
        if (next % 50 === 0 && kept.length < 250) kept.push(key);
        const busy = store.peek(kept[next % kept.length] ?? '');
        if (busy !== undefined) store.bump(busy);
      }
      expect(store.peek(`key:${String(next)}`)?.valueBytes).toBe(valueBytes);
      expect(store.pageBytes).toBeLessThanOrEqual(mostPageBytes(memory));
    }
  });

  it('gives pages back when the limit is lowered', () => {
    const store = createStore(8 * MEBIBYTE);
    for (let next = 0; next < 60_000; next += 1) put(store, `key:${String(next)}`, Buffer.alloc(100));
    expect(store.pageBytes).toBeGreaterThan(8 * MEBIBYTE);
    store.memory.bytes = MEBIBYTE;
    while (store.sweep(1000) === 'more');
    expect(store.bytes).toBeLessThanOrEqual(MEBIBYTE);
    expect(store.pageBytes).toBeLessThanOrEqual(mostPageBytes(MEBIBYTE));
  });

  it('finds every item while its index grows, and after items in between are gone', () => {
    const store = createStore(64 * MEBIBYTE);
    const count = 30_000;
    for (let next = 0; next < count; next += 1) {
      put(store, `key:${String(next)}`, Buffer.from(String(next)));
      const old = next % 3 === 0 ? store.peek(`key:${String(next / 3)}`) : undefined;
      if (old !== undefined) store.remove(old);
    }
    const found = Array.from({ length: count }, (_, next) => store.peek(`key:${String(next)}`)?.value.toString());
    const expected = Array.from({ length: count }, (_, next) => (next * 3 < count ? undefined : String(next)));
    expect(found.join()).toBe(expected.join());
  });

  it('copies what it stores, small and large', () => {
    const store = createStore(MEBIBYTE);
    for (const length of [0, 1, 100, 7000, 8192, 8193, 100_000]) {
      const value = Buffer.alloc(length, 'a');
      put(store, `key:${String(length)}`, value);
      value.fill('b');
      expect(store.peek(`key:${String(length)}`)?.value.equals(Buffer.alloc(length, 'a'))).toBe(true);
    }
  });

  it('goes on with a walk over all items when some of them, or all, go meanwhile', () => {
    const store = createStore(8 * MEBIBYTE);
    for (let next = 0; next < 5000; next += 1) put(store, `key:${String(next)}`, Buffer.alloc(100));
    const walk = store.liveItems();
    const seen: string[] = [];
    for (const item of walk) {
      seen.push(item.key);
      store.remove(item);
      if (seen.length === 1000)
        for (let next = 0; next < 1000; next += 1) put(store, `new:${String(next)}`, Buffer.alloc(900));
      if (seen.length === 2000) store.clear();
    }
    expect(seen).toHaveLength(2000);
    expect(new Set(seen).size).toBe(2000);
  });
});
