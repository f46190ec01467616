/** How long one caller waits for a flight, and what it takes instead. Callers of one flight need not agree. */
import { MemcacheError } from '@memkit/core';
import type { AbortNotice } from '../policies/abort-notice.js';
import { isFresh } from '../policies/stale-policy.js';
import type { Flight } from '../policies/single-flight.js';
import type { CacheRead } from './cache-options.js';
import type { Engine } from './engine.js';
import { readOfEntry } from './load-task.js';
import type { LoadSettings } from './settings.js';

type Read = CacheRead<unknown>;

export interface Caller {
  readonly key: string;
  readonly settings: LoadSettings<never>;
  /** `starter`: the flight is this caller's own. */
  readonly role: 'starter' | 'joiner';
  readonly abort: AbortNotice | undefined;
}

/**
 * `undefined`: a joiner must read again, because it may have come after an invalidation that the flight has not seen:
 * the flight was refused, or it had looked before the joiner came and found a value.
 * @throws the loader's error; `MEMCACHE_LOAD_TIMEOUT`; the reason of the caller's signal
 */
export function awaitFlight(flight: Flight<Read>, engine: Engine, caller: Caller): Promise<Read | undefined> {
  const { role, settings, abort } = caller;
  const isLate = role === 'joiner' && flight.mayHaveLooked;
  flight.join();
  const isPatient = settings.softTimeoutMs === undefined && settings.hardTimeoutMs === undefined;
  const waitsForResult = isPatient && !abort && !takesStaleAtOnce(caller);
  if (waitsForResult && role === 'starter') return flight.result;
  const wait = waitsForResult ? undefined : new Wait(flight, engine, caller);
  return settle(flight, wait, role, isLate);
}

async function settle(
  flight: Flight<Read>,
  wait: Wait | undefined,
  role: Caller['role'],
  isLate: boolean,
): Promise<Read | undefined> {
  const read = await (wait?.outcome ?? flight.result);
  if (role === 'starter' || read === wait?.own) return read;
  // A stale value in place of a loader that failed is enough: another call would fail, too.
  const isOfLook = read.outcome === 'hit' || (read.outcome === 'stale' && !flight.isLoading);
  const isOutdated = isOfLook ? isLate : flight.isRefused;
  return isOutdated ? undefined : { ...read, source: 'flight' };
}

function takesStaleAtOnce({ role, settings }: Caller): boolean {
  return role === 'joiner' && settings.onLocked === 'stale' && settings.staleForMs > 0;
}

class Wait {
  readonly outcome: Promise<Read>;
  readonly #flight: Flight<Read>;
  readonly #engine: Engine;
  readonly #caller: Caller;
  readonly #ends: (() => void)[] = [];
  #resolve: (read: Read | Promise<never>) => void = () => undefined;
  #takesStale: boolean;
  #hasTimers = false;
  #isLooking = false;
  #own: Read | undefined;

  constructor(flight: Flight<Read>, engine: Engine, caller: Caller) {
    this.#flight = flight;
    this.#engine = engine;
    this.#caller = caller;
    this.#takesStale = takesStaleAtOnce(caller);
    this.outcome = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      flight.result.then(resolve, reject);
    });
    const end = (): void => {
      this.#end();
    };
    flight.result.then(end, end);
    this.#ends.push(
      flight.watch(() => {
        this.#check();
      }),
    );
    if (caller.abort)
      this.#ends.push(
        caller.abort.onAbort((signal) => {
          this.#leave(signal);
        }),
      );
    this.#check();
  }

  /** What a joiner has seen itself. */
  get own(): Read | undefined {
    return this.#own;
  }

  #check(): void {
    const { softTimeoutMs, hardTimeoutMs } = this.#caller.settings;
    const { surroundings } = this.#engine;
    if (this.#takesStale && this.#takeStale()) return;
    if (!this.#flight.isLoading || this.#hasTimers) return;
    this.#hasTimers = true;
    const beImpatient = (): void => {
      this.#takesStale = true;
      this.#takeStale();
    };
    const giveUp = (): void => {
      void this.#giveUp();
    };
    if (softTimeoutMs !== undefined) this.#ends.push(surroundings.timer(softTimeoutMs, beImpatient));
    if (hardTimeoutMs !== undefined) this.#ends.push(surroundings.timer(hardTimeoutMs, giveUp));
  }

  #takeStale(): boolean {
    if (this.#ends.length === 0) return false;
    const { role, settings } = this.#caller;
    const stale = role === 'starter' ? this.#flight.stale : this.#own;
    if (stale && isServable(stale, settings, this.#engine.surroundings.now())) {
      this.#end();
      this.#flight.stopWaiting();
      this.#resolve(stale);
      return true;
    }
    if (role === 'joiner' && !this.#isLooking && this.#flight.stale)
      void this.#lookMyself().then(() => this.#takeStale());
    return false;
  }

  /** What the flight saw may have been invalidated before this caller came. */
  async #lookMyself(): Promise<void> {
    const { stale } = this.#flight;
    if (this.#isLooking || !stale) return;
    // Once: what was invalidated or is too old stays so.
    this.#isLooking = true;
    const { key } = this.#caller;
    try {
      const entry = (await this.#engine.reader.look([key])).entries.get(key);
      const isStale = entry && !isFresh(entry, this.#engine.surroundings.now());
      this.#own = entry && readOfEntry(entry, isStale ? 'stale' : 'hit');
    } catch {
      // Nobody can tell; the loader's flight meets the same trouble, and publishes it.
      this.#own = stale;
    }
  }

  async #giveUp(): Promise<void> {
    const { role, key, settings } = this.#caller;
    if (role === 'joiner') await this.#lookMyself();
    if (this.#takeStale() || this.#ends.length === 0) return;
    this.#end();
    this.#flight.stopWaiting();
    this.#engine.counters.add('loadTimeouts');
    this.#resolve(Promise.reject(tooSlow(key, settings.hardTimeoutMs ?? 0)));
  }

  #leave(signal: AbortSignal): void {
    this.#end();
    this.#flight.abandon(signal.reason);
    this.#resolve(rejectedBy(signal));
  }

  #end(): void {
    for (const stop of this.#ends.splice(0)) stop();
  }
}

/** With its reason, whatever that is. */
function rejectedBy(signal: AbortSignal): Promise<never> {
  return new Promise(() => {
    signal.throwIfAborted();
  });
}

function isServable({ freshUntil }: Read, { staleForMs }: LoadSettings<never>, now: number): boolean {
  return freshUntil !== undefined && staleForMs > 0 && now < freshUntil + staleForMs;
}

function tooSlow(key: string, hardTimeoutMs: number): MemcacheError {
  return new MemcacheError('LOAD_TIMEOUT', {
    action: 'Cannot load',
    key,
    detail: `there is no value after ${String(hardTimeoutMs)} ms, and no stale one to serve instead`,
  });
}
