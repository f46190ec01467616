import { MemcacheError, parseTtl, type CacheClient, type MemcacheOptions, type Ttl } from '@memkit/core';
import { assertClientOption, assertKnownOptions, resolveClient, type ResolvedClient } from '@memkit/core/internal';

/** Options of `new MemkitSessionStore()`. Give `client` or `memcache` or neither, never both. */
export interface MemkitSessionStoreOptions {
  /** A client you created and close yourself; share one between all surfaces. */
  readonly client?: CacheClient;
  /**
   * Options of a client that the store creates, and closes on `close()`.
   * Default, without `client` either: `{}`, servers from the environment.
   */
  readonly memcache?: MemcacheOptions;
  /** Put in front of the session id to make the key. May be `''`. Default `'sess:'`. */
  readonly prefix?: string;
  /** How long a session lives whose cookie has no end of its own; otherwise it lives as long as the cookie. Default `'1d'`. */
  readonly ttl?: Ttl;
  /**
   * `'throw'`: an outage reaches your error handler as `next(error)`. `'miss'`: the request goes on with a new, empty
   * session, nothing is saved, and what happened is published on `memkit:express-session:trouble`. Logging out always
   * reports its failure. Default `'throw'`.
   */
  readonly whenUnavailable?: 'throw' | 'miss';
  /**
   * Uses the SHA-256 of the session id in the key, so that nobody who can list keys or read error messages learns ids.
   * Sessions stored with the other setting are no longer found. Default `false`.
   */
  readonly hashIds?: boolean;
}

/** The options with every default filled in. */
export interface ResolvedSessionOptions extends ResolvedClient {
  readonly prefix: string;
  readonly ttlMs: number;
  readonly whenUnavailable: 'throw' | 'miss';
  readonly hashIds: boolean;
}

const KNOWN: readonly (keyof MemkitSessionStoreOptions)[] = [
  'client',
  'memcache',
  'prefix',
  'ttl',
  'whenUnavailable',
  'hashIds',
];
const ACTION = 'Cannot create a MemkitSessionStore';
const PREFIX = /^[\u0021-\u007e]{0,100}$/;

/** @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`, and what `createMemcache()` throws */
export function resolveSessionOptions(options: MemkitSessionStoreOptions): ResolvedSessionOptions {
  assertClientOption(options, 'new MemkitSessionStore()');
  assertKnownOptions(options, KNOWN, 'new MemkitSessionStore()');
  const { prefix = 'sess:', ttl = '1d', whenUnavailable = 'throw', hashIds = false } = options;
  if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
    throw invalid(`prefix is ${JSON.stringify(prefix)}`, 'Use 0 to 100 printable ASCII characters without spaces.');
  }
  // Compared as text: callers in plain JavaScript have no compiler to tell them.
  if (!['throw', 'miss'].includes(whenUnavailable)) {
    throw invalid(`whenUnavailable is ${JSON.stringify(whenUnavailable)}`, "Use 'throw' or 'miss'.");
  }
  if (typeof hashIds !== 'boolean') throw invalid(`hashIds is ${JSON.stringify(hashIds)}`, 'Use true or false.');
  const ttlMs = parseTtl(ttl, ACTION);
  return { ...resolveClient(options), prefix, ttlMs, whenUnavailable, hashIds };
}

function invalid(detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: ACTION, detail, hint });
}
