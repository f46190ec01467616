/**
 * Saves a session without losing what another request saved, and without bringing a destroyed one back. Every write
 * is an `add`, or a CAS write against exactly what was merged:
 *
 *                 in memcache:  nothing        tombstone      a session
 *   known (loaded or saved)     dropped        dropped        merged, CAS
 *   new (generated)             add            replaced, CAS  merged, CAS
 *   from elsewhere              add            dropped        replaced, CAS
 */
import { MemcacheError, type CacheClient, type CasItem, type Ttl } from '@memkit/core';
import { isUnchanged, mergeSessions, type MergedSession } from './session-merge.js';
import type { SessionOrigin } from './session-origins.js';
import { readSession, toText, type SessionFields } from './session-serializer.js';
import { publishConflict } from './telemetry/channels.js';

/** `destroyed` and `gone`: nothing was written, because the session no longer exists. */
export type SaveOutcome = 'saved' | 'destroyed' | 'gone';

export interface SessionToSave {
  readonly key: string;
  readonly fields: SessionFields;
  /** `undefined` for a session object that came from elsewhere. */
  readonly origin: SessionOrigin | undefined;
  /** How long a session with these fields lives. */
  readonly ttlOf: (fields: SessionFields) => Ttl;
}

/** Each attempt fails only because another request's save succeeded, so this many must all have been faster. */
const MOST_ATTEMPTS = 100;
const NOTHING: SessionFields = new Map();

/** @throws what the client throws, and `MEMCACHE_TIMEOUT` when other requests keep being faster */
export async function saveSession(client: CacheClient, session: SessionToSave): Promise<SaveOutcome> {
  const { key, fields, origin, ttlOf } = session;
  if (origin?.kind === 'known') {
    if (isUnchanged(origin.base(), fields)) return (await client.touch(key, ttlOf(fields))) ? 'saved' : 'gone';
    if (origin.cas !== undefined && (await write(client, session, fields, origin.cas))) return 'saved';
  } else if (await create(client, session)) {
    return 'saved';
  }
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt += 1) {
    const outcome = await saveOver(client, session, await client.gets(key));
    if (outcome !== 'changed meanwhile') return outcome;
  }
  throw new MemcacheError('TIMEOUT', {
    action: 'Cannot save the session',
    key,
    detail: `other requests saved it ${String(MOST_ATTEMPTS)} times while this one tried`,
    hint: 'Look for a client that writes to its session in a loop.',
  });
}

async function saveOver(
  client: CacheClient,
  session: SessionToSave,
  current: CasItem | undefined,
): Promise<SaveOutcome | 'changed meanwhile'> {
  const { fields, origin } = session;
  if (current === undefined) {
    if (origin?.kind === 'known') return 'gone';
    return (await create(client, session)) ? 'saved' : 'changed meanwhile';
  }
  const stored = readSession(current.value);
  if (stored.kind === 'tombstone' && origin?.kind !== 'new') return 'destroyed';
  const theirs = stored.kind === 'session' ? stored.fields() : undefined;
  const merged: MergedSession | undefined = theirs && origin && mergeSessions(baseOf(origin), fields, theirs);
  if (!(await write(client, session, merged?.fields ?? fields, current.cas))) return 'changed meanwhile';
  if (merged) publishConflict({ keys: merged.conflicts });
  return 'saved';
}

function baseOf(origin: SessionOrigin): SessionFields {
  return origin.kind === 'known' ? origin.base() : NOTHING;
}

function create(client: CacheClient, { key, fields, ttlOf }: SessionToSave): Promise<boolean> {
  return client.add(key, toText(fields), { ttl: ttlOf(fields) });
}

function write(
  client: CacheClient,
  { key, ttlOf }: SessionToSave,
  fields: SessionFields,
  cas: bigint,
): Promise<boolean> {
  return client.set(key, toText(fields), { ttl: ttlOf(fields), cas });
}
