import { beforeEach, describe, expect, it } from '@jest/globals';
import { ItemStore } from './item-store.js';
import { ItemSweeper } from './item-sweeper.js';
import { ServerStats } from './server-stats.js';

const START = 1_700_000_000;
let now = START;
let store: ItemStore;
let sweeper: ItemSweeper;
/** What is planned, and after how long. */
let planned: { readonly run: () => void; readonly delayMs: number } | undefined;

beforeEach(() => {
  now = START;
  planned = undefined;
  store = new ItemStore({
    clock: { now: () => now },
    stats: new ServerStats(),
    memory: 1_000_000,
    itemSizeMax: 10_000,
  });
  sweeper = new ItemSweeper(store, (run, delayMs) => {
    const plan = { run, delayMs };
    planned = plan;
    return () => {
      if (planned === plan) planned = undefined;
    };
  });
});

function put(key: string, exptime: number): void {
  store.link({ key, value: Buffer.from('x'), flags: 0, expiresAt: store.expiry(exptime) });
}

/** Runs what is planned; gives after how long it was. */
function runPlanned(): number | undefined {
  const plan = planned;
  planned = undefined;
  plan?.run();
  return plan?.delayMs;
}

describe('ItemSweeper', () => {
  it('has no timer while nothing can end', () => {
    put('stays', 0);
    expect(planned).toBeUndefined();
  });

  it('looks once a second while something can end, and not before: a get counts an item as expired until then', () => {
    put('goes', 2);
    put('stays', 0);
    expect(runPlanned()).toBe(1000);
    expect(store.size).toBe(2);
    now += 2;
    expect(runPlanned()).toBe(1000);
    expect(store.size).toBe(1);
    expect(planned).toBeUndefined();
  });

  it('goes through many items slice by slice', () => {
    for (let index = 0; index < 2500; index += 1) put(`k${String(index)}`, 1);
    now += 1;
    expect([runPlanned(), runPlanned(), runPlanned()]).toEqual([1000, 5, 5]);
    expect(store.size).toBe(0);
  });

  it('comes soon when somebody asks for it or memory is above its limit, also while it rests', () => {
    put('goes', 100);
    expect(planned?.delayMs).toBe(1000);
    store.sweepAll();
    expect(planned?.delayMs).toBe(5);
    runPlanned();
    for (let index = 0; index < 5000; index += 1) put(`k${String(index)}`, 0);
    store.memory.bytes = 10_000;
    expect(planned?.delayMs).toBe(5);
    while (planned?.delayMs === 5) runPlanned();
    expect(store.bytes).toBeLessThanOrEqual(10_000);
  });

  it('stops', () => {
    put('goes', 100);
    sweeper.stop();
    expect(planned).toBeUndefined();
  });
});
