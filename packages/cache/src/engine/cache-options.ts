import type { CacheClient, Duration, MemcacheOptions, Ttl } from '@memkit/core';

/** What a failing memcache means for a read: run the loader, or reject. */
export type WhenUnavailable = 'miss' | 'throw';

/** Options of `createCache()`. Give `client` or `memcache` or neither, never both. */
export interface CacheOptions {
  /** The client to use, shared with other surfaces; `createCache` never closes it. Default: an own client, see `memcache`. */
  readonly client?: CacheClient;
  /** Options of the own client that is made when `client` is absent. */
  readonly memcache?: MemcacheOptions;
  /** In front of every key, followed by `:`. Default `''`: nothing in front. */
  readonly namespace?: string;
  /** How long entries are fresh. Default `'5m'`. */
  readonly ttl?: Ttl;
  /** How long after that an entry may still be served, when the loader fails or while another caller reloads. Default: not at all. */
  readonly staleFor?: Duration;
  /** How long one process may hold the right to load a key; a crashed one is replaced after it. Longer than the slowest load, which is else not stored. Default `'10s'`. */
  readonly lease?: Duration;
  /** Memcache down: `'miss'` runs the loader, `'throw'` rejects. Default `'miss'`. */
  readonly whenUnavailable?: WhenUnavailable;
  /** `true`: no connection is opened, every read runs its loader. Default: `true` when `MEMKIT_DISABLED=1`. */
  readonly disabled?: boolean;
}

/** Options of one read. Absent ones come from the cache. */
export interface LoadOptions<Value = unknown> {
  readonly ttl?: Ttl;
  readonly staleFor?: Duration;
  readonly lease?: Duration;
  /**
   * Names the entry can be invalidated by, together with all others that carry them. A list is checked in the same
   * round trip as the entry; names from a function cost a second one. Default: none.
   */
  readonly tags?: readonly string[] | ((value: Value) => readonly string[]);
  /** Whether a loaded value is stored. Default: every value but `undefined`, which never is. */
  readonly storeIf?: (value: Value) => boolean;
  readonly whenUnavailable?: WhenUnavailable;
}

/** What a loader may decide while it runs. */
export interface LoaderContext {
  readonly key: string;
  /** The result is returned and not stored. */
  doNotStore(): void;
  /** Replaces the entry's time to live. */
  setTtl(ttl: Ttl): void;
  addTags(...tags: readonly string[]): void;
}

export type Loader<Value> = (context: LoaderContext) => Promise<Value> | Value;

/**
 * `hit`: fresh from the cache. `stale`: from the cache, past its ttl. `miss`: the loader ran (here, or in the call
 * this one joined). `bypass`: memcache was unavailable or the cache is disabled, and the loader ran.
 */
export type ReadOutcome = 'hit' | 'miss' | 'stale' | 'bypass';

/** A value and how it was come by. Who joined a flight gets the outcome of that flight, with the source `flight`. */
export interface CacheRead<Value> {
  readonly value: Value;
  readonly outcome: ReadOutcome;
  /** `memcache`, this call's `loader`, or a `flight` another caller of this process had under way. */
  readonly source: 'memcache' | 'loader' | 'flight';
  /** Whether the value is in memcache now. */
  readonly stored: boolean;
  /** Time of the whole read, in milliseconds. */
  readonly durationMs: number;
  /** Time the loader took, in milliseconds; `undefined` when it did not run. */
  readonly loadMs: number | undefined;
  /** Unix milliseconds at which the entry was stored; `undefined` when it was not. */
  readonly storedAt: number | undefined;
  /** Unix milliseconds until which the entry is fresh; `undefined` when not stored, `Infinity` for `'forever'`. */
  readonly freshUntil: number | undefined;
}
