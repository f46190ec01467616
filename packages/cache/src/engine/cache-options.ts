import type { CacheClient, Duration, MemcacheOptions, Ttl } from '@memkit/core';
import type { NearOptions } from '../near/near-options.js';

/** What a failing memcache means for a read: run the loader, or reject. */
export type WhenUnavailable = 'miss' | 'throw';

/**
 * What a reader does when another process is loading the key. `'stale'`: takes the value past its ttl if `staleFor`
 * allows one, else waits. `'wait'`: waits for the new value. `'load'`: runs its own loader and does not store.
 */
export type OnLocked = 'wait' | 'stale' | 'load';

/** What a reader who finds a value past its ttl does: waits for the loader, or takes the value while the loader runs. */
export type Refresh = 'wait' | 'background';

/** How entries are kept and loaded. Of the cache: the defaults of its reads. `false` turns a default off for one read. */
export interface ReadPolicy {
  /** How long entries are fresh. Default `'5m'`. */
  readonly ttl?: Ttl;
  /** How long after its ttl an entry may still be served: when its loader fails or is slow, or while it runs. Default: not at all. */
  readonly staleFor?: Duration | false;
  /**
   * `'background'`: a stale entry is served at once, and one caller among all processes refreshes it. `'wait'`: that
   * one caller waits for its loader. Works with `staleFor`. Default `'wait'`.
   */
  readonly refresh?: Refresh;
  /** Share of the ttl, between 0 and 1, after which the first read starts a refresh in the background. Default: none before the ttl is over. */
  readonly refreshAhead?: number | false;
  /**
   * XFetch: a read refreshes in the background the likelier, the nearer the end of the ttl and the longer the last load
   * took. 1 is the usual weight; more refreshes earlier. Above 0, at most 100. Default: off.
   */
  readonly earlyExpiry?: number | false;
  /** Taken off the ttl by chance, so that entries stored together do not end together: at most this long, or at most this share of the ttl (0 to 1). Default: nothing. */
  readonly jitter?: Duration | number | false;
  /** How long it is remembered that there is no value, that is, that the loader returned `undefined`. Default: not at all. */
  readonly negativeTtl?: Ttl | false;
  /** How long a caller waits for a load when there is a stale value to serve instead; the load goes on and is stored. Default: until it ends. */
  readonly softTimeout?: Duration | false;
  /** How long a caller waits for a load in any case; then it gets a stale value or `MEMCACHE_LOAD_TIMEOUT`. The load goes on and is stored. Default: until it ends. */
  readonly hardTimeout?: Duration | false;
  /** How long one process may hold the right to load a key; a crashed one is replaced after it. Longer than the slowest load, which is else not stored. Default `'10s'`. */
  readonly lease?: Duration;
  /** What a reader does while another process loads the key. Default `'stale'`. */
  readonly onLocked?: OnLocked;
  /** Memcache down: `'miss'` runs the loader, `'throw'` rejects. Default `'miss'`. */
  readonly whenUnavailable?: WhenUnavailable;
}

/** Options of `createCache()`. Give `client` or `memcache` or neither, never both. */
export interface CacheOptions extends ReadPolicy {
  /** The client to use, shared with other surfaces; `createCache` never closes it. Default: an own client, see `memcache`. */
  readonly client?: CacheClient;
  /** Options of the own client that is made when `client` is absent. */
  readonly memcache?: MemcacheOptions;
  /** In front of every key, followed by `:`. Default `''`: nothing in front. */
  readonly namespace?: string;
  /** Copies of entries in this process, in front of memcached: see `NearOptions`; `{}` takes its defaults. Default: none. */
  readonly near?: NearOptions | false;
  /** `true`: reads of one tick share one multi-get. It takes the rest of the tick to collect them. Default `false`; in a `scope` always. */
  readonly batch?: boolean;
  /** `true`: no connection is opened, every read runs its loader. Default: `true` when `MEMKIT_DISABLED=1`. */
  readonly disabled?: boolean;
}

/** What `with()` takes: a namespace, and the defaults of its reads. */
export type WithOptions = Omit<CacheOptions, 'client' | 'memcache' | 'near' | 'batch' | 'disabled'>;

/** Options of one read. Absent ones come from the cache. */
export interface LoadOptions<Value = unknown> extends ReadPolicy {
  /**
   * Names the entry can be invalidated by, together with all others that carry them. A list is checked in the same
   * round trip as the entry; names from a function cost a second one. Default: none.
   */
  readonly tags?: readonly string[] | ((value: Value) => readonly string[]);
  /** Whether a loaded value is stored. Default: every value but `undefined`, for which see `negativeTtl`. */
  readonly storeIf?: (value: Value) => boolean;
  /** `false`: asks memcached, past copies in this process and past what the `scope` has read before. Default `true`. */
  readonly near?: boolean;
  /**
   * Ends this caller's wait: it rejects with the signal's reason. Others who wait for the same load go on waiting; when
   * the last one is gone, the `signal` of the loader's context is aborted. Default: none.
   */
  readonly signal?: AbortSignal | undefined;
}

/** What the source said about the version of a value, for asking it later whether there is a newer one. */
export interface Validators {
  /** As in the HTTP header. */
  readonly etag?: string | undefined;
  /** As in the HTTP header, or in any form your source understands. */
  readonly lastModified?: string | undefined;
}

/** The value a loader is to replace. */
export interface PreviousValue extends Validators {
  /** As it was stored; your loader knows its type. */
  readonly value: unknown;
  /** Unix milliseconds. */
  readonly storedAt: number;
}

/** What a loader may know and decide while it runs. */
export interface LoaderContext {
  readonly key: string;
  /** Aborted when nobody waits for the load any longer. */
  readonly signal: AbortSignal;
  /** The entry that is to be replaced, if memcached still has it: until its ttl and `staleFor` are over. */
  readonly previous: PreviousValue | undefined;
  /** The result is returned and not stored. */
  doNotStore(): void;
  /** Replaces the entry's time to live, also that of `negativeTtl`. */
  setTtl(ttl: Ttl): void;
  addTags(...tags: readonly string[]): void;
  /** Keeps the version of the value with the entry, for `previous` of the next load. */
  setValidators(validators: Validators): void;
  /**
   * The previous value, for the loader to return: it is fresh for another ttl and keeps its version and tags. Its type
   * is `never`, which fits into any other.
   * @throws `MEMCACHE_INVALID_OPTION` without a previous value
   */
  notModified(): never;
}

export type Loader<Value> = (context: LoaderContext) => Promise<Value> | Value;

/** What the loader of a multi-read may know. */
export interface LoadMissingContext {
  /** Aborted when nobody waits for any of the ids any longer. */
  readonly signal: AbortSignal;
}

/**
 * `hit`: fresh from the cache. `stale`: from the cache, past its ttl. `miss`: the loader ran (here, or in the call
 * this one joined). `bypass`: memcache was unavailable or the cache is disabled, and the loader ran.
 */
export type ReadOutcome = 'hit' | 'miss' | 'stale' | 'bypass';

/** A value and how it was come by. Who joined a flight gets the outcome of that flight, with the source `flight`. */
export interface CacheRead<Value> {
  readonly value: Value;
  readonly outcome: ReadOutcome;
  /**
   * `memcache`, `near` (a copy in this process), this call's `loader`, a `flight` another caller of this process had
   * under way, or an earlier read of the same `scope`.
   */
  readonly source: 'memcache' | 'near' | 'loader' | 'flight' | 'scope';
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
