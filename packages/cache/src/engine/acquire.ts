/**
 * From a key to either its value or the right to load it.
 *
 *   look --fresh------------------------------> found
 *    |miss or stale
 *    v
 *   take lease --won--> look again --fresh----> found (somebody stored in between)
 *    ^    |lost               '-----------------> load, and store under the lease
 *    |    |--stale is servable------------------> found, stale
 *    |    v
 *    '- wait, look --fresh or stale-------------> found
 *  lease is free     '--the lease time is over--> load, without storing
 */
import { takeLease, type Lease } from '../policies/lease.js';
import { waitBeforeLook } from '../policies/lease-wait.js';
import { isFresh, isServableStale } from '../policies/stale-policy.js';
import type { KnownVersions } from '../keys/versions.js';
import type { Engine } from './engine.js';
import type { Look } from './entries.js';
import type { Entry } from './entry-envelope.js';
import type { LoadSettings } from './settings.js';

/** What a load needs to be stored: nothing that was invalidated after this was taken can come back. */
export interface LoadRight {
  readonly lease: Lease;
  readonly versions: KnownVersions;
  readonly anyTag: string | undefined;
}

export type Ground =
  | { readonly kind: 'fresh' | 'stale'; readonly entry: Entry }
  | { readonly kind: 'load'; readonly right: LoadRight | undefined; readonly stale: Entry | undefined };

/**
 * @throws what the client throws on an outage
 * @param keepStale is told about a servable stale entry as soon as one is seen
 */
export async function acquire(
  engine: Engine,
  key: string,
  settings: LoadSettings<never>,
  keepStale: (entry: Entry) => void,
): Promise<Ground> {
  const { entries, surroundings } = engine;
  const { tags, leaseMs } = settings;
  const first = findGround(await entries.look([key], { tags }), key, settings, surroundings.now());
  if (first?.kind === 'fresh') return first;
  if (first) keepStale(first.entry);

  const giveUpAt = surroundings.now() + leaseMs;
  for (let stale = first?.entry; ;) {
    const lease = await takeLease(engine.client, engine.keys.lease(key), leaseMs);
    if (lease) return await lookAgain(engine, key, settings, lease);
    if (stale) return { kind: 'stale', entry: stale };
    const seen = await waitForHolder(engine, key, settings, giveUpAt);
    if (seen === 'give up') return { kind: 'load', right: undefined, stale: undefined };
    if (seen !== 'free') return seen;
    stale = undefined;
  }
}

/** Between the first look and the lease somebody may have stored: exactly one load needs this second look. */
async function lookAgain(engine: Engine, key: string, settings: LoadSettings<never>, lease: Lease): Promise<Ground> {
  const { tags } = settings;
  const look = await engine.entries.look([key], { tags, withAnyTag: true });
  const ground = findGround(look, key, settings, engine.surroundings.now());
  if (ground?.kind === 'fresh') {
    await engine.client.delete(lease.name);
    return ground;
  }
  // Before the load: a token made after it would call a value current that an invalidation in between made old.
  const versions = await engine.entries.complete(look.versions, tags);
  return { kind: 'load', right: { lease, versions, anyTag: look.anyTag }, stale: ground?.entry };
}

/** Until the holder has stored, has let go, or the lease time is over. */
async function waitForHolder(
  engine: Engine,
  key: string,
  settings: LoadSettings<never>,
  giveUpAt: number,
): Promise<Ground | 'free' | 'give up'> {
  const { entries, surroundings } = engine;
  for (let attempt = 0; surroundings.now() < giveUpAt; attempt += 1) {
    await surroundings.sleep(waitBeforeLook(attempt, surroundings.random()));
    const look = await entries.look([key], { tags: settings.tags, withLeases: true });
    const ground = findGround(look, key, settings, surroundings.now());
    if (ground) return ground;
    if (!look.leases.has(key)) return 'free';
  }
  return 'give up';
}

function findGround(
  look: Look,
  key: string,
  { staleForMs }: LoadSettings<never>,
  now: number,
): { kind: 'fresh' | 'stale'; entry: Entry } | undefined {
  const entry = look.entries.get(key);
  if (!entry) return undefined;
  if (isFresh(entry, now)) return { kind: 'fresh', entry };
  return isServableStale(entry, staleForMs, now) ? { kind: 'stale', entry } : undefined;
}
