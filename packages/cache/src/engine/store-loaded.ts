/** Stores what a loader returned, unless it was invalidated meanwhile. */
import { MemcacheError, type CacheClient } from '@memkit/core';
import { completeVersions } from '../keys/versions.js';
import { dropLease, type Lease } from '../policies/lease.js';
import { isAbsent } from '../policies/absent-value.js';
import { jittered } from '../policies/jitter.js';
import { publishRefused, publishTrouble } from '../telemetry/channels.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import type { TickReads } from '../scope/tick-reads.js';
import { storeGuarded } from './guarded-store.js';
import type { LoadRight } from './load-right.js';
import type { Engine } from './engine.js';
import { encodeEntry, type Entry } from './entry-envelope.js';
import type { Loaded } from './loader-run.js';
import type { LoadSettings } from './settings.js';

/**
 * The entry that was stored; `undefined` when it was not, and `'refused'` when that was because it is not true any
 * longer. Never throws: the caller has its value already. The lease is on its way back when this resolves.
 * @param previous what was stored before, if there is anything
 * @param checks shared with the other keys of the same load
 */
export async function storeLoaded<Value>(
  engine: Engine,
  key: string,
  loaded: Loaded<Value>,
  right: LoadRight,
  settings: LoadSettings<Value>,
  previous: Entry | undefined,
  checks: TickReads,
): Promise<Entry | 'refused' | undefined> {
  const { client, writer } = engine;
  try {
    const isWanted = loaded.mayStore && (isAbsent(loaded.value) || (settings.storeIf?.(loaded.value) ?? true));
    const stored = isWanted ? await storeUnderLease(engine, key, loaded, right, settings, checks) : 'unwanted';
    // The loader says there is none: what an earlier one said must not be served when a later one fails.
    if (previous && isAbsent(loaded.value) && typeof stored !== 'object') await writer.remove(key);
    if (stored !== 'overtaken') void releaseLease(client, right.lease);
    if (typeof stored === 'object') {
      engine.counters.add('stores');
      return stored;
    }
    if (stored === 'unwanted') return undefined;
    reportRefusal(engine, key, loaded, settings);
    return 'refused';
  } catch (error) {
    const trouble = toMemcacheError(error, 'Cannot store', key);
    publishTrouble('store', key, trouble);
    // A value that cannot be stored; when memcache is out of reach, asking again would only cost another deadline.
    if (!trouble.retryable) void releaseLease(client, right.lease);
    return undefined;
  }
}

/** Lets somebody else load at once; on an outage the lease ends by itself. Never rejects. */
export async function releaseLease(client: CacheClient, lease: Lease): Promise<void> {
  try {
    await dropLease(client, lease);
  } catch (error) {
    publishTrouble('store', undefined, toMemcacheError(error, 'Cannot give back the lease', lease.name));
  }
}

async function storeUnderLease<Value>(
  { client, keys, reader, writer, surroundings }: Engine,
  key: string,
  { value, ttlMs, tags: added, validators, loadMs }: Loaded<Value>,
  { lease, versions, anyTag }: LoadRight,
  settings: LoadSettings<Value>,
  checks: TickReads,
): Promise<Entry | 'overtaken' | 'changed'> {
  const later = new Set([...added, ...(isAbsent(value) ? [] : (settings.tagsOf?.(value) ?? []))]);
  for (const tag of versions.tags.keys()) later.delete(tag);
  let tags = versions.tags;
  if (later.size > 0) {
    const { versions: found } = await reader.look([], { tags: [...later] });
    const completed = await completeVersions(client, keys, { all: versions.all, tags: found.tags }, [...later]);
    tags = new Map([...tags, ...completed.tags]);
  }
  const storedAt = surroundings.now();
  const freshUntil = storedAt + jittered(ttlMs, settings.jitter, () => surroundings.random());
  const entry: Entry = {
    value,
    storedAt,
    freshUntil,
    loadMs: Math.ceil(loadMs),
    ...validators,
    all: versions.all,
    tags,
  };
  const text = encodeEntry(entry, key);
  const keptMs = freshUntil - storedAt + settings.staleForMs;
  // With other tokens it would count as invalidated anyway; this way those who joined the load learn of it.
  const unchanged = new Map<string, unknown>([[keys.all, versions.all]]);
  for (const [tag, token] of versions.tags) unchanged.set(keys.tag(tag), token);
  // Tokens of tags that were known only now may be newer than the value. Whoever invalidates tags changes `anyTag`
  // first: when it is as before the load, none of the tokens was changed since.
  if (later.size > 0) unchanged.set(keys.anyTag, anyTag);
  const store = { client, checks, lease, name: keys.entry(key), text, keptMs, unchanged };
  const outcome = await writer.storing(key, text, 'stored', () => storeGuarded(store));
  return outcome === 'stored' ? entry : outcome;
}

function reportRefusal<Value>(
  { counters, keys: { namespace } }: Engine,
  key: string,
  loaded: Loaded<Value>,
  settings: LoadSettings<Value>,
): void {
  counters.add('storesRefused');
  publishRefused({ namespace, key, loadMs: loaded.loadMs });
  if (loaded.loadMs > settings.leaseMs) publishTrouble('store', key, tooSlow(key, loaded, settings));
}

function tooSlow(key: string, { loadMs }: Loaded<unknown>, { leaseMs }: LoadSettings<never>): MemcacheError {
  return new MemcacheError('TIMEOUT', {
    action: 'Cannot store',
    key,
    detail: `the load took ${String(Math.round(loadMs))} ms and the lease ended after ${String(leaseMs)} ms`,
    hint: 'Raise the lease above the slowest load.',
  });
}
