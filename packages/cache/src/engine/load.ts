/** One key: join a load under way, or find the value, or load it. The loader runs at most once in each call. */
import { isServableStale } from '../policies/stale-policy.js';
import { swallowOrThrow } from '../policies/unavailable-policy.js';
import { publishLoadFailed, publishRead } from '../telemetry/channels.js';
import { acquire, type Ground } from './acquire.js';
import type { CacheRead, Loader, ReadOutcome } from './cache-options.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import { runLoader } from './loader-run.js';
import type { LoadSettings } from './settings.js';
import { releaseLease, storeLoaded } from './store-loaded.js';
import type { Flight } from '../policies/single-flight.js';

export async function load<Value>(
  engine: Engine,
  key: string,
  loader: Loader<Value>,
  settings: LoadSettings<Value>,
): Promise<CacheRead<Value>> {
  const started = performance.now();
  const read = engine.disabled
    ? await loadAlone(key, loader, settings)
    : await joinOrStart(engine, key, loader, settings);
  const timed = { ...read, durationMs: performance.now() - started };
  publishRead({ namespace: engine.keys.namespace, key, ...factsOf(timed) });
  // A cached value has no type of its own: the caller's loader says what it is.
  return timed as CacheRead<Value>;
}

async function loadAlone<Value>(key: string, loader: Loader<Value>, settings: LoadSettings<Value>) {
  const { value, loadMs } = await runLoader(loader, key, settings, undefined, new AbortController().signal);
  return readOfLoad(value, loadMs, 'bypass', undefined);
}

async function joinOrStart<Value>(
  engine: Engine,
  key: string,
  loader: Loader<Value>,
  settings: LoadSettings<Value>,
): Promise<CacheRead<unknown>> {
  const name = flightName(engine, key, settings);
  const underway = findFlight(engine, key, settings);
  if (underway) return await join(underway, engine, settings);
  const now = engine.surroundings.now();
  return await engine.flights.start(name, now, (flight) => findOrLoad(engine, key, loader, settings, flight)).result;
}

/** Callers that treat an outage differently do not join each other. */
export function flightName(engine: Engine, key: string, { whenUnavailable }: LoadSettings<never>): string {
  return `${whenUnavailable} ${engine.keys.entry(key)}`;
}

/** The flight to join. Not one that is older than its lease: then other processes may load, and so may this one. */
export function findFlight(
  engine: Engine,
  key: string,
  settings: LoadSettings<never>,
): Flight<CacheRead<unknown>> | undefined {
  return engine.flights.find(flightName(engine, key, settings), engine.surroundings.now() - settings.leaseMs);
}

/** Nobody joins loads of the key that began before. */
export function forgetFlights(engine: Engine, key: string): void {
  engine.flights.forget(`miss ${engine.keys.entry(key)}`);
  engine.flights.forget(`throw ${engine.keys.entry(key)}`);
}

export async function join(
  flight: Flight<CacheRead<unknown>>,
  { surroundings }: Engine,
  { staleForMs }: LoadSettings<never>,
): Promise<CacheRead<unknown>> {
  const first = await Promise.race([flight.result, flight.stale]);
  const { freshUntil } = first;
  const tooOld = first.outcome === 'stale' && freshUntil !== undefined && surroundings.now() >= freshUntil + staleForMs;
  return { ...(tooOld ? await flight.result : first), source: 'flight' };
}

async function findOrLoad<Value>(
  engine: Engine,
  key: string,
  loader: Loader<Value>,
  settings: LoadSettings<Value>,
  flight: Flight<CacheRead<unknown>>,
): Promise<CacheRead<unknown>> {
  let lastStale: Entry | undefined;
  let ground: Ground;
  let outcome: ReadOutcome = 'miss';
  try {
    ground = await acquire(engine, key, settings, (entry) => (lastStale = entry));
  } catch (error) {
    swallowOrThrow(error, settings.whenUnavailable, 'read', key);
    ground = { kind: 'load', right: undefined, stale: lastStale };
    outcome = 'bypass';
  }
  if (ground.kind !== 'load') return readOfEntry(ground.entry, ground.kind === 'fresh' ? 'hit' : 'stale');

  const { right, stale } = ground;
  if (stale) flight.offerStale(readOfEntry(stale, 'stale'));
  let loaded;
  try {
    loaded = await runLoader(loader, key, settings, stale, new AbortController().signal);
  } catch (error) {
    if (right) await releaseLease(engine.client, right.lease);
    if (!stale || !isServableStale(stale, settings.staleForMs, engine.surroundings.now())) throw error;
    publishLoadFailed({ namespace: engine.keys.namespace, key, error });
    return readOfEntry(stale, 'stale');
  }
  const entry = right && (await storeLoaded(engine, key, loaded, right, settings, stale !== undefined));
  return readOfLoad(loaded.value, loaded.loadMs, outcome, entry);
}

export function readOfEntry(entry: Entry, outcome: 'hit' | 'stale'): CacheRead<unknown> {
  const { value, storedAt, freshUntil } = entry;
  return { value, outcome, source: 'memcache', stored: true, durationMs: 0, loadMs: undefined, storedAt, freshUntil };
}

export function readOfLoad(
  value: unknown,
  loadMs: number,
  outcome: ReadOutcome,
  entry: Entry | undefined,
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

function factsOf({ outcome, source, durationMs, loadMs }: CacheRead<unknown>) {
  return { outcome, source, durationMs, loadMs };
}
