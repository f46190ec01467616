/** Keys that are to be found or loaded together, and how; one key for a single read. */
import { TickReads } from '../scope/tick-reads.js';
import type { CacheRead } from './cache-options.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import type { LoadRight } from './load-right.js';
import type { Loaded } from './loader-run.js';
import type { LoadSettings } from './settings.js';
import { releaseLease, storeLoaded } from './store-loaded.js';

/** Calls the loader for keys, once for all of them, and has a result for each. */
export type RunLoader<Value> = (
  keys: readonly string[],
  previous: ReadonlyMap<string, Entry>,
  signal: AbortSignal,
) => Promise<ReadonlyMap<string, Loaded<Value>>>;

export interface LoadTask<Value> {
  readonly engine: Engine;
  readonly settings: LoadSettings<Value>;
  readonly run: RunLoader<Value>;
  /** Aborted when nobody is interested any longer. */
  readonly signal: AbortSignal;
  /** Whether anybody still waits, and so learns what goes wrong. */
  readonly hasWaiting: boolean;
  /** Told about stale entries that callers may take, as soon as one is seen. */
  offerStale(key: string, entry: Entry): void;
  /** Told when a loader is waited for, here or in another process. */
  startLoading(): void;
  /** Told when the loader has returned: who comes from now on asks memcached. */
  closeToJoiners(): void;
  /** Told that what was loaded is not true any longer: who came later than the loader began must ask again. */
  refuse(key: string): void;
}

export interface LoadResult<Value> {
  readonly loaded: Loaded<Value>;
  /** As it was stored; `undefined` when it was not. */
  readonly entry: Entry | undefined;
  /** It is not true any longer. */
  readonly isRefused: boolean;
}

/**
 * Runs the loader, and stores what it returned for the keys with a right.
 * @throws what the loader throws; the leases are on their way back then
 */
export async function loadAndStore<Value>(
  { engine, settings, run }: Pick<LoadTask<Value>, 'engine' | 'settings' | 'run'>,
  keys: readonly string[],
  rights: ReadonlyMap<string, LoadRight>,
  previous: ReadonlyMap<string, Entry>,
  signal: AbortSignal,
  whenLoaded: () => void = () => undefined,
): Promise<ReadonlyMap<string, LoadResult<Value>>> {
  const letGo = (): void => {
    for (const { lease } of rights.values()) void releaseLease(engine.client, lease);
  };
  // Nobody wants the value: somebody who comes now must not wait for it.
  signal.addEventListener('abort', letGo);
  engine.counters.add('loads');
  let loaded: ReadonlyMap<string, Loaded<Value>>;
  try {
    if (signal.aborted) letGo();
    signal.throwIfAborted();
    loaded = await run(keys, previous, signal);
  } catch (error) {
    if (!signal.aborted) {
      engine.counters.add('loadFailures');
      letGo();
    }
    throw error;
  } finally {
    signal.removeEventListener('abort', letGo);
  }
  whenLoaded();
  const checks = new TickReads(engine.client, () => loaded.size > 1);
  const results = Array.from(loaded, async ([key, one]) => {
    const right = rights.get(key);
    const stored = right && (await storeLoaded(engine, key, one, right, settings, previous.get(key), checks));
    const isRefused = stored === 'refused';
    return [key, { loaded: one, entry: isRefused ? undefined : stored, isRefused }] as const;
  });
  return new Map(await Promise.all(results));
}

export function readOfEntry(
  { value, storedAt, freshUntil }: Entry,
  outcome: 'hit' | 'stale',
  source: 'memcache' | 'near' = 'memcache',
): CacheRead<unknown> {
  return { value, outcome, source, stored: true, durationMs: 0, loadMs: undefined, storedAt, freshUntil };
}

export function readOfLoad(
  { loaded: { value, loadMs }, entry }: LoadResult<unknown>,
  outcome: 'miss' | 'bypass',
): CacheRead<unknown> {
  return {
    value,
    outcome,
    source: 'loader',
    stored: entry !== undefined,
    durationMs: 0,
    loadMs,
    storedAt: entry?.storedAt,
    freshUntil: entry?.freshUntil,
  };
}
