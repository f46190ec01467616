/**
 * From a key to either its value or the right to load it.
 *
 *   look --fresh------------------------------> found
 *    |miss or stale
 *    v
 *   take the lease --won----fresh-------------> found (somebody stored in between)
 *   and look again       '--else--------------> load, and store under the lease
 *    ^    |lost----fresh or stale-------------> found
 *    |    v
 *    '- wait, look --fresh or stale-----------> found
 *  lease is free     '--the lease time is over> load, without storing
 */
import { longestLifeMs } from '../policies/clock-step.js';
import { takeLease } from '../policies/lease.js';
import { waitBeforeLook } from '../policies/lease-wait.js';
import { isFresh, isServableStale } from '../policies/stale-policy.js';
import type { Versions } from '../keys/versions.js';
import type { Engine } from './engine.js';
import type { Look } from './entries.js';
import type { Entry } from './entry-envelope.js';
import type { LoadRight } from './load-right.js';
import type { LoadSettings } from './settings.js';
import { releaseLease } from './store-loaded.js';

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
  const look = await entries.look([key], { tags });
  const first = findGround(look, key, settings, surroundings.now());
  if (first?.kind === 'fresh') return first;
  if (first) keepStale(first.entry);

  const giveUpAt = surroundings.now() + longestLifeMs(leaseMs);
  for (;;) {
    const claimed = await claim(engine, key, settings, look.versions);
    if (claimed !== 'held') return claimed;
    const seen = await waitForHolder(engine, key, settings, giveUpAt);
    if (seen === 'give up') return { kind: 'load', right: undefined, stale: undefined };
    if (seen !== 'free') return seen;
  }
}

/**
 * Takes the lease and, in the same round trip, looks again. Over one connection memcached takes the lease first, so
 * that whoever wins it sees what its last holder stored. With several servers a load can run twice if one of them is
 * behind the other by more than the last holder's whole way from its store to giving back the lease.
 */
async function claim(
  engine: Engine,
  key: string,
  settings: LoadSettings<never>,
  found: Versions,
): Promise<Ground | 'held'> {
  const { client, entries, keys, surroundings } = engine;
  const { tags, leaseMs } = settings;
  const making = entries.makeMissing(found, tags);
  const taking = takeLease(client, keys.lease(key), leaseMs);
  try {
    const [look, lease] = await Promise.all([entries.look([key], { tags, withAnyTag: true }), taking, making]);
    const ground = findGround(look, key, settings, surroundings.now());
    if (!lease) return ground ?? 'held';
    if (ground?.kind === 'fresh') {
      await releaseLease(client, lease);
      return ground;
    }
    // Before the load: a token made after it would call a value current that an invalidation in between made old.
    const versions = await entries.complete(look.versions, tags);
    return { kind: 'load', right: { lease, versions, anyTag: look.anyTag }, stale: ground?.entry };
  } catch (error) {
    // Others would wait for a load that stores nothing. Not awaited: the caller has paid one deadline already.
    void taking.then(
      (lease) => lease && releaseLease(client, lease),
      () => undefined,
    );
    throw error;
  }
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
