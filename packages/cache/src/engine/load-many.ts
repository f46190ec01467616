/**
 * Many keys: one multi-get, and one call of the loader with what is missing. Keys that another call of this process
 * is loading are joined, the others are open to be joined. Leases guard what is stored here, and nobody waits for
 * those of other processes: a key that two processes miss at once is loaded by both and stored by the one that was first.
 */
import { takeLease, type Lease } from '../policies/lease.js';
import type { Flight } from '../policies/single-flight.js';
import { isFresh, isServableStale } from '../policies/stale-policy.js';
import { swallowOrThrow } from '../policies/unavailable-policy.js';
import { publishLoadFailed, publishRead } from '../telemetry/channels.js';
import type { LoadRight } from './load-right.js';
import type { CacheRead, ReadOutcome } from './cache-options.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import { findFlight, flightName, join, readOfEntry, readOfLoad } from './load.js';
import { storageOf, type Loaded } from './loader-run.js';
import type { LoadSettings } from './settings.js';
import { releaseLease, storeLoaded } from './store-loaded.js';
import { isAbsent } from '../policies/absent-value.js';

/** Gets the missing ones, each key once; what it leaves out of the map does not exist. */
export type LoadMissing<Id, Value> = (ids: Id[]) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>;

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
  const idOfKey = new Map<string, Id>();
  const keys = ids.map((id) => {
    const key = keyOf(id);
    if (!idOfKey.has(key)) idOfKey.set(key, id);
    return key;
  });
  const reads = engine.disabled
    ? await loadAlone(idOfKey, loadMissing)
    : await readUnique(engine, idOfKey, loadMissing, settings);
  const durationMs = performance.now() - started;
  const results = new Map<string, CacheRead<Value> | undefined>();
  for (const [key, read] of reads) {
    const { outcome, source, loadMs, value } = read;
    publishRead({ namespace: engine.keys.namespace, key, outcome, source, durationMs, loadMs });
    // As in a single read: the caller's loader says what the value is.
    results.set(key, isAbsent(value) ? undefined : ({ ...read, durationMs } as CacheRead<Value>));
  }
  return keys.map((key) => results.get(key));
}

async function loadAlone<Id, Value>(
  idOfKey: ReadonlyMap<string, Id>,
  loadMissing: LoadMissing<Id, Value>,
): Promise<ReadonlyMap<string, Read>> {
  if (idOfKey.size === 0) return new Map();
  const started = performance.now();
  const values = await loadMissing([...idOfKey.values()]);
  const loadMs = performance.now() - started;
  return new Map(Array.from(idOfKey, ([key, id]) => [key, readOfLoad(values.get(id), loadMs, 'bypass', undefined)]));
}

async function readUnique<Id, Value>(
  engine: Engine,
  idOfKey: ReadonlyMap<string, Id>,
  loadMissing: LoadMissing<Id, Value>,
  settings: LoadSettings<Value>,
): Promise<ReadonlyMap<string, Read>> {
  const joined = new Map<string, Flight<Read>>();
  const own = new Map<string, Id>();
  for (const [key, id] of idOfKey) {
    const flight = findFlight(engine, key, settings);
    if (flight) joined.set(key, flight);
    else own.set(key, id);
  }
  const work = own.size > 0 ? readOwn(engine, own, loadMissing, settings) : undefined;
  const [ownReads, ...joinedReads] = await Promise.all([
    work,
    ...Array.from(joined, async ([key, flight]) => [key, await join(flight, engine, settings)] as const),
  ]);
  return new Map<string, Read>([...(ownReads ?? []), ...joinedReads]);
}

/** Reads the keys nobody else is reading, and lets others join each of them. */
async function readOwn<Id, Value>(
  engine: Engine,
  own: ReadonlyMap<string, Id>,
  loadMissing: LoadMissing<Id, Value>,
  settings: LoadSettings<Value>,
): Promise<ReadonlyMap<string, Read>> {
  const work = findOrLoadMany(engine, own, loadMissing, settings);
  const now = engine.surroundings.now();
  const flights = Array.from(own.keys(), (key) => ({
    key,
    flight: engine.flights.start(flightName(engine, key, settings), now, async () => {
      const read = (await work).get(key);
      return read ?? readOfLoad(undefined, 0, 'miss', undefined);
    }),
  }));
  return new Map(await Promise.all(flights.map(async ({ key, flight }) => [key, await flight.result] as const)));
}

async function findOrLoadMany<Id, Value>(
  engine: Engine,
  own: ReadonlyMap<string, Id>,
  loadMissing: LoadMissing<Id, Value>,
  settings: LoadSettings<Value>,
): Promise<ReadonlyMap<string, Read>> {
  const ground = await acquireMany(engine, [...own.keys()], settings);
  const { reads, missing, rights, stale, outcome } = ground;
  if (missing.length === 0) return reads;
  const idsByKey = missing.map((key) => [key, own.get(key) as Id] as const);
  const started = performance.now();
  let values: ReadonlyMap<Id, Value>;
  try {
    values = await loadMissing(idsByKey.map(([, id]) => id));
  } catch (error) {
    await Promise.all(Array.from(rights.values(), (right) => releaseLease(engine.client, right.lease)));
    return staleInstead(engine, ground, settings, error);
  }
  const loadMs = performance.now() - started;
  const loadedReads = idsByKey.map(async ([key, id]) => {
    const right = rights.get(key);
    const value = values.get(id);
    const storage = storageOf(value, settings as LoadSettings<never>);
    const loaded: Loaded<Value | undefined> = { value, ...storage, tags: [], validators: {}, loadMs };
    const entry =
      right &&
      (await storeLoaded(engine, key, loaded, right, settings as LoadSettings<Value | undefined>, stale.has(key)));
    return [key, readOfLoad(value, loadMs, outcome, entry)] as const;
  });
  return new Map([...reads, ...(await Promise.all(loadedReads))]);
}

interface ManyGround {
  readonly reads: ReadonlyMap<string, Read>;
  readonly missing: readonly string[];
  readonly rights: ReadonlyMap<string, LoadRight>;
  /** Servable stale entries of keys that are to be loaded. */
  readonly stale: ReadonlyMap<string, Entry>;
  readonly outcome: ReadOutcome;
}

async function acquireMany(
  engine: Engine,
  keys: readonly string[],
  settings: LoadSettings<never>,
): Promise<ManyGround> {
  const reads = new Map<string, Read>();
  const stale = new Map<string, Entry>();
  const rights = new Map<string, LoadRight>();
  let outcome: ReadOutcome = 'miss';
  try {
    const look = await engine.entries.look(keys, { tags: settings.tags, withAnyTag: true });
    const now = engine.surroundings.now();
    for (const [key, entry] of look.entries) {
      if (isFresh(entry, now)) reads.set(key, readOfEntry(entry, 'hit'));
      else if (isServableStale(entry, settings.staleForMs, now)) stale.set(key, entry);
    }
    const missing = keys.filter((key) => !reads.has(key));
    if (missing.length > 0) {
      const completing = engine.entries.complete(look.versions, settings.tags);
      const [leases, versions] = await Promise.all([takeLeases(engine, missing, settings), completing]);
      for (const [key, entry] of stale) if (!leases.has(key)) reads.set(key, readOfEntry(entry, 'stale'));
      for (const [key, lease] of leases) rights.set(key, { lease, versions, anyTag: look.anyTag });
    }
  } catch (error) {
    swallowOrThrow(error, settings.whenUnavailable, 'read', undefined);
    outcome = 'bypass';
  }
  return { reads, missing: keys.filter((key) => !reads.has(key)), rights, stale, outcome };
}

async function takeLeases(
  { client, keys: names }: Engine,
  keys: readonly string[],
  { leaseMs }: LoadSettings<never>,
): Promise<ReadonlyMap<string, Lease>> {
  const taken = await Promise.all(keys.map((key) => takeLease(client, names.lease(key), leaseMs)));
  const leases = new Map<string, Lease>();
  for (const [index, key] of keys.entries()) {
    const lease = taken[index];
    if (lease) leases.set(key, lease);
  }
  return leases;
}

/** When the loader fails: stale entries, if there is one for every key that was to be loaded. */
function staleInstead(
  { keys, surroundings }: Engine,
  { reads, missing, stale }: ManyGround,
  { staleForMs }: LoadSettings<never>,
  error: unknown,
): ReadonlyMap<string, Read> {
  const now = surroundings.now();
  const served = new Map(reads);
  for (const key of missing) {
    const entry = stale.get(key);
    if (!entry || !isServableStale(entry, staleForMs, now)) throw error;
    served.set(key, readOfEntry(entry, 'stale'));
  }
  for (const key of missing) publishLoadFailed({ namespace: keys.namespace, key, error });
  return served;
}
