import type { LoadOptions } from '../engine/cache-options.js';

export interface MemoizeOptions<Args extends readonly unknown[], Value> extends LoadOptions<Value> {
  /** Names the function in keys. Default: the function's own name; an anonymous function must give one. */
  readonly name?: string;
  /** Builds the key from the arguments. Default: all arguments in canonical form. */
  readonly key?: (...args: Args) => string;
  /**
   * Arguments that are not part of the key: their positions from 0, or a function that says `true` for them. Two calls
   * that differ in nothing else share a result. Not together with `key`. Default: none.
   */
  readonly ignoreArguments?: readonly number[] | ((argument: unknown, position: number) => boolean);
  /**
   * The default values of the function's parameters, by position: an argument that is absent or `undefined` counts as
   * its default. Not together with `key`. Default: an absent argument and `undefined` are different from every value.
   */
  readonly defaultArguments?: readonly unknown[];
}

export interface Memoized<Args extends readonly unknown[], Value> {
  (...args: Args): Promise<Value>;
  /** Forgets the result for these arguments. */
  delete(...args: Args): Promise<void>;
  /** Forgets every result of the function, in all processes, with one operation. */
  deleteAll(): Promise<void>;
  /** The key these arguments have, without the namespace. */
  keyFor(...args: Args): string;
  /** The function itself, past the cache. */
  uncached(...args: Args): Promise<Value> | Value;
}
