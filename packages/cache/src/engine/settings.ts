/** Options as people write them -> settings in milliseconds, with every default filled in. */
import { MemcacheError, parseDuration, parseTtl, type Duration, type Ttl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { LoadOptions, WhenUnavailable } from './cache-options.js';

/** What a read goes by when its options say nothing. */
export interface Defaults {
  /** `Infinity` for `'forever'`. */
  readonly ttlMs: number;
  /** 0: never serve stale. */
  readonly staleForMs: number;
  readonly leaseMs: number;
  readonly whenUnavailable: WhenUnavailable;
}

export interface LoadSettings<Value = unknown> extends Defaults {
  /** Tags known before the load. */
  readonly tags: readonly string[];
  /** Tags that depend on the value. */
  readonly tagsOf: ((value: Value) => readonly string[]) | undefined;
  readonly storeIf: ((value: Value) => boolean) | undefined;
}

interface DefaultOptions {
  readonly ttl?: Ttl;
  readonly staleFor?: Duration;
  readonly lease?: Duration;
  readonly whenUnavailable?: WhenUnavailable;
}

export const STANDARD_DEFAULTS: Defaults = { ttlMs: 300_000, staleForMs: 0, leaseMs: 10_000, whenUnavailable: 'miss' };

export const LOAD_OPTIONS: readonly (keyof LoadOptions)[] = [
  'ttl',
  'staleFor',
  'lease',
  'tags',
  'storeIf',
  'whenUnavailable',
];

/**
 * @throws `MEMCACHE_INVALID_TTL`, `MEMCACHE_INVALID_OPTION`
 */
export function resolveDefaults(options: DefaultOptions, base: Defaults): Defaults {
  const { ttl, staleFor, lease, whenUnavailable } = options;
  return {
    ttlMs: ttl === undefined ? base.ttlMs : parseTtl(ttl),
    staleForMs: staleFor === undefined ? base.staleForMs : parseDuration(staleFor, 'staleFor'),
    leaseMs: lease === undefined ? base.leaseMs : parseDuration(lease, 'lease'),
    whenUnavailable: whenUnavailable === undefined ? base.whenUnavailable : parsePolicy(whenUnavailable),
  };
}

/**
 * @param where the call, for the message: `getOrLoad()`
 * @throws `MEMCACHE_INVALID_TTL`, `MEMCACHE_INVALID_OPTION`
 */
export function resolveLoad<Value>(
  options: LoadOptions<Value> | undefined,
  defaults: Defaults,
  where: string,
): LoadSettings<Value> {
  if (options === undefined) return { ...defaults, tags: [], tagsOf: undefined, storeIf: undefined };
  assertKnownOptions(options, LOAD_OPTIONS, where);
  const { tags } = options;
  return {
    ...resolveDefaults(options, defaults),
    tags: typeof tags === 'function' ? [] : parseTags(tags),
    tagsOf: typeof tags === 'function' ? tags : undefined,
    storeIf: options.storeIf,
  };
}

function parsePolicy(policy: unknown): WhenUnavailable {
  if (policy === 'miss' || policy === 'throw') return policy;
  throw invalid('whenUnavailable', "Write 'miss' (the loader runs) or 'throw' (the call rejects).");
}

function parseTags(tags: unknown): readonly string[] {
  if (tags === undefined) return [];
  if (Array.isArray(tags) && tags.every((tag): tag is string => typeof tag === 'string')) return tags;
  throw invalid('tags', "Give a list of strings, such as ['country:fr'], or a function of the value that returns one.");
}

function invalid(option: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: `Cannot use option "${option}"`,
    detail: 'its value is not one of those allowed',
    hint,
  });
}
