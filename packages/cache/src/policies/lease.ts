/**
 * The right to load a key, one holder among all processes: a random token added to a side key.
 *
 *   free --take--> held --store, then drop--> free
 *                   |---lease time passes---> free     a crashed holder is replaced
 *                   |---invalidate, set-----> free     and the holder's store is refused
 *
 * How the store is refused: see engine/guarded-store.ts.
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
 * Gives the lease back. Only for who held it a moment ago: should it have a successor since, its lease goes too, and
 * what the successor loaded is not stored. That costs a load and no more.
 */
export async function dropLease(client: CacheClient, lease: Lease): Promise<void> {
  await client.delete(lease.name);
}
