/** Reads that are answered in this process: by what the same request has read already, or by a copy near by. */
import { isDue } from '../policies/refresh-time.js';
import { findMemo, type ScopeMemo } from '../scope/request-scope.js';
import type { CacheRead } from './cache-options.js';
import type { Engine } from './engine.js';
import { reportRead } from './load.js';
import { readOfEntry } from './load-task.js';
import type { LoadSettings } from './settings.js';

type Read = CacheRead<unknown>;

/** What the request has read; caches made from one with `with()` have it in common. */
export function memoOf({ flights }: Engine): ScopeMemo | undefined {
  return findMemo(flights);
}

/** What is known of the key, else what `read` finds out. No promise for a near hit: each of them would cost as much. */
export function readKnownOr(
  engine: Engine,
  key: string,
  settings: LoadSettings<never>,
  read: () => Promise<Read>,
): Promise<Read> | Read {
  if (engine.disabled) return read();
  const memo = memoOf(engine);
  const known = settings.near ? findKnown(engine, memo, key, settings) : undefined;
  if (known instanceof Promise) {
    return known.then((found) => {
      reportRead(engine, key, found);
      return found;
    });
  }
  if (known) {
    reportRead(engine, key, known);
    return known;
  }
  const reading = read();
  // Who gives up for its own reasons must not speak for the others of its request.
  if (memo && !settings.signal) memo.keep(engine.keys.entry(key), reading);
  return reading;
}

/**
 * What is known of the keys, and what `read` finds out about the rest.
 * @param keys each once
 */
export async function readKnownAnd(
  engine: Engine,
  keys: readonly string[],
  settings: LoadSettings<never>,
  read: (keys: readonly string[]) => Promise<ReadonlyMap<string, Read>>,
): Promise<ReadonlyMap<string, Read>> {
  if (engine.disabled) return await read(keys);
  const memo = memoOf(engine);
  const known = new Map<string, Promise<Read> | Read>();
  if (settings.near) {
    for (const key of keys) {
      const found = findKnown(engine, memo, key, settings);
      if (found) known.set(key, found);
    }
  }
  const rest = known.size === 0 ? keys : keys.filter((key) => !known.has(key));
  const reading = rest.length > 0 ? read(rest) : new Map<string, Read>();
  const [reads] = await Promise.all([reading, ...known.values()]);
  if (memo && !settings.signal) {
    for (const [key, one] of reads) memo.keep(engine.keys.entry(key), Promise.resolve(one));
  }
  if (known.size === 0) return reads;
  return new Map(
    await Promise.all(keys.map(async (key) => [key, (await known.get(key)) ?? (reads.get(key) as Read)] as const)),
  );
}

/** `undefined`: memcached must be asked. */
export function findKnown(
  engine: Engine,
  memo: ScopeMemo | undefined,
  key: string,
  settings: LoadSettings<never>,
): Promise<Read> | Read | undefined {
  const past = memo?.find(engine.keys.entry(key));
  if (past) return past.then((read) => ({ ...read, source: 'scope', durationMs: 0 }));
  const near = findNear(engine, key, settings);
  if (near) memo?.keep(engine.keys.entry(key), Promise.resolve(near));
  return near;
}

function findNear(engine: Engine, key: string, settings: LoadSettings<never>): Read | undefined {
  const { reader, surroundings } = engine;
  const entry = reader.near(key);
  // One that is to be refreshed goes the long way, where that is started.
  if (!entry || isDue(entry, settings, surroundings.now(), () => surroundings.random())) return undefined;
  return readOfEntry(entry, 'hit', 'near');
}
