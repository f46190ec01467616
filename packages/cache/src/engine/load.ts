/** One key: join a load under way, or find the value, or load it. The loader runs at most once in each call. */
import { AbortNotice } from '../policies/abort-notice.js';
import { Flight } from '../policies/single-flight.js';
import { publishLoadFailed, publishRead } from '../telemetry/channels.js';
import { awaitFlight } from './await-flight.js';
import type { CacheRead, Loader, ReadOutcome } from './cache-options.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import { findOrLoadOne } from './find-or-load.js';
import { loadAndStore, readOfEntry, readOfLoad, type LoadResult, type LoadTask, type RunLoader } from './load-task.js';
import { runLoader } from './loader-run.js';
import type { LoadSettings } from './settings.js';

type Read = CacheRead<unknown>;

export async function load<Value>(
  engine: Engine,
  key: string,
  loader: Loader<Value>,
  settings: LoadSettings<Value>,
): Promise<CacheRead<Value>> {
  const started = performance.now();
  settings.signal?.throwIfAborted();
  const abort = settings.signal && new AbortNotice(settings.signal);
  let read: Read | undefined;
  for (let round = 1; read === undefined; round += 1) {
    const underway = mayJoin(engine, round) ? findFlight(engine, key, settings) : undefined;
    const flight = underway ?? start(engine, key, loader, settings);
    const role = underway ? 'joiner' : 'starter';
    read = await awaitFlight(flight, engine, { key, settings, role, abort });
  }
  const timed = { ...read, durationMs: performance.now() - started };
  reportRead(engine, key, timed);
  // A cached value has no type of its own: the caller's loader says what it is.
  return timed as CacheRead<Value>;
}

/**
 * Whether a caller whose flight was refused may join another one. A flight of its own is never refused: it begins after
 * the caller did.
 */
export function mayJoin({ disabled }: Engine, round: number): boolean {
  return !disabled && round <= MOST_JOINED;
}

const MOST_JOINED = 3;

/** Callers that treat an outage differently do not join each other. */
export function flightName(engine: Engine, key: string, { whenUnavailable }: LoadSettings<never>): string {
  return `${whenUnavailable} ${engine.keys.entry(key)}`;
}

/** The flight to join. Not one that is older than its lease: then other processes may load, and so may this one. */
export function findFlight(engine: Engine, key: string, settings: LoadSettings<never>): Flight<Read> | undefined {
  return engine.flights.find(flightName(engine, key, settings), engine.surroundings.now() - settings.leaseMs);
}

/** Nobody joins loads of the key that began before. */
export function forgetFlights(engine: Engine, key: string): void {
  engine.flights.forget(`miss ${engine.keys.entry(key)}`);
  engine.flights.forget(`throw ${engine.keys.entry(key)}`);
  engine.refreshes.forget(engine.keys.entry(key));
}

export function forgetAllFlights({ flights, refreshes }: Engine): void {
  flights.forgetAll();
  refreshes.forgetAll();
}

export function reportRead(engine: Engine, key: string, { outcome, source, durationMs, loadMs }: Read): void {
  engine.counters.add(COUNTED_AS[outcome]);
  publishRead({ namespace: engine.keys.namespace, key, outcome, source, durationMs, loadMs });
}

const COUNTED_AS = { hit: 'hits', miss: 'misses', stale: 'stale', bypass: 'bypasses' } as const satisfies Readonly<
  Record<ReadOutcome, string>
>;

function start<Value>(engine: Engine, key: string, loader: Loader<Value>, settings: LoadSettings<Value>): Flight<Read> {
  const now = engine.surroundings.now();
  if (engine.disabled) {
    const run = runnerOf(key, loader, settings);
    return new Flight<Read>((flight) => loadAlone({ engine, settings, run }, key, flight), now);
  }
  return engine.flights.start(flightName(engine, key, settings), now, (flight) =>
    findOrLoadOne(
      engine,
      key,
      settings,
      () => new SingleTask(engine, settings, runnerOf(key, loader, settings), flight),
    ),
  );
}

function runnerOf<Value>(key: string, loader: Loader<Value>, settings: LoadSettings<Value>): RunLoader<Value> {
  return async (_keys, previous, signal) =>
    new Map([[key, await runLoader(loader, key, settings, previous.get(key), signal)]]);
}

/** Without memcache: no right to store, and nothing that was there before. */
async function loadAlone<Value>(
  task: Pick<LoadTask<Value>, 'engine' | 'settings' | 'run'>,
  key: string,
  flight: Flight<Read>,
): Promise<Read> {
  flight.startLoading();
  try {
    const results = await loadAndStore(task, [key], new Map(), new Map(), flight.signal);
    return readOfLoad(results.get(key) as LoadResult<Value>, 'bypass');
  } catch (error) {
    if (!flight.hasWaiting && !flight.signal.aborted)
      publishLoadFailed({ namespace: task.engine.keys.namespace, key, error });
    throw error;
  }
}

class SingleTask<Value> implements LoadTask<Value> {
  readonly engine: Engine;
  readonly settings: LoadSettings<Value>;
  readonly run: RunLoader<Value>;
  readonly #flight: Flight<Read>;

  constructor(engine: Engine, settings: LoadSettings<Value>, run: RunLoader<Value>, flight: Flight<Read>) {
    this.engine = engine;
    this.settings = settings;
    this.run = run;
    this.#flight = flight;
  }

  get signal(): AbortSignal {
    return this.#flight.signal;
  }

  get hasWaiting(): boolean {
    return this.#flight.hasWaiting;
  }

  offerStale(_key: string, entry: Entry): void {
    this.#flight.offerStale(readOfEntry(entry, 'stale'));
  }

  startLoading(): void {
    this.#flight.startLoading();
  }

  closeToJoiners(): void {
    this.#flight.close();
  }

  refuse(): void {
    this.#flight.refuse();
  }
}
