/** Writes from outside a load: `set` and the three ways to invalidate. */
import { isMemcacheError } from '@memkit/core';
import { completeVersions, renewToken } from '../keys/versions.js';
import { isAbsent } from '../policies/absent-value.js';
import { jittered } from '../policies/jitter.js';
import { publishInvalidate } from '../telemetry/channels.js';
import type { Engine } from './engine.js';
import type { Entry } from './entry-envelope.js';
import { forgetAllFlights, forgetFlights } from './load.js';
import type { LoadSettings } from './settings.js';

/** Leases first, entries second: see engine/guarded-store.ts for why the order matters. */
export async function removeEntries(engine: Engine, keys: readonly string[]): Promise<void> {
  const { client, keys: names, writer } = engine;
  for (const key of keys) forgetFlights(engine, key);
  const guardThenRemove = async (key: string): Promise<void> => {
    // Also at once: the server of the lease may be slow to fail, and the entry on another one.
    const first = settleAll([client.delete(names.lease(key)), writer.remove(key)]);
    const second = first.catch(() => undefined).then(() => writer.remove(key));
    await settleAll([first, second]);
  };
  await settleAll(keys.map(guardThenRemove));
  publishInvalidate({ namespace: names.namespace, keys, tags: [] });
}

/** The token that all loads under way watch is changed before those of the tags: see engine/store-loaded.ts. */
export async function renewTags(engine: Engine, tags: readonly string[]): Promise<void> {
  const { client, keys: names } = engine;
  const renewEach = (): Promise<void>[] => tags.map((tag) => renewToken(client, names.tag(tag)));
  forgetAllFlights(engine);
  await engine.writer.renewing(tags, async () => {
    // Also at once: the server of the watched token may be down, and those of the tags not.
    await settleAll([renewToken(client, names.anyTag), ...renewEach()]);
    await settleAll(renewEach());
  });
  publishInvalidate({ namespace: names.namespace, keys: [], tags });
}

export async function renewNamespace(engine: Engine): Promise<void> {
  forgetAllFlights(engine);
  await engine.writer.renewing('all', () => renewToken(engine.client, engine.keys.all));
  publishInvalidate({ namespace: engine.keys.namespace, keys: [], tags: [] });
}

/** Stores a value; `undefined` removes the entry. When it cannot be stored, the old one is removed all the same. */
export async function storeValue<Value>(
  engine: Engine,
  key: string,
  value: Value,
  settings: LoadSettings<Value>,
): Promise<void> {
  if (isAbsent(value)) return removeEntries(engine, [key]);
  const { client, keys: names, reader, writer, surroundings } = engine;
  const tags = [...new Set([...settings.tags, ...(settings.tagsOf?.(value) ?? [])])];
  forgetFlights(engine, key);
  try {
    const [{ versions }] = await Promise.all([reader.look([], { tags }), client.delete(names.lease(key))]);
    const completed = await completeVersions(client, names, versions, tags);
    const storedAt = surroundings.now();
    const ttlMs = jittered(settings.ttlMs, settings.jitter, () => surroundings.random());
    const entry: Entry = { value, storedAt, freshUntil: storedAt + ttlMs, ...completed };
    await writer.write(key, entry, ttlMs + settings.staleForMs);
  } catch (error) {
    // A value that cannot be stored must not leave the old one behind.
    const removing = writer.remove(key);
    if (isMemcacheError(error) && !error.retryable) await removing;
    // Out of reach: the client keeps the delete and does it first once it reaches the server again. The failure of the
    // store says it all, and is known without another deadline.
    else removing.catch(() => undefined);
    throw error;
  }
}

/** Waits for all, so that nothing is under way when the first failure is thrown. */
async function settleAll(work: readonly Promise<unknown>[]): Promise<void> {
  await Promise.allSettled(work);
  await Promise.all(work);
}
