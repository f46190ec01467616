import { countersOf, isCount, type Count } from '../operations/counters.js';
import type { CacheMethodDecorator } from './cache-method-decorator.js';
import { afterwards, planCall } from './call-plan.js';
import { COUNTER_NAMES, type ChangeCounterOptions } from './counter-options.js';
import { defineDecorator } from './define-decorator.js';
import { deltaParameter } from './delta-parameter.js';
import { findCache } from './find-cache.js';
import type { Run } from './method-call.js';
import { argumentKey, assertKeyFunction, requireKey, resultKey } from './method-key.js';
import { invalidDecorator, type MethodPlace } from './method-place.js';
import { notACount } from './read-counter.js';
import { engineOptions } from './stored-options.js';

type Direction = 'increment' | 'decrement';

/**
 * After the method succeeded, the counter goes up by 1, by `delta` or by the parameter marked with `@Delta()`; a missing
 * one is made.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Articles {
 *   \@IncrementCounter({ namespace: 'views' })
 *   async view(\@Key() id: string): Promise<void> { await database.addView(id); }
 * }
 * ```
 */
export function IncrementCounter<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: ChangeCounterOptions<Args, Result> = {},
): CacheMethodDecorator<Args, Result> {
  return changeCounter('@IncrementCounter', 'increment', options);
}

/**
 * As `@IncrementCounter`, downwards. memcached stops at 0; a missing counter stays missing.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Stock {
 *   \@DecrementCounter({ namespace: 'stock' })
 *   async sell(\@Key() sku: string, \@Delta() pieces: number) { await database.sell(sku, pieces); }
 * }
 * ```
 */
export function DecrementCounter<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: ChangeCounterOptions<Args, Result> = {},
): CacheMethodDecorator<Args, Result> {
  return changeCounter('@DecrementCounter', 'decrement', options);
}

function changeCounter<Args extends readonly unknown[], Result>(
  decorator: string,
  direction: Direction,
  options: ChangeCounterOptions<Args, Result>,
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator,
    options: options as ChangeCounterOptions,
    optionNames: [...COUNTER_NAMES, 'keyFromResult', 'delta', 'initial'],
    reads: { form: 'counter', key: undefined, isReading: false },
    weave: (place, chosen) => changeCounterCall(decorator, direction, place, chosen),
  }) as CacheMethodDecorator<Args, Result>;
}

function changeCounterCall(
  decorator: string,
  direction: Direction,
  place: MethodPlace,
  options: ChangeCounterOptions,
): Run {
  const { unless, whenUnavailable, initial, ttl = 'forever' } = options;
  assertKeyFunction(decorator, place, options.key);
  engineOptions(decorator, place, { ttl, ...(whenUnavailable && { whenUnavailable }) });
  assertCount(decorator, place, 'delta', typeof options.delta === 'function' ? undefined : options.delta);
  assertCount(decorator, place, 'initial', initial === 'none' ? undefined : initial);
  const deltaOf = deltaReader(decorator, place, options.delta);
  const fromResult = resultKey(decorator, place, options);
  const keyOf = fromResult ? undefined : requireKey(decorator, place, argumentKey(decorator, place, options));
  const startOf = (delta: Count): Count | undefined => {
    if (initial === 'none') return undefined;
    return initial ?? (direction === 'increment' ? delta : undefined);
  };
  return async (call) => {
    const { self, args, proceed } = call;
    const plan = planCall(options, place, call, () => ({ key: keyOf?.(self, args), delta: deltaOf(args) }));
    const result = await proceed();
    if (!plan) return result;
    await afterwards(place, 'count', whenUnavailable, async () => {
      const outcome = { args, result };
      if (unless?.(outcome)) return;
      const key = plan.key ?? fromResult?.(self, outcome);
      if (key === undefined) return;
      await countersOf(findCache(options.cache, self)).count(direction, key, plan.delta, startOf(plan.delta), ttl);
    });
    return result;
  };
}

function deltaReader(
  decorator: string,
  place: MethodPlace,
  delta: ChangeCounterOptions['delta'],
): (args: readonly unknown[]) => Count {
  const index = deltaParameter(decorator, place, delta !== undefined);
  if (index === undefined && typeof delta !== 'function') return () => delta ?? 1;
  return (args) => {
    const given: unknown = typeof delta === 'function' ? delta(...args) : args[index ?? 0];
    if (isCount(given)) return given;
    throw notACount(place, given);
  };
}

function assertCount(decorator: string, place: MethodPlace, option: string, value: unknown): void {
  if (value === undefined || isCount(value)) return;
  const detail = `its option "${option}" is ${typeof value === 'number' ? String(value) : `of type ${typeof value}`}`;
  throw invalidDecorator(decorator, place, detail, 'Give a whole number from 0.');
}
