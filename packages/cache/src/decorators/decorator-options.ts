import type { Duration, Ttl } from '@memkit/core';
import type { WhenUnavailable } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';

/** What a function of the options is told after the method returned. */
export interface MethodOutcome<Args extends readonly unknown[] = readonly unknown[], Result = unknown> {
  readonly args: Args;
  readonly result: Result;
}

/** A key in one piece, or its parts, which are joined by `/`. */
export type MethodKey = string | readonly unknown[];

export interface KeyedOptions<Args extends readonly unknown[]> {
  /**
   * In front of the key, followed by `:`. Default: the name of the instance's class. Methods that are to find each
   * other's entries need the same one.
   */
  readonly namespace?: string;
  /** Builds the key from the arguments. Default: the parameters marked with `@Key()`. */
  readonly key?: (...args: Args) => MethodKey;
  /** Default: the cache bound to the instance, else the one of `setDefaultCache()`. */
  readonly cache?: Cache;
  /** `false` for these arguments: the method runs as if it were not decorated. */
  readonly condition?: (...args: Args) => boolean;
}

export interface StoredOptions<Args extends readonly unknown[], Result> extends KeyedOptions<Args> {
  /** How long the result is fresh. Default: the cache's `ttl`. */
  readonly ttl?: Ttl;
  /** How long after that it may be served, when the method fails or while another caller runs it. Default: the cache's. */
  readonly staleFor?: Duration;
  /** Names the entry can be invalidated by. */
  readonly tags?: readonly string[] | ((outcome: MethodOutcome<Args, Result>) => readonly string[]);
  /** `true` for this result: it is returned and not stored. */
  readonly unless?: (outcome: MethodOutcome<Args, Result>) => boolean;
  /** Default: the cache's. */
  readonly whenUnavailable?: WhenUnavailable;
}

/** Options of `@ReadThrough()`. */
export type ReadThroughOptions<Args extends readonly unknown[] = readonly never[], Result = unknown> = StoredOptions<
  Args,
  Result
>;

/** Options of `@ReadThroughMulti()`; `tags` and `unless` are asked for each item. */
export interface ReadThroughMultiOptions<
  Args extends readonly unknown[] = readonly never[],
  Item = unknown,
> extends Omit<StoredOptions<Args, Item>, 'key'> {
  /** The id of an item, for methods that return fewer items than ids, or in another order. */
  readonly idOf?: (item: Item) => unknown;
  /** The key of one id. Default: the id, with the other parameters marked with `@Key()`. */
  readonly key?: (id: unknown, ...args: Args) => MethodKey;
}

/** Options of `@Update()`. */
export type UpdateOptions<Args extends readonly unknown[] = readonly never[], Result = unknown> = StoredOptions<
  Args,
  Result
>;

/** Options of `@Invalidate()`. */
export interface InvalidateOptions<
  Args extends readonly unknown[] = readonly never[],
  Result = unknown,
> extends KeyedOptions<Args> {
  /** Invalidates every entry with one of these tags. */
  readonly tags?: readonly string[] | ((outcome: MethodOutcome<Args, Result>) => readonly string[]);
  /** `true`: every entry stored under the namespace. Default `false`. */
  readonly allEntries?: boolean;
  /** `true`: before the method runs, and also when it fails. Default `false`: after it succeeded. */
  readonly beforeInvocation?: boolean;
  /** `true` for this result: nothing is invalidated. */
  readonly unless?: (outcome: MethodOutcome<Args, Result>) => boolean;
  /** `'throw'`: the call rejects when the entries could not be removed. Default: the cache's. */
  readonly whenUnavailable?: WhenUnavailable;
}

/** The same options once the argument types, which only the class knows, are left behind. */
export type AnyKeyed = KeyedOptions<readonly unknown[]>;
export type AnyStored = Omit<StoredOptions<readonly unknown[], unknown>, 'key'>;
