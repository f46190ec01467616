import type { LoadOptions, ReadPolicy } from '../engine/cache-options.js';
import { parseTags, POLICY_OPTIONS, resolveLoad, STANDARD_DEFAULTS } from '../engine/settings.js';
import type { AnyStored, MethodOutcome } from './decorator-options.js';
import { checkedAt, type MethodPlace } from './method-place.js';

export const SHARED_NAMES: readonly string[] = ['namespace', 'cache', 'condition'];
/** Of the reading decorators, beside those that store. */
export const READ_NAMES: readonly string[] = ['near', 'signal'];
export const STORED_NAMES: readonly string[] = [...SHARED_NAMES, ...POLICY_OPTIONS, 'key', 'tags', 'unless'];

/** Tags of an outcome, however the option was written. */
export function tagsFor(tags: AnyStored['tags'], outcome: MethodOutcome): readonly string[] {
  return parseTags(typeof tags === 'function' ? tags(outcome) : tags);
}

/**
 * The part of the options that the engine understands; checked here, when the class is defined.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`
 */
export function engineOptions(
  decorator: string,
  place: MethodPlace,
  options: ReadPolicy & Pick<AnyStored, 'tags'> & { readonly near?: boolean },
): LoadOptions {
  const known = Object.entries(options).filter(([name, value]) => POLICY_NAMES.has(name) && value !== undefined);
  const chosen: LoadOptions = Object.fromEntries(known);
  checkedAt(decorator, place, () => {
    const { tags } = options;
    resolveLoad(
      tags === undefined || typeof tags === 'function' ? chosen : { ...chosen, tags },
      STANDARD_DEFAULTS,
      decorator,
    );
  });
  return chosen;
}

const POLICY_NAMES: ReadonlySet<string> = new Set([...POLICY_OPTIONS, 'near']);

/** Tag of everything that decorators store under a namespace; `allEntries` invalidates it. */
export function namespaceTag(namespace: string): string {
  return `namespace:${namespace}`;
}
