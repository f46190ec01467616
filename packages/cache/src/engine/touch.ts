/** Gives an entry another time to live, and leaves the rest of it as it is. */
import { isFresh } from '../policies/stale-policy.js';
import type { Engine } from './engine.js';
import type { Defaults } from './settings.js';

/**
 * Whether there was a fresh entry. One that somebody else changes meanwhile keeps what it was given there.
 * @param ttlMs from now on
 * @throws what the client throws
 */
export async function touchEntry(
  { client, reader, writer, keys, surroundings }: Engine,
  key: string,
  ttlMs: number,
  { staleForMs }: Defaults,
): Promise<boolean> {
  // The token is read first: if the entry is another one by the time it is looked at, it is not stored over.
  const item = await client.gets(keys.entry(key));
  if (item === undefined || item.cas === NO_CAS) return false;
  const entry = (await reader.look([key])).entries.get(key);
  const now = surroundings.now();
  if (!entry || !isFresh(entry, now)) return false;
  return await writer.write(key, { ...entry, freshUntil: now + ttlMs }, ttlMs + staleForMs, item.cas);
}

/** A memcached without CAS tokens (-C): storing over an entry could bring back one that was invalidated meanwhile. */
const NO_CAS = 0n;
