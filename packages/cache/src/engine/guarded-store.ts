/**
 * Stores a loaded entry only if nobody invalidated it, set it or loaded it since the lease was taken.
 *
 * memcached cannot compare one key and store another in one step. So the store takes three, one after the other:
 *
 *   1. hold:   a mark in the entry's place if that is empty, and the CAS token of whatever is there
 *   2. check:  the lease is still this holder's
 *   3. commit: store, if the place is as it was in 1
 *
 * Whoever invalidates deletes the lease first and the entry second, each after the answer to the one before. If the
 * entry is deleted before 1, the lease was gone by 2. If between 1 and 3, the token no longer fits. If after 3, what was
 * stored is deleted with it. So once an invalidation has ended, no reader finds what was loaded before it, whatever
 * connections the steps take and whoever dies in between: a mark is no entry, and expires by itself.
 */
import type { CacheClient } from '@memkit/core';
import { randomToken } from '../keys/version-token.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import { isHeld, type Lease } from '../policies/lease.js';
import type { TickReads } from '../scope/tick-reads.js';
import { encodeMark } from './entry-envelope.js';

/** Longer than any way to the server; a mark that expires before the commit costs a load and no more. */
const MARK_LIFE = '10s';

export interface GuardedStore {
  readonly client: CacheClient;
  /** Reads what is to be checked; those of many stores may share a multi-get. */
  readonly checks: TickReads;
  readonly lease: Lease;
  /** The entry's name in memcached. */
  readonly name: string;
  /** The encoded entry. */
  readonly text: string;
  readonly keptMs: number;
  /** Names whose values must be as they were before the load. */
  readonly unchanged: ReadonlyMap<string, unknown>;
}

/**
 * Whether it was stored. `overtaken`: the lease is another's, and must not be given back. `changed`: it was
 * invalidated in another way.
 * @throws what the client throws
 */
export async function storeGuarded(store: GuardedStore): Promise<'stored' | 'overtaken' | 'changed'> {
  const { client, checks, lease, name, text, keptMs, unchanged } = store;
  const cas = await hold(client, name);
  const now = await checks.read([lease.name, ...unchanged.keys()]);
  if (!isHeld(lease, now.get(lease.name))) return 'overtaken';
  for (const [watched, before] of unchanged) if (now.get(watched) !== before) return 'changed';
  if (cas === undefined) return 'changed';
  const ttl = lastingAtLeast(keptMs);
  if (cas !== NO_CAS) return (await client.set(name, text, { ttl, cas })) ? 'stored' : 'changed';
  // A memcached without CAS tokens (-C): store, look again, and take it back if an invalidation fell in between.
  await client.set(name, text, { ttl });
  if (isHeld(lease, await client.get(lease.name))) return 'stored';
  await client.delete(name);
  return 'overtaken';
}

const NO_CAS = 0n;

async function hold(client: CacheClient, name: string): Promise<bigint | undefined> {
  const mark = encodeMark(randomToken());
  // Two commands on one key: they go over one connection, in this order.
  const [isMarked, seen] = await Promise.all([client.add(name, mark, { ttl: MARK_LIFE }), client.gets(name)]);
  // A client of your own may have sent them over two.
  const item = seen ?? (isMarked ? await client.gets(name) : undefined);
  if (item === undefined) return undefined;
  // Not what was put there a moment ago: somebody else was faster.
  return isMarked && item.value !== mark ? undefined : item.cas;
}
