/** What a call of a method with one of the updating decorators does. */
import type { Cache } from '../engine/cache-surface.js';
import { afterwards, planCall } from './call-plan.js';
import type { AnyStored, MethodOutcome } from './decorator-options.js';
import { findCache } from './find-cache.js';
import type { MethodCall, Run } from './method-call.js';
import { namespaceReader } from './method-key.js';
import type { MethodPlace } from './method-place.js';
import { engineOptions, namespaceTag, tagsFor } from './stored-options.js';

/** What is to be stored under which key; `undefined` as content: the entry is removed. */
export type Change = readonly [key: string, content: unknown];

export interface UpdateSteps<Plan> {
  /** Before the method runs, while its arguments are as they were passed. */
  readonly prepare: (call: MethodCall) => Plan;
  /** After it returned. */
  readonly changes: (plan: Plan, call: MethodCall, result: unknown) => readonly Change[];
}

export function updateCall<Plan>(
  decorator: string,
  place: MethodPlace,
  options: AnyStored,
  { prepare, changes }: UpdateSteps<Plan>,
): Run {
  const { tags, unless, whenUnavailable } = options;
  const chosen = engineOptions(decorator, place, options);
  const namespaceOf = namespaceReader(place, options.namespace);
  const store = async (cache: Cache, own: string, key: string, outcome: MethodOutcome): Promise<void> => {
    let names: readonly string[] | undefined;
    try {
      if (outcome.result !== undefined && !unless?.(outcome)) names = [own, ...tagsFor(tags, outcome)];
    } catch (error) {
      // The old entry is out of date all the same.
      await cache.invalidate(key);
      throw error;
    }
    if (names) await cache.set(key, outcome.result, { ...chosen, tags: names });
    else await cache.invalidate(key);
  };
  return async (call) => {
    const { self, args, proceed } = call;
    const plan = planCall(options, place, call, () => ({
      steps: prepare(call),
      own: namespaceTag(namespaceOf(self)),
    }));
    const result = await proceed();
    if (!plan) return result;
    await afterwards(place, 'store', whenUnavailable, async () => {
      const cache = findCache(options.cache, self);
      const changed = changes(plan.steps, call, result);
      const work = changed.map(([key, content]) =>
        afterwards(place, 'store', whenUnavailable, () => store(cache, plan.own, key, { args, result: content })),
      );
      await Promise.allSettled(work);
      await Promise.all(work);
    });
    return result;
  };
}
