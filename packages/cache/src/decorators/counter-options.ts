import type { Ttl } from '@memkit/core';
import type { WhenUnavailable } from '../engine/cache-options.js';
import type { KeyOption, MethodOutcome, ResultKeyOption, SharedOptions } from './decorator-options.js';
import { SHARED_NAMES } from './stored-options.js';

interface CounterOptions<Args extends readonly unknown[], Result> extends SharedOptions<Args>, KeyOption<Args> {
  /** How long a counter that is made lasts. Default `'forever'`. Counting does not prolong it. */
  readonly ttl?: Ttl;
  /** `true` for this result: it is returned and the counter stays as it is. */
  readonly unless?: (outcome: MethodOutcome<Args, Result>) => boolean;
  /** `'throw'`: the call rejects when memcache is down. Default `'miss'`: the failure is published. */
  readonly whenUnavailable?: WhenUnavailable;
}

/** Options of `@ReadCounter()`. */
export type ReadCounterOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown> = CounterOptions<
  Args,
  Result
>;

/** Options of `@IncrementCounter()` and `@DecrementCounter()`. */
export interface ChangeCounterOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends CounterOptions<Args, Result>, ResultKeyOption<Args, Result> {
  /** By how much: a whole number from 0, or a function of the arguments. Default: the parameter with `@Delta()`, else 1. */
  readonly delta?: number | bigint | ((...args: Args) => number | bigint);
  /**
   * What a missing counter starts with; `'none'`: it stays missing until `@ReadCounter()` or `@UpdateCounter()` makes it.
   * Default: of `@IncrementCounter()` the delta, as if it had been 0; of `@DecrementCounter()` `'none'`.
   */
  readonly initial?: number | bigint | 'none';
}

/** Options of `@UpdateCounter()`. */
export interface UpdateCounterOptions<Args extends readonly unknown[] = readonly unknown[], Result = unknown>
  extends CounterOptions<Args, Result>, ResultKeyOption<Args, Result> {
  /** The new count, from the arguments. Default: the parameter with `@Content()`, else the result. */
  readonly content?: (...args: Args) => number | bigint;
}

export const COUNTER_NAMES: readonly string[] = [...SHARED_NAMES, 'key', 'ttl', 'unless', 'whenUnavailable'];
