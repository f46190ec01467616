/** What a call of a method with one of the reading decorators does. */
import type { MemcacheError } from '@memkit/core';
import type { LoaderContext } from '../engine/cache-options.js';
import type { Cache } from '../engine/cache-surface.js';
import { asMemcacheError, planCall } from './call-plan.js';
import type { ReadThroughOptions } from './decorator-options.js';
import { findCache } from './find-cache.js';
import { addTags } from '../operations/add-tags.js';
import { isInsideLoadOf, runAsLoad } from '../operations/loads-in-progress.js';
import type { MethodCall, Run } from './method-call.js';
import { namespaceReader, type KeyOf } from './method-key.js';
import { showPlace, type MethodPlace } from './method-place.js';
import { engineOptions, namespaceTag } from './stored-options.js';

export type ReadCallOptions = Omit<ReadThroughOptions, 'key'>;

export function readCall(decorator: string, place: MethodPlace, options: ReadCallOptions, keyOf: KeyOf): Run {
  const { tags, unless, signal } = options;
  const chosen = engineOptions(decorator, place, options);
  const namespaceOf = namespaceReader(place, options.namespace);
  // Tags that are always the same are read together with the entry.
  const fixedTags = typeof tags === 'function' ? [] : (tags ?? []);
  const optionsOf = (namespace: string) => Object.freeze({ ...chosen, tags: [namespaceTag(namespace), ...fixedTags] });
  const explain = (error: unknown): MemcacheError => asMemcacheError(error, place);
  let last = { namespace: '', options: optionsOf('') };
  // Not an async function, and the same options for every call that needs no others: a hit costs a tenth less.
  return (call) => {
    const { self, args, proceed } = call;
    const plan = planCall(options, place, call, () => ({
      key: keyOf(self, args),
      namespace: namespaceOf(self),
      abort: signal?.(...args),
    }));
    if (!plan) return run(proceed);
    const { key, namespace, abort } = plan;
    let cache: Cache;
    try {
      cache = findCache(options.cache, self);
    } catch (error) {
      return run(() => {
        throw error;
      });
    }
    if (isInsideLoadOf(cache, key)) return run(proceed);
    const loader = async (context: LoaderContext): Promise<unknown> => {
      const result = await runAsLoad(cache, [key], () => proceed());
      if (typeof tags === 'function' && result !== undefined) {
        addTags(context, () => tags({ args, result }), showPlace(place), explain);
      }
      return result;
    };
    if (last.namespace !== namespace) last = { namespace, options: optionsOf(namespace) };
    if (!unless && !abort) return cache.getOrLoad(key, loader, last.options);
    return cache.getOrLoad(key, loader, {
      ...last.options,
      ...(unless && { storeIf: (result: unknown) => !unless({ args, result }) }),
      ...(abort && { signal: abort }),
    });
  };
}

async function run(proceed: MethodCall['proceed']): Promise<unknown> {
  return await proceed();
}
