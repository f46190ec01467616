/** How long one caller waits for a flight, and what it takes instead. Callers of one flight need not agree. */
import { MemcacheError } from '@memkit/core';
import type { AbortNotice } from '../policies/abort-notice.js';
import type { Flight } from '../policies/single-flight.js';
import type { CacheRead } from './cache-options.js';
import type { Engine } from './engine.js';
import type { LoadSettings } from './settings.js';

type Read = CacheRead<unknown>;

export interface Caller {
  readonly key: string;
  readonly settings: LoadSettings<never>;
  /** `starter`: the flight is this caller's own. */
  readonly role: 'starter' | 'joiner';
  readonly abort: AbortNotice | undefined;
}

/** @throws the loader's error; `MEMCACHE_LOAD_TIMEOUT`; the reason of the caller's signal */
export async function awaitFlight(flight: Flight<Read>, engine: Engine, caller: Caller): Promise<Read> {
  flight.join();
  const { role, settings, abort } = caller;
  const takesStale = role === 'joiner' && settings.onLocked === 'stale' && settings.staleForMs > 0;
  const isPatient = settings.softTimeoutMs === undefined && settings.hardTimeoutMs === undefined;
  const read =
    isPatient && !takesStale && !abort ? await flight.result : await wait(flight, engine, caller, takesStale);
  return role === 'joiner' ? { ...read, source: 'flight' } : read;
}

function wait(flight: Flight<Read>, engine: Engine, caller: Caller, takesStaleAtOnce: boolean): Promise<Read> {
  const { key, settings, abort } = caller;
  const { surroundings, counters } = engine;
  const { softTimeoutMs, hardTimeoutMs } = settings;
  return new Promise<Read>((resolve, reject) => {
    const ends: (() => void)[] = [];
    let takesStale = takesStaleAtOnce;
    let hasTimers = false;
    const end = (): void => {
      for (const stop of ends.splice(0)) stop();
    };
    const takeStale = (): boolean => {
      const { stale } = flight;
      if (!stale || !isServable(stale, settings, surroundings.now())) return false;
      end();
      flight.stopWaiting();
      resolve(stale);
      return true;
    };
    const giveUp = (): void => {
      if (takeStale()) return;
      end();
      flight.stopWaiting();
      counters.add('loadTimeouts');
      reject(tooSlow(key, hardTimeoutMs ?? 0));
    };
    const check = (): void => {
      if (takesStale && takeStale()) return;
      if (!flight.isLoading || hasTimers) return;
      hasTimers = true;
      const beImpatient = (): void => {
        takesStale = true;
        takeStale();
      };
      if (softTimeoutMs !== undefined) ends.push(surroundings.timer(softTimeoutMs, beImpatient));
      if (hardTimeoutMs !== undefined) ends.push(surroundings.timer(hardTimeoutMs, giveUp));
    };
    const leave = (signal: AbortSignal): void => {
      end();
      flight.abandon(signal.reason);
      resolve(rejectedBy(signal));
    };
    ends.push(flight.watch(check));
    if (abort) ends.push(abort.onAbort(leave));
    flight.result.then(end, end);
    flight.result.then(resolve, reject);
    check();
  });
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
