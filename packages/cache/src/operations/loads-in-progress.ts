/**
 * Which loads the code now running is part of. A decorated method that runs inside the load of the same key (`super.find()`,
 * or `findOne` that calls `findMany` of the same namespace) would wait for itself.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import type { Cache } from '../engine/cache-surface.js';

interface LoadsInProgress {
  readonly keys: ReadonlySet<string>;
  readonly cache: Cache;
  readonly outer: LoadsInProgress | undefined;
  /** What a load leaves running behind it is no longer part of it. */
  isOver: boolean;
}

const underway = new AsyncLocalStorage<LoadsInProgress>();
let running = 0;

/** Runs the method as the load of these keys. */
export async function runAsLoad<Result>(
  cache: Cache,
  keys: Iterable<string>,
  method: () => Promise<Result> | Result,
): Promise<Result> {
  const loads: LoadsInProgress = { keys: new Set(keys), cache, outer: underway.getStore(), isOver: false };
  running += 1;
  try {
    return await underway.run(loads, method);
  } finally {
    loads.isOver = true;
    running -= 1;
    // While it is on, Node 20 and 22 look at every promise of the process: a third more for a hit.
    if (running === 0) underway.disable();
  }
}

/** Whether this code runs inside the load of the key. */
export function isInsideLoadOf(cache: Cache, key: string): boolean {
  if (running === 0) return false;
  for (let loads = underway.getStore(); loads; loads = loads.outer) {
    if (!loads.isOver && loads.cache.namespace === cache.namespace && loads.keys.has(key)) return true;
  }
  return false;
}
