/**
 * Version tokens of the namespace and of tags. An entry records the tokens it was loaded under and counts only while
 * they are the stored ones; so changing one token invalidates any number of entries, and a token that memcached
 * evicted invalidates too: a missing token never matches, and the next one made in its place is a new random one.
 */
import type { CacheClient } from '@memkit/core';
import type { KeySpace } from './key-space.js';
import { randomToken } from './version-token.js';

/** The tokens as they were read at one moment; `undefined` for one that is missing. */
export interface Versions {
  readonly all: string | undefined;
  readonly tags: ReadonlyMap<string, string | undefined>;
}

/** Tokens that all exist. */
export interface KnownVersions {
  readonly all: string;
  readonly tags: ReadonlyMap<string, string>;
}

/** Whether what was recorded with an entry is what is stored now. */
export function areCurrent(recorded: KnownVersions, stored: Versions): boolean {
  if (recorded.all !== stored.all) return false;
  for (const [tag, token] of recorded.tags) {
    if (stored.tags.get(tag) !== token) return false;
  }
  return true;
}

/**
 * Makes the missing tokens of the namespace and of `tags`. `add`, so that of several processes that miss a token at
 * once all record the same one.
 */
export async function completeVersions(
  client: CacheClient,
  keys: KeySpace,
  found: Versions,
  tags: readonly string[],
): Promise<KnownVersions> {
  const [all, ...tokens] = await Promise.all([
    found.all ?? makeToken(client, keys.all),
    ...tags.map((tag) => found.tags.get(tag) ?? makeToken(client, keys.tag(tag))),
  ]);
  return { all, tags: new Map(tags.map((tag, index) => [tag, tokens[index] ?? ''])) };
}

/** Adds the missing tokens without asking which one won; whoever needs them reads them in the same round trip, behind this. */
export async function addMissingTokens(
  client: CacheClient,
  keys: KeySpace,
  found: Versions,
  tags: readonly string[],
): Promise<void> {
  const missing = tags.filter((tag) => found.tags.get(tag) === undefined).map((tag) => keys.tag(tag));
  if (found.all === undefined) missing.push(keys.all);
  await Promise.all(missing.map((name) => client.add(name, randomToken(), { ttl: 'forever' })));
}

async function makeToken(client: CacheClient, name: string): Promise<string> {
  const token = randomToken();
  if (await client.add(name, token, { ttl: 'forever' })) return token;
  const stored = await client.get(name);
  // Gone again, or not ours: a token that matches nothing, so that the entry counts as invalidated.
  return typeof stored === 'string' ? stored : token;
}

/** Gives the name a new token: whatever recorded the old one is invalid from now on. */
export async function renewToken(client: CacheClient, name: string): Promise<void> {
  await client.set(name, randomToken(), { ttl: 'forever' });
}
