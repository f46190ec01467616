import type { ReadPolicy, WhenUnavailable } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';

/** What a function of the options is told after the method returned. */
export interface MethodOutcome<Args extends readonly unknown[] = readonly unknown[], Result = unknown> {
  readonly args: Args;
  readonly result: Result;
}

/** A key in one piece, or its parts, which are joined by `/`. */
export type MethodKey = string | number | bigint | readonly unknown[];

/** What all decorators have in common. */
export interface SharedOptions<Args extends readonly unknown[] = readonly unknown[]> {
  /**
   * In front of the key, followed by `:`. Default: that of `@CacheDefaults()`, else the name of the instance's class.
   * Methods that are to find each other's entries need the same one.
   */
  readonly namespace?: string;
  /** Default: that of `@CacheDefaults()`, else the cache bound to the instance, else the one of `setDefaultCache()`. */
  readonly cache?: Cache;
  /** `false` for these arguments: the method runs as if it were not decorated. */
  readonly condition?: (...args: Args) => boolean;
}

export interface KeyOption<Args extends readonly unknown[]> {
  /** Builds the key from the arguments. Default: the parameters marked with `@Key()`. */
  readonly key?: (...args: Args) => MethodKey;
}

export interface AssignedKeyOption {
  /** The key, always the same. */
  readonly key: string;
}

export interface MultiKeyOption<Args extends readonly unknown[], Id> {
  /** The key of one id. Default: the id, with the other parameters marked with `@Key()`. */
  readonly key?: (id: Id, ...args: Args) => MethodKey;
}

export interface ResultKeyOption<Args extends readonly unknown[], Result> {
  /**
   * The key comes from the result: `true` for the result itself or its `@CacheKey()`, or a function. In a multi-form it is
   * asked for each item of the result.
   */
  readonly keyFromResult?: true | ((outcome: MethodOutcome<Args, Result>) => MethodKey);
}

/** `ReadPolicy` holds `ttl`, `staleFor`, `jitter`, `negativeTtl` and so on: what absent ones mean is up to the cache. */
export interface StoredOptions<Args extends readonly unknown[], Result> extends SharedOptions<Args>, ReadPolicy {
  /** Names the entry can be invalidated by. */
  readonly tags?: readonly string[] | ((outcome: MethodOutcome<Args, Result>) => readonly string[]);
  /** `true` for this result: it is returned and not stored. */
  readonly unless?: (outcome: MethodOutcome<Args, Result>) => boolean;
}

interface ReadOptions<Args extends readonly unknown[], Result> extends StoredOptions<Args, Result> {
  /** `false`: the near cache, if there is one, has no copy of the result. Default `true`. */
  readonly near?: boolean;
  /** The signal, among the arguments, that ends the caller's wait. Default: none. */
  readonly signal?: (...args: Args) => AbortSignal | undefined;
}

/** Options of `@ReadThrough()`. */
export interface ReadThroughOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends ReadOptions<Args, Result>, KeyOption<Args> {}

/** Options of `@ReadThroughAssigned()`. */
export interface ReadThroughAssignedOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends ReadOptions<Args, Result>, AssignedKeyOption {}

/** Options of `@ReadThroughMulti()`; `tags` and `unless` are asked for each item. */
export interface ReadThroughMultiOptions<
  Args extends readonly unknown[] = readonly unknown[],
  Item = unknown,
  Id = unknown,
>
  extends ReadOptions<Args, Item>, MultiKeyOption<Args, Id> {
  /** The id of an item, or `true` for its `@CacheKey()`: for methods that return fewer items than ids, or in another order. */
  readonly idOf?: true | ((item: Item) => unknown);
  /** `true`: ids without an item, and with `null`, are left out of the result. Default `false`: it has one element per id. */
  readonly skipMissing?: boolean;
}

interface ContentOption<Args extends readonly unknown[]> {
  /** What is stored, from the arguments. Default: the parameter marked with `@Content()`, else the result. */
  readonly content?: (...args: Args) => unknown;
}

/** Options of `@Update()`. */
export interface UpdateOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends StoredOptions<Args, Result>, KeyOption<Args>, ResultKeyOption<Args, Result>, ContentOption<Args> {}

/** Options of `@UpdateAssigned()`. */
export interface UpdateAssignedOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends StoredOptions<Args, Result>, AssignedKeyOption, ContentOption<Args> {}

/** Options of `@UpdateMulti()`; `tags` and `unless` are asked for each item. */
export interface UpdateMultiOptions<Args extends readonly unknown[] = readonly unknown[], Item = unknown, Id = unknown>
  extends StoredOptions<Args, Item>, MultiKeyOption<Args, Id>, ResultKeyOption<Args, Item>, ContentOption<Args> {
  /** The id of an item, or `true` for its `@CacheKey()`: for content with fewer items than ids, or in another order. */
  readonly idOf?: true | ((item: Item) => unknown);
}

interface RemovingOptions<Args extends readonly unknown[], Result> extends SharedOptions<Args> {
  /** Invalidates every entry with one of these tags. */
  readonly tags?: readonly string[] | ((outcome: MethodOutcome<Args, Result>) => readonly string[]);
  /** `true`: before the method runs, and also when it fails. Default `false`: after it succeeded. */
  readonly beforeInvocation?: boolean;
  /** `true` for this result: nothing is invalidated. */
  readonly unless?: (outcome: MethodOutcome<Args, Result>) => boolean;
  /** `'throw'`: the call rejects when the entries could not be removed. Default: the cache's. */
  readonly whenUnavailable?: WhenUnavailable;
}

/** Options of `@Invalidate()`. */
export interface InvalidateOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends RemovingOptions<Args, Result>, KeyOption<Args>, ResultKeyOption<Args, Result> {
  /** `true`: every entry that decorators stored under the namespace. Default `false`. */
  readonly allEntries?: boolean;
}

/** Options of `@InvalidateAssigned()`. */
export interface InvalidateAssignedOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends RemovingOptions<Args, Result>, AssignedKeyOption {}

/** Options of `@InvalidateMulti()`. */
export interface InvalidateMultiOptions<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
  Id = unknown,
>
  extends
    RemovingOptions<Args, Result>,
    MultiKeyOption<Args, Id>,
    ResultKeyOption<Args, Result extends readonly (infer Item)[] ? Item : unknown> {}

/** The same options once the argument types, which only the class knows, are left behind. */
export type AnyStored = StoredOptions<readonly unknown[], unknown>;
