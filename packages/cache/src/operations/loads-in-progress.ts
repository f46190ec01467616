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

/** Runs the method as the load of these keys. */
export async function runAsLoad<Result>(
  cache: Cache,
  keys: Iterable<string>,
  method: () => Promise<Result> | Result,
): Promise<Result> {
  const loads: LoadsInProgress = { keys: new Set(keys), cache, outer: underway.getStore(), isOver: false };
  try {
    return await underway.run(loads, method);
  } finally {
    loads.isOver = true;
  }
}

/** Whether this code runs inside the load of the key. */
export function isInsideLoadOf(cache: Cache, key: string): boolean {
  for (let loads = underway.getStore(); loads; loads = loads.outer) {
    if (!loads.isOver && loads.cache.namespace === cache.namespace && loads.keys.has(key)) return true;
  }
  return false;
}
