/**
 * One search for the values of some keys: found, or loaded. No key is loaded twice in it.
 *
 *   look --fresh, or stale and refreshed in the background--------> found
 *    |miss or stale
 *    v
 *   claim (take the lease, --won----fresh-------------------------> found (somebody stored in between)
 *    ^    then look again)     '----else--------------------------> load, and store under the lease
 *    |     |lost----fresh, or stale if onLocked says so-----------> found
 *    |     |   '----onLocked 'load'-------------------------------> load, without storing
 *    |     v
 *    '- wait, look --fresh, or stale if onLocked says so----------> found
 *  lease is free '--waited as long as leases last-----------------> load, without storing
 */
import type { Versions } from '../keys/versions.js';
import { LeaseWait, waitBeforeLook } from '../policies/lease-wait.js';
import { isDue } from '../policies/refresh-time.js';
import { isFresh, isServableStale } from '../policies/stale-policy.js';
import { swallowOrThrow, toMemcacheError } from '../policies/unavailable-policy.js';
import { publishLoadFailed, publishTrouble } from '../telemetry/channels.js';
import type { CacheRead } from './cache-options.js';
import { claim } from './claim.js';
import type { Entry } from './entry-envelope.js';
import type { Look } from './entry-reader.js';
import type { LoadRight } from './load-right.js';
import { loadAndStore, readOfEntry, readOfLoad, type LoadTask } from './load-task.js';
import { refreshInBackground } from './refresh.js';
import { releaseLease } from './store-loaded.js';

type Read = CacheRead<unknown>;

export class Search<Value> {
  readonly #task: LoadTask<Value>;
  readonly #reads = new Map<string, Read>();
  /** Keys that are neither found nor being loaded. */
  readonly #open: Set<string>;
  /** The last entries seen, fresh or not. */
  readonly #seen = new Map<string, Entry>();
  readonly #loads: Promise<void>[] = [];

  constructor(task: LoadTask<Value>, keys: readonly string[]) {
    this.#task = task;
    this.#open = new Set(keys);
  }

  /** From the first look on. */
  async goOn(look: Look): Promise<ReadonlyMap<string, Read>> {
    try {
      this.#takeAtFirst(look);
      if (this.#open.size > 0) await this.#claimOrWait(look.versions);
    } catch (error) {
      return await this.goWithout(error);
    }
    // A hit has none, and is spared a promise.
    if (this.#loads.length > 0) await Promise.all(this.#loads);
    return this.#reads;
  }

  /** When memcached fails: what was seen last, or the loaders, as `whenUnavailable` says. */
  async goWithout(error: unknown): Promise<ReadonlyMap<string, Read>> {
    if (this.#task.signal.aborted) throw error;
    this.#noteLastKnown();
    if (this.#task.settings.whenUnavailable === 'miss' || !this.#takeLastKnown(error)) {
      const [key] = this.#open;
      swallowOrThrow(error, this.#task.settings.whenUnavailable, 'read', this.#open.size === 1 ? key : undefined);
      this.#startLoad([...this.#open], 'bypass', new Map());
    }
    await Promise.all(this.#loads);
    return this.#reads;
  }

  #takeAtFirst({ entries, versions }: Look): void {
    const due = new Map<string, Entry>();
    for (const [key, entry] of entries) {
      if (this.#takeFirst(key, entry)) due.set(key, entry);
    }
    if (due.size > 0) refreshInBackground(this.#task, due, versions);
  }

  /** Whether it is found and to be refreshed in the background. */
  #takeFirst(key: string, entry: Entry): boolean {
    const { settings, engine } = this.#task;
    const now = engine.surroundings.now();
    if (isFresh(entry, now)) {
      this.#found(key, entry, 'hit');
      return isDue(entry, settings, now, () => engine.surroundings.random());
    }
    const isEnough = settings.refresh === 'background' && isServableStale(entry, settings.staleForMs, now);
    if (isEnough) this.#found(key, entry, 'stale');
    else this.#note(key, entry);
    return isEnough;
  }

  async #claimOrWait(found: Versions): Promise<void> {
    const { engine, settings } = this.#task;
    const { surroundings, reader } = engine;
    const wait = new LeaseWait(settings.leaseMs, surroundings.now());
    let free: readonly string[] = [...this.#open];
    for (let attempt = 0; ; attempt += 1) {
      if (free.length > 0) await this.#claim(free, found);
      const locked = [...this.#open];
      if (locked.length === 0) return;
      if (settings.onLocked === 'load' || wait.isOver(surroundings.now())) {
        this.#startLoad(locked, 'miss', new Map());
        return;
      }
      if (attempt === 0) engine.counters.add('leaseWaits', locked.length);
      this.#task.startLoading();
      await surroundings.sleep(waitBeforeLook(attempt, surroundings.random()));
      this.#task.signal.throwIfAborted();
      const look = await reader.look(locked, { tags: settings.tags, withLeases: true });
      this.#takeSeen(look, locked);
      const stillLocked = locked.filter((key) => this.#open.has(key));
      wait.look(stillLocked, look.leases, surroundings.now());
      free = stillLocked.filter((key) => !look.leases.has(key));
    }
  }

  /** Starts the load of what nobody else is loading. */
  async #claim(keys: readonly string[], found: Versions): Promise<void> {
    const { engine, settings } = this.#task;
    const { look, rights } = await claim(engine, keys, settings, found);
    const own = new Map<string, LoadRight>();
    for (const [key, right] of rights) {
      const entry = look.entries.get(key);
      if (entry && isFresh(entry, engine.surroundings.now())) void releaseLease(engine.client, right.lease);
      else own.set(key, right);
      if (entry) this.#note(key, entry);
    }
    if (own.size > 0) this.#startLoad([...own.keys()], 'miss', own);
    this.#takeSeen(look, keys);
  }

  /** Takes of what was seen whatever will do while somebody else loads. */
  #takeSeen(look: Look, keys: readonly string[]): void {
    const { engine, settings } = this.#task;
    const now = engine.surroundings.now();
    for (const key of keys) {
      const entry = look.entries.get(key);
      if (!entry || !this.#open.has(key)) continue;
      const isEnough = settings.onLocked === 'stale' && isServableStale(entry, settings.staleForMs, now);
      if (isFresh(entry, now)) this.#found(key, entry, 'hit');
      else if (isEnough) this.#found(key, entry, 'stale');
      else this.#note(key, entry);
    }
  }

  #found(key: string, entry: Entry, outcome: 'hit' | 'stale'): void {
    this.#open.delete(key);
    this.#reads.set(key, readOfEntry(entry, outcome));
  }

  /** Memcached does not answer: what this process saw last may serve in place of a loader that fails, too. */
  #noteLastKnown(): void {
    const { reader } = this.#task.engine;
    for (const key of this.#open) {
      const entry = this.#seen.get(key) ?? reader.lastKnown(key);
      if (entry) this.#note(key, entry);
    }
  }

  /** In place of rejecting, where `staleFor` allows it for every key. */
  #takeLastKnown(error: unknown): boolean {
    const { engine, settings } = this.#task;
    const now = engine.surroundings.now();
    const last = Array.from(this.#open, (key) => [key, this.#seen.get(key)] as const);
    const isServable = (entry: Entry | undefined): entry is Entry =>
      entry !== undefined && isServableStale(entry, settings.staleForMs, now);
    if (!last.every(([, entry]) => isServable(entry))) return false;
    for (const [key, entry] of last) {
      if (!entry) continue;
      this.#found(key, entry, 'stale');
      publishTrouble('read', key, toMemcacheError(error, 'Cannot read', key));
    }
    return true;
  }

  #note(key: string, entry: Entry): void {
    const { engine, settings } = this.#task;
    this.#seen.set(key, entry);
    if (isServableStale(entry, settings.staleForMs, engine.surroundings.now())) this.#task.offerStale(key, entry);
  }

  #startLoad(keys: readonly string[], outcome: 'miss' | 'bypass', rights: ReadonlyMap<string, LoadRight>): void {
    for (const key of keys) this.#open.delete(key);
    const loading = this.#load(keys, outcome, rights);
    // Awaited at the end; until then something else may be waited for when this one fails.
    loading.catch(() => undefined);
    this.#loads.push(loading);
  }

  async #load(
    keys: readonly string[],
    outcome: 'miss' | 'bypass',
    rights: ReadonlyMap<string, LoadRight>,
  ): Promise<void> {
    const task = this.#task;
    task.startLoading();
    try {
      const whenLoaded = (): void => {
        if (rights.size > 0) task.closeToJoiners();
      };
      const results = await loadAndStore(task, keys, rights, this.#seen, task.signal, whenLoaded);
      for (const [key, result] of results) {
        if (result.isRefused) task.refuse(key);
        this.#reads.set(key, readOfLoad(result, outcome));
      }
    } catch (error) {
      this.#takeStaleInstead(keys, error);
    }
  }

  /** When the loader fails: stale entries, if there is one for every key that it was to load. */
  #takeStaleInstead(keys: readonly string[], error: unknown): void {
    const { engine, settings, hasWaiting, signal } = this.#task;
    if (signal.aborted) throw error;
    const now = engine.surroundings.now();
    const stale = keys.flatMap((key) => {
      const entry = this.#seen.get(key);
      return entry && isServableStale(entry, settings.staleForMs, now) ? [[key, entry] as const] : [];
    });
    const isEnough = stale.length === keys.length;
    if (isEnough || !hasWaiting) {
      for (const key of keys) publishLoadFailed({ namespace: engine.keys.namespace, key, error });
    }
    if (!isEnough) throw error;
    for (const [key, entry] of stale) this.#found(key, entry, 'stale');
  }
}
