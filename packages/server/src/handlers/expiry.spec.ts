import { beforeEach, describe, expect, it } from '@jest/globals';
import { TextRequestParser, type MetaRequest } from '@memkit/protocol/internal';
import { ItemStore } from '../store/item-store.js';
import { ServerStats } from '../store/server-stats.js';
import { answerMeta, type MetaAnswer } from './meta.js';
import { fetchItem } from './retrieval.js';
import { storeItem } from './storage.js';
import { touchItem } from './touch.js';

// What depends on the time, on a clock that moves when the test says so.
const START = 1_800_000_000;
let now = START;
let store: ItemStore;

beforeEach(() => {
  now = START;
  const stats = new ServerStats();
  store = new ItemStore({ clock: { now: () => now }, stats, memory: 1_000_000, itemSizeMax: 10_000 });
});

function set(key: string, exptime: number, value = 'x'): void {
  storeItem(store, { mode: 'set', key, data: Buffer.from(value), flags: 0, exptime, cas: 0n });
}

function has(key: string): boolean {
  return fetchItem(store, key) !== undefined;
}

function meta(line: string): MetaAnswer {
  const requests: MetaRequest[] = [];
  const parser = new TextRequestParser({ onRequest: (request) => requests.push(request as MetaRequest) });
  parser.push(Buffer.from(`${line}\r\n`));
  return answerMeta(store, requests[0] as MetaRequest);
}

describe('expiry', () => {
  it('keeps an item with exptime 0', () => {
    set('a', 0);
    now += 100_000_000;
    expect(has('a')).toBe(true);
  });

  it('ends an item in the second its time is up', () => {
    set('a', 10);
    now += 9;
    expect(has('a')).toBe(true);
    now += 1;
    expect(has('a')).toBe(false);
    expect(store.stats.get('get_expired')).toBe(1);
    expect(store.bytes).toBe(0);
  });

  it('reads more than 30 days as a date', () => {
    set('a', START + 5);
    set('past', START - 5);
    set('month', 2_592_000);
    expect(has('past')).toBe(false);
    now += 5;
    expect(has('a')).toBe(false);
    now = START + 2_592_000 - 1;
    expect(has('month')).toBe(true);
  });

  it('moves the end at a touch, and keeps the CAS value', () => {
    set('a', 10);
    const before = store.peek('a')?.cas;
    touchItem(store, 'a', 100);
    now += 50;
    expect(store.peek('a')?.cas).toBe(before);
    touchItem(store, 'a', -1);
    expect(has('a')).toBe(false);
  });

  it('lets a flush in the future take what is stored until then', () => {
    set('a', 0);
    store.flush(10);
    expect(has('a')).toBe(true);
    now += 9;
    expect(has('a')).toBe(false);
    now += 1;
    set('b', 0);
    expect(has('b')).toBe(true);
  });

  it('shows the time left, the last access and whether there was one', () => {
    set('a', 100);
    now += 10;
    expect(meta('mg a t l h')).toEqual({ status: 'HD', flags: ['t90', 'l10', 'h0'] });
    expect(meta('mg a h')).toEqual({ status: 'HD', flags: ['h1'] });
    expect(meta('mg a l')).toEqual({ status: 'HD', flags: ['l0'] });
  });

  it('gives one winner early, and the next ones after it the losing token', () => {
    set('a', 60);
    expect(meta('mg a R30')).toEqual({ status: 'HD', flags: [] });
    now += 40;
    expect(meta('mg a R30')).toEqual({ status: 'HD', flags: ['W'] });
    expect(meta('mg a R30')).toEqual({ status: 'HD', flags: ['Z'] });
  });

  it('keeps a stale item for its new time, with one winner', () => {
    set('a', 0);
    meta('md a I T30');
    expect(meta('mg a t')).toEqual({ status: 'HD', flags: ['t30', 'X', 'W'] });
    expect(meta('mg a t')).toEqual({ status: 'HD', flags: ['t30', 'Z', 'X'] });
    now += 30;
    expect(meta('mg a t')).toEqual({ status: 'EN', flags: [] });
  });

  it('vivifies for its own time, and wins again once that is over', () => {
    expect(meta('mg a N30 t')).toEqual({ status: 'HD', flags: ['t30', 'W'] });
    expect(meta('mg a N30 t')).toEqual({ status: 'HD', flags: ['t30', 'Z'] });
    now += 30;
    expect(meta('mg a N30')).toEqual({ status: 'HD', flags: ['W'] });
  });
});

describe('eviction', () => {
  it('removes the item nobody used for longest when the memory is full', () => {
    const small = new ItemStore({
      clock: { now: () => now },
      stats: new ServerStats(),
      memory: 3 * 160,
      itemSizeMax: 1024,
    });
    store = small;
    for (const key of ['a', 'b', 'c']) set(key, 0, 'v'.repeat(100));
    expect(small.bytes).toBe(3 * 160);
    expect(has('a')).toBe(true);
    set('d', 0, 'v'.repeat(100));
    expect(['a', 'b', 'c', 'd'].map((key) => small.peek(key) !== undefined)).toEqual([true, false, true, true]);
    expect(small.stats.get('evictions')).toBe(1);
  });

  it('refuses an item larger than the whole memory', () => {
    store = new ItemStore({ clock: { now: () => now }, stats: new ServerStats(), memory: 100, itemSizeMax: 1024 });
    const input = { mode: 'set', key: 'a', data: Buffer.alloc(100), flags: 0, exptime: 0, cas: 0n } as const;
    expect(storeItem(store, input).outcome).toBe('no-memory');
  });
});
