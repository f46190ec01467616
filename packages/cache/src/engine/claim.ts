/** Takes the leases of keys that are to be loaded, and looks at them once more. */
import { addMissingTokens, completeVersions, type Versions } from '../keys/versions.js';
import { takeLease, type Lease } from '../policies/lease.js';
import type { Engine } from './engine.js';
import type { Look } from './entry-reader.js';
import type { LoadRight } from './load-right.js';
import type { LoadSettings } from './settings.js';
import { releaseLease } from './store-loaded.js';

export interface Claim {
  /** As of after the leases were taken: what their last holders stored is in it. */
  readonly look: Look;
  /** Of the keys whose lease nobody else holds. */
  readonly rights: ReadonlyMap<string, LoadRight>;
}

/**
 * The look comes after the answer about the leases, and not in the same round trip: entry and lease may be on different
 * servers, and whoever wins a lease must see what its last holder stored, or the key would be loaded twice.
 * @param found tokens as they were seen before; missing ones are made
 * @throws what the client throws; no lease is held then
 */
export async function claim(
  engine: Engine,
  wanted: readonly string[],
  settings: LoadSettings<never>,
  found: Versions,
): Promise<Claim> {
  const { client, reader, keys } = engine;
  const { tags, leaseMs } = settings;
  const taking = wanted.map((key) => takeLease(client, keys.lease(key), leaseMs));
  try {
    const [leases] = await Promise.all([Promise.all(taking), addMissingTokens(client, keys, found, tags)]);
    const look = await reader.look(wanted, { tags, withAnyTag: true });
    // Before the load: a token made after it would call a value current that an invalidation in between made old.
    const versions = await completeVersions(client, keys, look.versions, tags);
    const rights = new Map<string, LoadRight>();
    for (const [at, key] of wanted.entries()) {
      const lease = leases[at];
      if (lease) rights.set(key, { lease, versions, anyTag: look.anyTag });
    }
    return { look, rights };
  } catch (error) {
    // Others would wait for loads that store nothing. Not awaited: the caller has paid one deadline already.
    for (const lease of taking) void lease.then(giveBack(engine), () => undefined);
    throw error;
  }
}

function giveBack({ client }: Engine): (lease: Lease | undefined) => Promise<void> | undefined {
  return (lease) => lease && releaseLease(client, lease);
}
