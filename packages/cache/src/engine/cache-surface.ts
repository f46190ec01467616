import type { CacheClient } from '@memkit/core';
import type { CacheOptions, CacheRead, LoadOptions, Loader } from './cache-options.js';

/** What `createCache()` returns and every surface builds on. Keys given here are without the namespace. */
export interface Cache {
  readonly client: CacheClient;
  readonly namespace: string;
  /** The cached value, or what the loader returns; stored for `ttl`. At most one loader runs per key, across processes. */
  getOrLoad<Value>(key: string, loader: Loader<Value>, options?: LoadOptions<Value>): Promise<Value>;
  /** As `getOrLoad`, with how the value was come by. */
  read<Value>(key: string, loader: Loader<Value>, options?: LoadOptions<Value>): Promise<CacheRead<Value>>;
  /**
   * One multi-get, one call of `loadMissing` with only the missing ids, in input order and without duplicates.
   * The result has one element per input id, in input order; `undefined` where the loader's map has none.
   */
  getOrLoadMany<Id, Value>(
    ids: readonly Id[],
    keyOf: (id: Id) => string,
    loadMissing: (ids: Id[]) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>,
    options?: LoadOptions<Value>,
  ): Promise<(Value | undefined)[]>;
  /** As `getOrLoadMany`, with how each value was come by; `undefined` where there is none. */
  readMany<Id, Value>(
    ids: readonly Id[],
    keyOf: (id: Id) => string,
    loadMissing: (ids: Id[]) => Promise<ReadonlyMap<Id, Value>> | ReadonlyMap<Id, Value>,
    options?: LoadOptions<Value>,
  ): Promise<(CacheRead<Value> | undefined)[]>;
  /** The fresh cached value, or `undefined`. */
  get(key: string): Promise<unknown>;
  /** Stores an entry, replacing what any loader under way would store. */
  set<Value>(key: string, value: Value, options?: LoadOptions<Value>): Promise<void>;
  /** Removes entries; loaders under way do not store what they loaded before. */
  invalidate(...keys: readonly string[]): Promise<void>;
  /** Invalidates every entry that carries one of the tags, in one operation per tag however many entries. */
  invalidateTags(...tags: readonly string[]): Promise<void>;
  /** Invalidates every entry of the namespace; never flushes the server. */
  clear(): Promise<void>;
  /** A cached version of the function; see `memoize`. */
  memoize<Args extends readonly unknown[], Value>(
    fn: (...args: Args) => Promise<Value> | Value,
    options?: MemoizeOptions<Args, Value>,
  ): Memoized<Args, Value>;
  /** The same client with other defaults. */
  with(defaults: Omit<CacheOptions, 'client' | 'memcache' | 'disabled'>): Cache;
  /** Closes the client if this cache made it. */
  close(): Promise<void>;
}

export interface MemoizeOptions<Args extends readonly unknown[], Value> extends LoadOptions<Value> {
  /** Names the function in keys. Default: the function's own name; an anonymous function must give one. */
  readonly name?: string;
  /** Builds the key from the arguments. Default: all arguments in canonical form. */
  readonly key?: (...args: Args) => string;
}

export interface Memoized<Args extends readonly unknown[], Value> {
  (...args: Args): Promise<Value>;
  /** Forgets the result for these arguments. */
  delete(...args: Args): Promise<void>;
  /** The key these arguments have, without the namespace. */
  keyFor(...args: Args): string;
  /** The function itself, past the cache. */
  uncached(...args: Args): Promise<Value> | Value;
}
