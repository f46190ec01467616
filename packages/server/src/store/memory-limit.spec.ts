import { beforeEach, describe, expect, it } from '@jest/globals';
import { itemOverhead } from '@memkit/protocol/internal';
import { CasCounter } from './cas-counter.js';
import { EventLog } from './event-log.js';
import { ItemTable } from './item-table.js';
import { MemoryLimit } from './memory-limit.js';
import { ServerStats } from './server-stats.js';
import { StoreClock } from './store-clock.js';

const START = 1_700_000_000;
const SIZE = 100;
let items: ItemTable;
let stats: ServerStats;
/** How often it asked for somebody to go on. */
let asked: number;

beforeEach(() => {
  asked = 0;
});

function createLimit(bytes: number, mayEvict = true): MemoryLimit {
  const cas = new CasCounter('1.6.18', true);
  const clock = new StoreClock({ now: () => START }, cas, '1.6.18');
  items = new ItemTable(bytes, cas);
  stats = new ServerStats();
  const onWork = (): void => {
    asked += 1;
  };
  return new MemoryLimit(bytes, { items, clock, stats, log: new EventLog(), mayEvict, onWork });
}

function put(key: string, expiresAt = Number.POSITIVE_INFINITY, size = SIZE): void {
  const value = Buffer.alloc(size - key.length - itemOverhead(0, true));
  items.put({ key, value, flags: 0, expiresAt }, size, START, undefined);
}

function putMany(count: number): void {
  for (let next = 0; next < count; next += 1) put(`key:${String(next).padStart(6, '0')}`);
}

function keys(): readonly string[] {
  return [...items.newestFirst()].map(({ key }) => key);
}

describe('MemoryLimit', () => {
  it('refuses what can never fit, and counts it for its slab class', () => {
    const limit = createLimit(1000);
    expect([limit.hasRoom(1000), limit.hasRoom(1001)]).toEqual([true, false]);
    expect(items.classes.sum('outOfMemory')).toBe(1);
  });

  it('evicts the least recently used until it is met', () => {
    const limit = createLimit(10_000);
    for (const key of ['first', 'second', 'third']) put(key);
    limit.bytes = 2 * SIZE;
    expect(keys()).toEqual(['third', 'second']);
    expect([stats.get('evictions'), items.classes.sum('evicted'), asked]).toEqual([1, 1, 0]);
  });

  it('takes dead items back without counting evictions', () => {
    const limit = createLimit(10_000);
    put('dead', START - 1);
    put('alive');
    limit.bytes = SIZE;
    expect([stats.get('evictions'), items.classes.sum('reclaimed')]).toEqual([0, 1]);
  });

  it('lets a thousand go at once and asks for the rest', () => {
    const limit = createLimit(1_000_000);
    putMany(2500);
    limit.bytes = 0;
    expect([items.size, asked]).toEqual([1500, 1]);
    limit.evict();
    limit.evict();
    expect([items.size, asked]).toEqual([0, 2]);
  });

  it('makes room from dead items alone where it may not evict', () => {
    const limit = createLimit(3 * SIZE, false);
    put('dead', START - 1);
    put('older');
    put('newer');
    expect(limit.hasRoom(SIZE)).toBe(true);
    expect(keys()).toEqual(['newer', 'older']);
    expect(limit.hasRoom(2 * SIZE)).toBe(false);
    expect(keys()).toEqual(['newer', 'older']);
    expect(limit.emptyPage()).toBe(false);
  });

  it('counts as full until that is taken back, and remembers a limit that is set meanwhile', () => {
    const limit = createLimit(10_000);
    put('key');
    limit.fill();
    limit.fill();
    expect(limit.bytes).toBe(SIZE);
    // One item that is larger still has room, and the limit is its size then.
    expect(limit.hasRoom(3 * SIZE)).toBe(true);
    expect(limit.bytes).toBe(3 * SIZE);
    expect(limit.hasRoom(10_001)).toBe(false);
    limit.bytes = 5000;
    expect(limit.bytes).toBe(3 * SIZE);
    limit.unfill();
    expect(limit.bytes).toBe(5000);
  });

  it('empties the page of the oldest item for chunks of another size', () => {
    const limit = createLimit(1_000_000);
    expect(limit.emptyPage()).toBe(false);
    putMany(2000);
    const pageBytes = items.pageBytes;
    expect(limit.emptyPage()).toBe(true);
    expect(items.size).toBeLessThan(2000);
    expect(items.find('key:000000')).toBeUndefined();
    expect(items.find('key:001999')).toBeDefined();
    put('other', Number.POSITIVE_INFINITY, 5000);
    expect(items.pageBytes).toBe(pageBytes);
  });
});
