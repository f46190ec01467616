/**
 * Many keys: one multi-get, and one call of the loader with what is missing. Keys that another call of this process is
 * loading are joined, the others are open to be joined. Keys that another process is loading are waited for while the
 * loader runs for the rest; those that become free are loaded in a second call.
 */
import { AbortNotice } from '../policies/abort-notice.js';
import { isAbsent } from '../policies/absent-value.js';
import { Flight } from '../policies/single-flight.js';
import { awaitFlight } from './await-flight.js';
import type { CacheRead, LoadMissingContext } from './cache-options.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import { findOrLoad } from './find-or-load.js';
import { readKnownAnd } from './known-reads.js';
import { findFlight, flightName, mayJoin, reportRead } from './load.js';
import { loadAndStore, readOfEntry, readOfLoad, type LoadTask, type RunLoader } from './load-task.js';
import { storageOf, type Loaded } from './loader-run.js';
import type { LoadSettings } from './settings.js';

/** Gets the missing ones, each key once; what it leaves out of the map does not exist. */
export type LoadMissing<Id, Value> = (
  ids: Id[],
  context: LoadMissingContext,
) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>;

type Read = CacheRead<unknown>;

/** One element per id, in their order; `undefined` where the loader has none. */
export async function loadMany<Id, Value>(
  engine: Engine,
  ids: readonly Id[],
  keyOf: (id: Id) => string,
  loadMissing: LoadMissing<Id, Value>,
  settings: LoadSettings<Value>,
): Promise<(CacheRead<Value> | undefined)[]> {
  const started = performance.now();
  settings.signal?.throwIfAborted();
  const idOfKey = new Map<string, Id>();
  const keys = ids.map((id) => {
    const key = keyOf(id);
    if (!idOfKey.has(key)) idOfKey.set(key, id);
    return key;
  });
  const run = runnerOf(idOfKey, loadMissing, settings);
  const plan = { engine, settings, run };
  const reads = await readKnownAnd(engine, [...idOfKey.keys()], settings, (unknown) => readUnique(plan, unknown));
  const durationMs = performance.now() - started;
  const results = new Map<string, CacheRead<Value> | undefined>();
  for (const [key, read] of reads) {
    reportRead(engine, key, { ...read, durationMs });
    // As in a single read: the caller's loader says what the value is.
    results.set(key, isAbsent(read.value) ? undefined : ({ ...read, durationMs } as CacheRead<Value>));
  }
  return keys.map((key) => results.get(key));
}

type Plan<Value> = Pick<LoadTask<Value>, 'engine' | 'settings' | 'run'>;

/** The caller's loader of ids as one of keys. */
function runnerOf<Id, Value>(
  idOfKey: ReadonlyMap<string, Id>,
  loadMissing: LoadMissing<Id, Value>,
  settings: LoadSettings<Value>,
): RunLoader<Value> {
  return async (keys, _previous, signal) => {
    const started = performance.now();
    // Every key came from an id.
    const ids = keys.map((key) => idOfKey.get(key) as Id);
    const values = await loadMissing([...ids], { signal });
    const loadMs = performance.now() - started;
    return new Map(
      keys.map((key, at): [string, Loaded<Value>] => {
        const value = values.get(ids[at] as Id);
        const storage = storageOf(value, settings);
        // Where it is undefined, there is none: that is not given to anybody as a value.
        return [key, { value: value as Value, ...storage, tags: [], validators: {}, loadMs }];
      }),
    );
  };
}

async function readUnique<Value>(plan: Plan<Value>, keys: readonly string[]): Promise<ReadonlyMap<string, Read>> {
  const { signal } = plan.settings;
  const abort = signal && new AbortNotice(signal);
  const reads = new Map<string, Read>();
  let open = keys;
  for (let round = 1; open.length > 0; round += 1) {
    const found = await readRound(plan, open, abort, round);
    for (const [key, read] of found) if (read) reads.set(key, read);
    // What was joined and is not true any longer.
    open = open.filter((key) => !reads.has(key));
  }
  return reads;
}

async function readRound<Value>(
  plan: Plan<Value>,
  keys: readonly string[],
  abort: AbortNotice | undefined,
  round: number,
): Promise<readonly (readonly [string, Read | undefined])[]> {
  const { engine, settings } = plan;
  const joined = new Map<string, Flight<Read>>();
  const own: string[] = [];
  for (const key of keys) {
    const flight = mayJoin(engine, round) ? findFlight(engine, key, settings) : undefined;
    if (flight) joined.set(key, flight);
    else own.push(key);
  }
  const started = own.length > 0 ? startFlights(plan, own) : new Map<string, Flight<Read>>();
  const waits = keys.map(async (key): Promise<[string, Read | undefined]> => {
    const role = joined.has(key) ? 'joiner' : 'starter';
    // Every key has one or the other.
    const flight = (joined.get(key) ?? started.get(key)) as Flight<Read>;
    return [key, await awaitFlight(flight, engine, { key, settings, role, abort })];
  });
  return await Promise.all(waits);
}

/** Lets others join each of the keys, while all of them are read together. */
function startFlights<Value>(plan: Plan<Value>, keys: readonly string[]): ReadonlyMap<string, Flight<Read>> {
  const { engine, settings } = plan;
  const flights = new Map<string, Flight<Read>>();
  const task = new ManyTask(plan, flights);
  // In a moment, when all flights are there.
  const work = Promise.resolve().then(() => (engine.disabled ? loadAlone(task, keys) : findOrLoad(task, keys)));
  const now = engine.surroundings.now();
  // There is a read for every key that was asked for.
  const landing = (key: string) => async (): Promise<Read> => (await work).get(key) as Read;
  for (const key of keys) {
    const flight = engine.disabled
      ? new Flight(landing(key), now)
      : engine.flights.start(flightName(engine, key, settings), now, landing(key));
    flights.set(key, flight);
    task.watch(flight);
  }
  return flights;
}

/** Without memcache: no right to store, and nothing that was there before. */
async function loadAlone<Value>(task: LoadTask<Value>, keys: readonly string[]): Promise<ReadonlyMap<string, Read>> {
  task.startLoading();
  const results = await loadAndStore(task, keys, new Map(), new Map(), task.signal);
  return new Map(Array.from(results, ([key, result]) => [key, readOfLoad(result, 'bypass')]));
}

class ManyTask<Value> implements LoadTask<Value> {
  readonly engine: Engine;
  readonly settings: LoadSettings<Value>;
  readonly run: RunLoader<Value>;
  readonly #flights: ReadonlyMap<string, Flight<Read>>;
  #abandoned = 0;
  #controller: AbortController | undefined;

  constructor({ engine, settings, run }: Plan<Value>, flights: ReadonlyMap<string, Flight<Read>>) {
    this.engine = engine;
    this.settings = settings;
    this.run = run;
    this.#flights = flights;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  get hasWaiting(): boolean {
    for (const flight of this.#flights.values()) if (flight.hasWaiting) return true;
    return false;
  }

  /** Once nobody is interested in any of the flights, the load is aborted. */
  watch(flight: Flight<Read>): void {
    flight.whenAbandoned(() => {
      this.#abandoned += 1;
      if (this.#abandoned < this.#flights.size) return;
      (this.#controller ??= new AbortController()).abort(flight.signal.reason);
    });
  }

  offerStale(key: string, entry: Entry): void {
    this.#flights.get(key)?.offerStale(readOfEntry(entry, 'stale'));
  }

  startLoading(): void {
    for (const flight of this.#flights.values()) flight.startLoading();
  }

  closeToJoiners(): void {
    for (const flight of this.#flights.values()) flight.close();
  }

  refuse(key: string): void {
    this.#flights.get(key)?.refuse();
  }
}
