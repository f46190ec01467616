/** Stores what a loader returned, unless it was invalidated meanwhile. */
import { MemcacheError, type CacheClient } from '@memkit/core';
import { dropLease, isHeld, type Lease } from '../policies/lease.js';
import { isAbsent } from '../policies/absent-value.js';
import { publishTrouble } from '../telemetry/channels.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import type { LoadRight } from './load-right.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import type { Loaded } from './loader-run.js';
import type { LoadSettings } from './settings.js';

/** The entry that was stored; `undefined` when it was not. Never throws: the caller has its value already. */
export async function storeLoaded<Value>(
  engine: Engine,
  key: string,
  loaded: Loaded<Value>,
  right: LoadRight,
  settings: LoadSettings<Value>,
  hasStale: boolean,
): Promise<Entry | undefined> {
  try {
    const stored = loaded.mayStore ? await storeUnderLease(engine, key, loaded, right, settings) : 'unwanted';
    // The loader says there is none: what an earlier one said must not be served when a later one fails.
    if (hasStale && isAbsent(loaded.value)) await engine.entries.remove(key);
    const kept = stored !== 'overtaken' && (await dropLease(engine.client, right.lease));
    if (typeof stored === 'object' && !kept) await engine.entries.remove(key);
    if (!kept && loaded.mayStore && loaded.loadMs > settings.leaseMs)
      publishTrouble('store', key, tooSlow(key, loaded, settings));
    return typeof stored === 'object' && kept ? stored : undefined;
  } catch (error) {
    const trouble = toMemcacheError(error, 'Cannot store', key);
    publishTrouble('store', key, trouble);
    // A value that cannot be stored; when memcache is out of reach, asking again would only cost another deadline.
    if (!trouble.retryable) await releaseLease(engine.client, right.lease);
    return undefined;
  }
}

/** Lets somebody else load at once; on an outage the lease ends by itself. */
export async function releaseLease(client: CacheClient, lease: Lease): Promise<void> {
  try {
    await dropLease(client, lease);
  } catch (error) {
    publishTrouble('store', undefined, toMemcacheError(error, 'Cannot give back the lease', lease.name));
  }
}

async function storeUnderLease<Value>(
  { client, keys, entries, surroundings }: Engine,
  key: string,
  { value, ttlMs, tags: added }: Loaded<Value>,
  { lease, versions, anyTag }: LoadRight,
  settings: LoadSettings<Value>,
): Promise<Entry | 'unwanted' | 'overtaken'> {
  if (settings.storeIf && !settings.storeIf(value)) return 'unwanted';
  const later = new Set([...added, ...(settings.tagsOf?.(value) ?? [])]);
  for (const tag of versions.tags.keys()) later.delete(tag);
  let tags = versions.tags;
  if (later.size > 0) {
    const { versions: found } = await entries.look([], { tags: [...later] });
    const completed = await entries.complete({ all: versions.all, tags: found.tags }, [...later]);
    tags = new Map([...tags, ...completed.tags]);
  }
  // Tokens of tags that were known only now may be newer than the value. Whoever invalidates tags changes `anyTag`
  // first: when it is as before the load, none of the tokens was changed since.
  const now = await client.getMany(later.size > 0 ? [lease.name, keys.anyTag] : [lease.name]);
  if (!isHeld(lease, now.get(lease.name))) return 'overtaken';
  if (later.size > 0 && now.get(keys.anyTag) !== anyTag) return 'unwanted';
  const storedAt = surroundings.now();
  const entry: Entry = { value, storedAt, freshUntil: storedAt + ttlMs, all: versions.all, tags };
  await entries.write(key, entry, ttlMs + settings.staleForMs);
  return entry;
}

function tooSlow(key: string, { loadMs }: Loaded<unknown>, { leaseMs }: LoadSettings<never>): MemcacheError {
  return new MemcacheError('TIMEOUT', {
    action: 'Cannot store',
    key,
    detail: `the load took ${String(Math.round(loadMs))} ms and the lease ended after ${String(leaseMs)} ms`,
    hint: 'Raise the lease above the slowest load.',
  });
}
