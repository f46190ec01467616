import { beforeEach, describe, expect, it } from '@jest/globals';
import { itemSize } from '@memkit/protocol/internal';
import { CasCounter } from './cas-counter.js';
import { ExpiryWalk } from './expiry-walk.js';
import { ItemTable } from './item-table.js';
import { ServerStats } from './server-stats.js';
import { StoreClock } from './store-clock.js';

const START = 1_700_000_000;
const FOR_EVER = Number.POSITIVE_INFINITY;
let now: number;
let clock: StoreClock;
let items: ItemTable;
let stats: ServerStats;
let walk: ExpiryWalk;
/** For each time it asked for a step, whether soon. */
let asked: boolean[];

beforeEach(() => {
  now = START;
  asked = [];
  const cas = new CasCounter('1.6.18', true);
  clock = new StoreClock({ now: () => now }, cas, '1.6.18');
  items = new ItemTable(1_000_000, cas);
  stats = new ServerStats();
  walk = new ExpiryWalk({ items, clock, stats, onWork: (isUrgent) => asked.push(isUrgent) });
});

function put(key: string, expiresAt: number): void {
  const value = Buffer.from('x');
  const size = itemSize({ keyBytes: key.length, valueBytes: value.length, flags: 0 });
  items.put({ key, value, flags: 0, expiresAt }, size, now, undefined);
  if (expiresAt !== FOR_EVER) walk.expect(expiresAt);
}

describe('ExpiryWalk', () => {
  it('is idle while nothing can end', () => {
    put('stays', FOR_EVER);
    expect([walk.step(10), asked]).toEqual(['idle', []]);
  });

  it('asks for a step when something may end sooner than it knew, and not otherwise', () => {
    put('first', START + 10);
    put('later', START + 20);
    put('sooner', START + 5);
    expect(asked).toEqual([false, false]);
  });

  it('waits for the second, removes what is over, and goes by what is left', () => {
    put('goes', START + 5);
    put('later', START + 20);
    put('stays', FOR_EVER);
    now += 4;
    expect([walk.step(10), items.size, stats.get('lru_crawler_starts')]).toEqual(['wait', 3, 0]);
    now += 1;
    expect([walk.step(10), items.size, stats.get('lru_crawler_starts')]).toEqual(['wait', 2, 1]);
    now += 15;
    expect([walk.step(10), items.size]).toEqual(['idle', 1]);
  });

  it('looks at so many items a step', () => {
    for (const key of ['a', 'b', 'c', 'd', 'e']) put(key, START + 1);
    now += 1;
    expect([walk.step(2), items.size, walk.isWalking]).toEqual(['more', 3, true]);
    expect([walk.step(2), items.size, walk.isWalking]).toEqual(['more', 1, true]);
    expect([walk.step(2), items.size, walk.isWalking]).toEqual(['idle', 0, false]);
  });

  it('counts as reclaimed what was at the end of the list, and as crawled what lay behind a live item', () => {
    put('tail', START + 1);
    put('alive', FOR_EVER);
    put('middle', START + 1);
    now += 1;
    walk.step(10);
    const { classes } = items;
    expect([classes.sum('reclaimed'), classes.sum('crawlerReclaimed')]).toEqual([1, 1]);
    expect([classes.sum('crawlerItemsChecked'), classes.sum('expiredUnfetched')]).toEqual([3, 2]);
  });

  it('looks at all items at once when it is hastened', () => {
    put('later', START + 100);
    walk.hasten();
    expect(asked).toEqual([false, true]);
    expect([walk.step(10), stats.get('lru_crawler_starts')]).toEqual(['wait', 1]);
  });

  it('comes back for a flush that is still to come', () => {
    put('flushed', FOR_EVER);
    clock.flush(10);
    walk.expect(clock.flushedUntil);
    walk.hasten();
    expect([walk.step(10), items.size]).toEqual(['wait', 1]);
    now += 9;
    expect([walk.step(10), items.size]).toEqual(['idle', 0]);
  });

  it('has nothing to do once there are no items any more', () => {
    put('first', START + 1);
    put('second', START + 1);
    now += 1;
    expect(walk.step(1)).toBe('more');
    items.clear();
    walk.clear();
    expect([walk.isWalking, walk.step(10)]).toEqual([false, 'idle']);
  });
});
