import { MemcacheError, type CacheClient, type MemcacheOptions } from '@memkit/core';
import { assertClientOption, assertKnownOptions, resolveClient, type ResolvedClient } from '@memkit/core/internal';

/** What callers see while memcache cannot answer. */
export type WhenUnavailable = 'miss' | 'throw';

/** Options of `new MemkitStore()`. Give `client` or `memcache` or neither, never both. */
export interface MemkitStoreOptions {
  /** A client you created and close yourself; share one between all surfaces. */
  readonly client?: CacheClient;
  /**
   * Options of a client that the store creates, and closes on `disconnect()`.
   * Default, without `client` either: `{}`, servers from the environment.
   */
  readonly memcache?: MemcacheOptions;
  /**
   * Separates this store's keys from other stores on the same servers; `clear()` ends at its border.
   * Default: the namespace of the Keyv around the store, or else `'keyv'`.
   */
  readonly namespace?: string;
  /**
   * `'miss'`: an outage looks like an empty cache, and what happened is published on `memkit:cache-manager:trouble`.
   * `'throw'`: the call rejects with the error. Default `'miss'`.
   */
  readonly whenUnavailable?: WhenUnavailable;
}

/** The options with every default filled in. */
export interface ResolvedStoreOptions extends ResolvedClient {
  readonly namespace: string | undefined;
  readonly whenUnavailable: WhenUnavailable;
}

const KNOWN: readonly (keyof MemkitStoreOptions)[] = ['client', 'memcache', 'namespace', 'whenUnavailable'];
const ACTION = 'Cannot create a MemkitStore';

/** @throws `MEMCACHE_INVALID_OPTION`, and what `createMemcache()` throws when the store creates its own client */
export function resolveStoreOptions(options: MemkitStoreOptions): ResolvedStoreOptions {
  assertClientOption(options, 'new MemkitStore()');
  assertKnownOptions(options, KNOWN, 'new MemkitStore()');
  const { namespace, whenUnavailable = 'miss' } = options;
  if (namespace !== undefined && (typeof namespace !== 'string' || namespace === '')) {
    throw invalid('namespace is not a text with at least one character', "Pass a name such as { namespace: 'shop' }.");
  }
  // Compared as text: callers in plain JavaScript have no compiler to tell them.
  if (!['miss', 'throw'].includes(whenUnavailable)) {
    throw invalid(`whenUnavailable is ${JSON.stringify(whenUnavailable)}`, "Use 'miss' or 'throw'.");
  }
  return { ...resolveClient(options), namespace, whenUnavailable };
}

function invalid(detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: ACTION, detail, hint });
}
