import type { Duration, Ttl } from './options/duration.js';

/** Options every operation takes. */
export interface OperationOptions {
  /** Deadline of this operation: queueing, connecting, login and the reply; at most 24 days. Default: the client's `timeout`. */
  readonly timeout?: Duration;
  /** Cancels the operation: it rejects with the signal's reason. What was sent by then may have happened. Default: none. */
  readonly signal?: AbortSignal | undefined;
}

/** Options of operations that store an item. */
export interface StoreOptions extends OperationOptions {
  /** How long the item lives; whole seconds on the wire, rounded up. Default: the client's `ttl`, which is `'forever'`. */
  readonly ttl?: Ttl;
}

/** Options of `set`. */
export interface SetOptions extends StoreOptions {
  /** Store only if the item is unchanged since `gets` returned this token. */
  readonly cas?: bigint;
  /**
   * Client flags to store with a string or bytes, which are then neither compressed nor split, 0 to 4294967295.
   * Default: what the value needs to come back as it is.
   */
  readonly flags?: number;
}

/** Options of `increment` and `decrement`; `ttl` is that of a counter they create. */
export interface CounterOptions extends StoreOptions {
  /** Value an absent counter is created with, 0 to 18446744073709551615; without it a missing counter stays missing. */
  readonly initial?: number | bigint;
}

/** Options of `getIfChanged`. */
export interface GetIfChangedOptions extends OperationOptions {
  /**
   * The `connection` of the item that the token is of: over another one the value comes in any case. Default: the token
   * alone counts, and after a restart of the server, or where another one has taken the key over, it may by chance be
   * that of another value.
   */
  readonly connection?: number | undefined;
}

/** Options of `close`. */
export interface CloseOptions {
  /** Longest wait for replies that are under way; at most 24 days. Default `'1s'`. */
  readonly drain?: Duration;
}

/** What `gets` returns. */
export interface CasItem {
  readonly value: unknown;
  /** Token for `set(key, value, { cas })`; changes with every write. */
  readonly cas: bigint;
  /** The client flags stored with the item, 0 to 4294967295. */
  readonly flags: number;
}

/** What `getIfChanged` returns of an item that is new. */
export interface FreshCasItem extends CasItem {
  /**
   * The connection that the token came over, by a number that no other one of this process has. Each server counts tokens
   * from its start, so they can be compared as long as it is the same. A client of your own may lack it.
   */
  readonly connection?: number | undefined;
}

/**
 * The narrow client that caches, stores and sessions need. `Memcache` implements it; a test may pass its own.
 * A miss is `undefined`, an outage rejects with a `MemcacheError`: the two are never confused. `null` is a value.
 */
export interface CacheClient {
  /** The value, or `undefined` when the key is absent. */
  get(key: string, options?: OperationOptions): Promise<unknown>;
  /** The values of the keys that are present, in one round trip per server. Missing keys are not in the map. */
  getMany(keys: readonly string[], options?: OperationOptions): Promise<Map<string, unknown>>;
  /** The value with its CAS token, or `undefined` when the key is absent. */
  gets(key: string, options?: OperationOptions): Promise<CasItem | undefined>;
  /**
   * What is new since the item had this CAS token: `'unchanged'`, the item, or `undefined` when the key is absent. A
   * client may lack it, or `connection` in what it returns: a near cache then reads the whole item again.
   */
  getIfChanged?(
    key: string,
    cas: bigint,
    options?: GetIfChangedOptions,
  ): Promise<FreshCasItem | 'unchanged' | undefined>;
  /** Stores; `false` only when `cas` was given and the item changed or is gone, or when it is too large and skipped. */
  set(key: string, value: unknown, options?: SetOptions): Promise<boolean>;
  /** Stores only if the key is absent; `false` when it is present. */
  add(key: string, value: unknown, options?: StoreOptions): Promise<boolean>;
  /** Stores only if the key is present; `false` when it is absent. */
  replace(key: string, value: unknown, options?: StoreOptions): Promise<boolean>;
  /** Whether the key was there. */
  delete(key: string, options?: OperationOptions): Promise<boolean>;
  /** Gives the item a new time to live; whether the key was there. */
  touch(key: string, ttl: Ttl, options?: OperationOptions): Promise<boolean>;
  /** The counter's new value, or `undefined` when it is absent and no `initial` was given. */
  increment(key: string, by?: number | bigint, options?: CounterOptions): Promise<number | bigint | undefined>;
  /** As `increment`, downwards; stops at 0. */
  decrement(key: string, by?: number | bigint, options?: CounterOptions): Promise<number | bigint | undefined>;
}
