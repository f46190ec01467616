/** Loads in the background: one for each key among all processes, and nobody waits for it. */
import type { Versions } from '../keys/versions.js';
import { isFresh } from '../policies/stale-policy.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishLoadFailed, publishRefresh, publishTrouble } from '../telemetry/channels.js';
import { claim } from './claim.js';
import type { Entry } from './entry-envelope.js';
import type { LoadRight } from './load-right.js';
import { loadAndStore, type LoadTask } from './load-task.js';
import { releaseLease } from './store-loaded.js';

type RefreshTask<Value> = Pick<LoadTask<Value>, 'engine' | 'settings' | 'run'>;

/** After a failure, this process leaves the key alone for so long: reads may come faster than a broken source answers. */
const PAUSE_AFTER_FAILURE_MS = 1000;

/** Never rejects. Keys that this process is refreshing already, or that failed a moment ago, are left alone. */
export function refreshInBackground<Value>(
  task: RefreshTask<Value>,
  due: ReadonlyMap<string, Entry>,
  found: Versions,
): void {
  const { engine, settings } = task;
  const { refreshes, keys, surroundings } = engine;
  const now = surroundings.now();
  const isIdle = ([key]: readonly [string, Entry]): boolean => !refreshes.find(keys.entry(key), now - settings.leaseMs);
  const own = new Map([...due].filter(isIdle));
  if (own.size === 0) return;
  const work = refresh(task, own, found).then((isDone) =>
    isDone ? undefined : surroundings.pause(PAUSE_AFTER_FAILURE_MS),
  );
  for (const key of own.keys()) refreshes.start(keys.entry(key), now, () => work);
}

/** @returns whether nothing failed */
async function refresh<Value>(
  task: RefreshTask<Value>,
  due: ReadonlyMap<string, Entry>,
  found: Versions,
): Promise<boolean> {
  const { engine, settings } = task;
  let claimed;
  try {
    claimed = await claim(engine, [...due.keys()], settings, found);
  } catch (error) {
    // Without a lease there is no refresh: the next reader is served without one, or loads by itself.
    for (const key of due.keys()) publishTrouble('refresh', key, toMemcacheError(error, 'Cannot refresh', key));
    return false;
  }
  const { look, rights } = claimed;
  const own = new Map<string, LoadRight>();
  for (const [key, right] of rights) {
    const entry = look.entries.get(key);
    // Another process has refreshed it since.
    const isRenewed = entry && isFresh(entry, engine.surroundings.now()) && entry.storedAt !== due.get(key)?.storedAt;
    if (isRenewed) void releaseLease(engine.client, right.lease);
    else own.set(key, right);
  }
  return own.size === 0 || (await loadAll(task, own, look.entries));
}

async function loadAll<Value>(
  task: RefreshTask<Value>,
  rights: ReadonlyMap<string, LoadRight>,
  previous: ReadonlyMap<string, Entry>,
): Promise<boolean> {
  const { namespace } = task.engine.keys;
  task.engine.counters.add('refreshes');
  try {
    const results = await loadAndStore(task, [...rights.keys()], rights, previous, new AbortController().signal);
    for (const [key, { loaded, entry }] of results) {
      publishRefresh({ namespace, key, stored: entry !== undefined, loadMs: loaded.loadMs });
    }
    return true;
  } catch (error) {
    for (const key of rights.keys()) publishLoadFailed({ namespace, key, error });
    return false;
  }
}
