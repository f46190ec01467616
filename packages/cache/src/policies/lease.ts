/**
 * The right to load a key, one holder among all processes: a random token added to a side key.
 *
 *   free --take--> held --store, then drop--> free
 *                   |---lease time passes---> free     a crashed holder is replaced
 *                   |---invalidate, set-----> free     and the holder's store is refused
 *
 * memcached cannot compare one key and store another in one step. So a holder looks twice: before it stores
 * (`isHeld`), which catches an invalidation at any time during the load, and after (`drop`), which catches one that
 * fell between the first look and the store; then the entry is removed again. Whoever invalidates deletes the lease
 * first and the entry second, so one of the two always sees the other. What remains: during that second case the old
 * value can be read for about one round trip; and if the holder dies within it, until its ttl ends.
 */
import type { CacheClient } from '@memkit/core';
import { randomToken } from '../keys/version-token.js';

export interface Lease {
  readonly name: string;
  readonly token: string;
}

/** Takes the lease, or `undefined` when somebody else holds it. */
export async function takeLease(client: CacheClient, name: string, leaseMs: number): Promise<Lease | undefined> {
  const token = randomToken();
  const taken = await client.add(name, token, { ttl: { milliseconds: leaseMs } });
  return taken ? { name, token } : undefined;
}

/**
 * Gives the lease back; `false` when it was no longer this holder's. The lease of a successor is left alone, but for
 * one that was taken between the two commands: then the successor's store is refused, which costs a load and no more.
 */
export async function dropLease(client: CacheClient, lease: Lease): Promise<boolean> {
  if ((await client.get(lease.name)) !== lease.token) return false;
  return await client.delete(lease.name);
}
