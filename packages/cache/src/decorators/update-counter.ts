import { countersOf, isCount } from '../operations/counters.js';
import type { CacheMethodDecorator } from './cache-method-decorator.js';
import { afterwards, planCall } from './call-plan.js';
import { contentReader } from './content-parameter.js';
import { COUNTER_NAMES, type UpdateCounterOptions } from './counter-options.js';
import { defineDecorator } from './define-decorator.js';
import { findCache } from './find-cache.js';
import type { Run } from './method-call.js';
import { argumentKey, assertKeyFunction, requireKey, resultKey } from './method-key.js';
import type { MethodPlace } from './method-place.js';
import { notACount } from './read-counter.js';
import { engineOptions } from './stored-options.js';

const DECORATOR = '@UpdateCounter';

/**
 * After the method succeeded, the counter is what it returned, or the parameter marked with `@Content()`: a whole number
 * from 0. Where there is none (`undefined`, `null`) the counter is removed.
 * @throws `MEMCACHE_INVALID_DECORATOR`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` when the class is defined
 * @example
 * ```ts
 * class Stock {
 *   \@UpdateCounter({ namespace: 'stock' })
 *   async recount(\@Key() sku: string, \@Content() pieces: number): Promise<void> { await database.setStock(sku, pieces); }
 * }
 * ```
 */
export function UpdateCounter<Args extends readonly unknown[] = readonly unknown[], Result = unknown>(
  options: UpdateCounterOptions<Args, Result> = {},
): CacheMethodDecorator<Args, Result> {
  return defineDecorator({
    decorator: DECORATOR,
    options: options as UpdateCounterOptions,
    optionNames: [...COUNTER_NAMES, 'keyFromResult', 'content'],
    reads: { form: 'counter', key: undefined, isReading: false },
    weave: updateCounterCall,
  }) as CacheMethodDecorator<Args, Result>;
}

function updateCounterCall(place: MethodPlace, options: UpdateCounterOptions): Run {
  const { unless, whenUnavailable, ttl = 'forever' } = options;
  assertKeyFunction(DECORATOR, place, options.key);
  engineOptions(DECORATOR, place, { ttl, ...(whenUnavailable && { whenUnavailable }) });
  const contentOf = contentReader(DECORATOR, place, options.content);
  const fromResult = resultKey(DECORATOR, place, options);
  const keyOf = fromResult ? undefined : requireKey(DECORATOR, place, argumentKey(DECORATOR, place, options));
  return async (call) => {
    const { self, args, proceed } = call;
    const plan = planCall(options, place, call, () => ({ key: keyOf?.(self, args) }));
    const result = await proceed();
    if (!plan) return result;
    await afterwards(place, 'store', whenUnavailable, async () => {
      const outcome = { args, result };
      if (unless?.(outcome)) return;
      const key = plan.key ?? fromResult?.(self, outcome);
      if (key === undefined) return;
      const counters = countersOf(findCache(options.cache, self));
      const count = contentOf(args, result);
      if (isCount(count)) {
        await counters.set(key, count, ttl);
        return;
      }
      // What is stored is out of date.
      await counters.remove(key);
      if (count !== undefined && count !== null) throw notACount(place, count);
    });
    return result;
  };
}
