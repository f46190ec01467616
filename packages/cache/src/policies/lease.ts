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
import { lastingAtLeast } from './clock-step.js';

export interface Lease {
  readonly name: string;
  readonly token: string;
}

/** Takes the lease, or `undefined` when somebody else holds it. */
export async function takeLease(client: CacheClient, name: string, leaseMs: number): Promise<Lease | undefined> {
  const token = randomToken();
  const taken = await client.add(name, token, { ttl: lastingAtLeast(leaseMs) });
  return taken ? { name, token } : undefined;
}

/** Whether this holder still has the lease. */
export function isHeld(lease: Lease, stored: unknown): boolean {
  return stored === lease.token;
}

/**
 * Gives the lease back, in one round trip; `false` when it was no longer this holder's. Only for who held it a moment
 * ago: should it have a successor since, its lease goes too, and what the successor loaded is not stored. That costs a
 * load and no more.
 */
export async function dropLease(client: CacheClient, lease: Lease): Promise<boolean> {
  // Both go to one server over one connection, in this order.
  const [stored, wasThere] = await Promise.all([client.get(lease.name), client.delete(lease.name)]);
  return isHeld(lease, stored) && wasThere;
}
