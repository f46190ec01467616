/** What a call of a method with one of the invalidating decorators does. */
import { afterwards, planCall } from './call-plan.js';
import type { InvalidateOptions } from './decorator-options.js';
import { findCache } from './find-cache.js';
import type { MethodCall, Run } from './method-call.js';
import { invalidDecorator, type MethodPlace } from './method-place.js';
import { engineOptions, SHARED_NAMES, tagsFor } from './stored-options.js';

export const INVALIDATE_NAMES: readonly string[] = [
  ...SHARED_NAMES,
  'key',
  'tags',
  'beforeInvocation',
  'unless',
  'whenUnavailable',
];

export type InvalidateCallOptions = Omit<InvalidateOptions, 'key' | 'keyFromResult' | 'allEntries'>;

/** What is removed. */
export interface Removal {
  readonly keys: readonly string[];
  /** Those of the options excluded. */
  readonly tags: readonly string[];
}

export interface InvalidateSteps<Plan> {
  /** Before the method runs, while its arguments are as they were passed. */
  readonly prepare: (call: MethodCall) => Plan;
  readonly removal: (plan: Plan, call: MethodCall, result: unknown) => Removal;
  /** Whether `removal` looks at the result. */
  readonly needsResult: boolean;
}

export function invalidateCall<Plan>(
  decorator: string,
  place: MethodPlace,
  options: InvalidateCallOptions,
  { prepare, removal, needsResult }: InvalidateSteps<Plan>,
): Run {
  const { tags, unless, whenUnavailable, beforeInvocation = false } = options;
  engineOptions(decorator, place, {
    ...(whenUnavailable && { whenUnavailable }),
    ...(tags && typeof tags !== 'function' && { tags }),
  });
  if (beforeInvocation && (needsResult || unless)) {
    const option = needsResult ? 'keyFromResult' : 'unless';
    const detail = `its options "beforeInvocation" and "${option}" contradict each other: there is no result before the method ran`;
    throw invalidDecorator(decorator, place, detail, 'Remove one of the two.');
  }
  return async (call) => {
    const { self, args, proceed } = call;
    const plan = planCall(options, place, call, () => ({ steps: prepare(call) }));
    const remove = (result: unknown): Promise<void> =>
      afterwards(place, 'invalidate', whenUnavailable, async () => {
        const outcome = { args, result };
        if (!plan || unless?.(outcome)) return;
        const found = findCache(options.cache, self);
        const cache = whenUnavailable === undefined ? found : found.with({ whenUnavailable });
        const { keys, tags: own } = removal(plan.steps, call, result);
        const names = [...tagsFor(tags, outcome), ...own];
        if (keys.length > 0) await cache.invalidate(...keys);
        if (names.length > 0) await cache.invalidateTags(...names);
      });
    if (beforeInvocation) {
      await remove(undefined);
      return await proceed();
    }
    const result = await proceed();
    await remove(result);
    return result;
  };
}
