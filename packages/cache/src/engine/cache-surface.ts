import type { CacheClient, Ttl } from '@memkit/core';
import type { FilledKey, KeyParameters } from '../keys/key-template.js';
import type { CacheCounters } from '../telemetry/counters.js';
import type { WithOptions, CacheRead, LoadMissingContext, LoadOptions, Loader } from './cache-options.js';
import type { MemoizeOptions, Memoized } from '../operations/memoize-options.js';

export type { MemoizeOptions, Memoized } from '../operations/memoize-options.js';

/**
 * What `createCache()` returns and every surface builds on. Keys given here are without the namespace; any length and
 * any characters are fine.
 *
 * Every method rejects with `MEMCACHE_INVALID_KEY` for an empty key, and with `MEMCACHE_INVALID_OPTION` or
 * `MEMCACHE_INVALID_TTL` for a mistake in the options. When memcache is down, `whenUnavailable` decides: `'miss'`
 * goes on without it and publishes the failure on `memkit:cache:trouble`, `'throw'` rejects with the client's error.
 */
export interface Cache {
  /** The client in use. Of a disabled cache without a given one: a client that misses everything and connects nowhere. */
  readonly client: CacheClient;
  /** In front of every key; `''` for none. */
  readonly namespace: string;
  /** Whether nothing is cached and every read runs its loader. */
  readonly disabled: boolean;
  /**
   * The cached value, or what the loader returns; stored for `ttl`. At most one loader runs per key, across processes.
   * What the loader throws is never cached; `undefined` is returned and not stored; `null` is a value.
   * @throws what the loader throws, unless a stale value may be served
   * @example
   * ```ts
   * const user = await cache.getOrLoad('user:42', () => database.findUser(42), { ttl: '10m', tags: ['users'] });
   * ```
   */
  getOrLoad<Value>(key: string, loader: Loader<Value>, options?: LoadOptions<Value>): Promise<Value>;
  /** As `getOrLoad`, with how the value was come by. */
  read<Value>(key: string, loader: Loader<Value>, options?: LoadOptions<Value>): Promise<CacheRead<Value>>;
  /**
   * One multi-get, one call of `loadMissing` with only the missing ids, in input order and without duplicates.
   * The result has one element per input id, in input order; `undefined` where the loader's map has none.
   * @param keyOf the key of an id; ids with the same key are the same
   * @throws what the loader throws, unless a stale value may be served for every missing id
   * @example
   * ```ts
   * const users = await cache.getOrLoadMany([1, 2], (id) => `user:${id}`, (ids) => database.usersById(ids));
   * ```
   */
  getOrLoadMany<Id, Value>(
    ids: readonly Id[],
    keyOf: (id: Id) => string,
    loadMissing: (ids: Id[], context: LoadMissingContext) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>,
    options?: LoadOptions<Value>,
  ): Promise<(Value | undefined)[]>;
  /** As `getOrLoadMany`, with how each value was come by; `undefined` where there is none. */
  readMany<Id, Value>(
    ids: readonly Id[],
    keyOf: (id: Id) => string,
    loadMissing: (ids: Id[], context: LoadMissingContext) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>,
    options?: LoadOptions<Value>,
  ): Promise<(CacheRead<Value> | undefined)[]>;
  /** The fresh cached value, or `undefined`. */
  get(key: string): Promise<unknown>;
  /**
   * Stores an entry, replacing what any loader under way would store; `undefined` removes it.
   * @throws `MEMCACHE_NOT_SERIALIZABLE`, `MEMCACHE_ITEM_TOO_LARGE`; the previous entry is removed then, too
   */
  set<Value>(key: string, value: Value, options?: LoadOptions<Value>): Promise<void>;
  /**
   * Gives a fresh entry a new time to live, from now on; whether there was one. Its value, tags and `storedAt` stay.
   * @param ttl default: the cache's
   */
  touch(key: string, ttl?: Ttl): Promise<boolean>;
  /** As `invalidate` for one key. */
  delete(key: string): Promise<void>;
  /** Removes entries; loaders under way do not store what they loaded before. */
  invalidate(...keys: readonly string[]): Promise<void>;
  /** Invalidates every entry that carries one of the tags, with a few writes per tag, however many entries. */
  invalidateTags(...tags: readonly string[]): Promise<void>;
  /** Invalidates every entry of the namespace with one operation; never flushes the server. */
  clear(): Promise<void>;
  /**
   * A key from a template and its parameters, in which `%` and the template's punctuation are percent-encoded.
   * @throws `MEMCACHE_INVALID_KEY` when a parameter is missing or empty
   * @example
   * ```ts
   * cache.key('user:{id}', { id: 42 }); // 'user:42'
   * ```
   */
  key<Template extends string>(template: Template, parameters: KeyParameters<Template>): FilledKey<Template>;
  /**
   * A cached version of the function; see `memoize`.
   * @throws `MEMCACHE_INVALID_OPTION` for an anonymous function without `name`
   */
  memoize<Args extends readonly unknown[], Value>(
    fn: (...args: Args) => Promise<Value> | Value,
    options?: MemoizeOptions<Args, Value>,
  ): Memoized<Args, Value>;
  /** The same client with other defaults; those left out stay as they are. `close` of the result does nothing. */
  with(defaults: WithOptions): Cache;
  /**
   * Runs the work of one request: within it each key is read once, whatever happens elsewhere, and reads of one tick
   * share one multi-get. What the request changes itself through this cache, it sees. Covers everything the work awaits,
   * and all caches of the process; a scope inside a scope is the same one.
   * @returns what the work returns
   * @example
   * ```ts
   * app.use((request, response, next) => cache.scope(next));
   * ```
   */
  scope<Result>(work: () => Result): Result;
  /** What happened since the cache was made, together with all caches made from it by `with()`. */
  counters(): CacheCounters;
  /** Closes the client if this cache made it. */
  close(): Promise<void>;
}
