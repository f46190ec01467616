/** The options `client` and `memcache`, which every surface on top of the client has. */
import { MemcacheError } from '@memkit/protocol';
import type { CacheClient } from '../cache-client.js';
import { createMemcache } from '../memcache.js';
import type { MemcacheOptions } from './memcache-options.js';

/** Give one of them or neither, never both. */
export interface ClientOption {
  /** A client the application created and closes itself. */
  readonly client?: CacheClient;
  /** Options of a client that the surface creates and closes. */
  readonly memcache?: MemcacheOptions;
}

export interface ResolvedClient {
  readonly client: CacheClient;
  /** Ends the client if the surface owns it. */
  readonly close: () => Promise<void>;
}

/**
 * A client or an address in the place of the options would otherwise be ignored without a word.
 * @param where the call, for the message: `createCache()`
 * @throws `MEMCACHE_INVALID_OPTION`, also when both `client` and `memcache` are given
 */
export function assertClientOption(options: unknown, where: string): asserts options is ClientOption {
  if (typeof options !== 'object' || options === null) {
    throw invalid(
      where,
      `they are of type ${options === null ? 'null' : typeof options}`,
      "Pass an object such as { memcache: { servers: 'localhost:11211' } }.",
    );
  }
  if ('getMany' in options) throw invalid(where, 'a client was given in their place', 'Pass { client }.');
  const { client, memcache }: ClientOption = options;
  if (client && memcache) {
    throw invalid(
      where,
      'both client and memcache are given',
      'Pass the client you have, or the options of a new one.',
    );
  }
}

/** @throws what `createMemcache()` throws */
export function resolveClient({ client, memcache }: ClientOption): ResolvedClient {
  if (client) return { client, close: () => Promise.resolve() };
  const own = createMemcache(memcache);
  return { client: own, close: () => own.close() };
}

function invalid(where: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use the options of ${where}`, detail, hint });
}
