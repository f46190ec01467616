import { MemcacheError } from '@memkit/core';
import { countersOf, isCount, type Count } from '../operations/counters.js';
import { publishTrouble } from '../telemetry/channels.js';
import type { CacheMethodDecorator } from './cache-method-decorator.js';
import { afterwards, asMemcacheError, planCall } from './call-plan.js';
import { COUNTER_NAMES, type ReadCounterOptions } from './counter-options.js';
import { defineDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import type { Run } from './method-call.js';
import { argumentKey, assertKeyFunction, requireKey } from './method-key.js';
import { showPlace, type MethodPlace } from './method-place.js';
import { engineOptions } from './stored-options.js';

const DECORATOR = '@ReadCounter';

type MaybeCount = Count | null | undefined;

/**
 * The counter that memcached keeps; the method runs when there is none, and what it returns, a whole number from 0, starts
 * the counter. What others counted meanwhile is not overwritten. A count above `Number.MAX_SAFE_INTEGER` is a bigint.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Articles {
 *   \@ReadCounter({ namespace: 'views' })
 *   async views(\@Key() id: string): Promise<number> { return await database.countViews(id); }
 *   \@IncrementCounter({ namespace: 'views' })
 *   async view(\@Key() id: string): Promise<void> { await database.addView(id); }
 * }
 * ```
 */
export function ReadCounter<
  Args extends readonly unknown[] = readonly unknown[],
  Result extends MaybeCount = MaybeCount,
>(options: ReadCounterOptions<Args, Result> = {}): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as ReadCounterOptions,
    optionNames: COUNTER_NAMES,
    reads: { form: 'counter', key: undefined, isReading: true },
    weave: readCounterCall,
  }) as CacheMethodDecorator<Args, Result>;
}

function readCounterCall(place: MethodPlace, options: ReadCounterOptions): Run {
  const { unless, whenUnavailable, ttl = 'forever' } = options;
  assertKeyFunction(DECORATOR, place, options.key);
  engineOptions(DECORATOR, place, { ttl, ...(whenUnavailable && { whenUnavailable }) });
  const keyOf = requireKey(DECORATOR, place, argumentKey(DECORATOR, place, options));
  return async (call) => {
    const { self, args, proceed } = call;
    const plan = planCall(options, place, call, () => ({ key: keyOf(self, args) }));
    if (!plan) return await proceed();
    const { key } = plan;
    const counters = countersOf(findCache(options.cache, self));
    try {
      const count = await counters.get(key);
      if (count !== undefined) return count;
    } catch (error) {
      if (whenUnavailable === 'throw') throw error;
      publishTrouble('read', key, asMemcacheError(error, place));
      return await proceed();
    }
    const result = await proceed();
    await afterwards(place, 'store', whenUnavailable, async () => {
      if (result === undefined || result === null || unless?.({ args, result })) return;
      if (!isCount(result)) throw notACount(place, result);
      await counters.start(key, result, ttl);
    });
    return result;
  };
}

export function notACount(place: MethodPlace, value: unknown): MemcacheError {
  const isNumber = typeof value === 'number' || typeof value === 'bigint';
  return new MemcacheError('NOT_A_NUMBER', {
    action: `Cannot store the counter of ${showPlace(place)}`,
    detail: isNumber ? `it is ${String(value)}` : `it is of type ${value === null ? 'null' : typeof value}`,
    hint: 'Counters are whole numbers from 0 to 18446744073709551615.',
  });
}
