import { MemcacheError, parseDuration, type Duration } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';

/** What callers get from the near cache: one object for all of them, which nobody can change, or one each. */
export type NearValues = 'frozen' | 'cloned';

/** Copies of entries in this process, in front of memcached. */
export interface NearOptions {
  /**
   * Most memory all copies may take, in bytes, as estimated from the values (strings by their characters, objects and
   * arrays by their fields); the ones not used for longest make room. At least 1,000. Default 33,554,432 (32 MiB).
   */
  readonly maxBytes?: number;
  /**
   * How long a copy is handed out without asking memcached; so long what other processes change may go unseen. After
   * that memcached is asked whether the copy is still true. `false`: it is asked with every read. Default `'1s'`.
   */
  readonly ttl?: Duration | false;
  /**
   * `'frozen'`: all callers share one deeply frozen object, and who tries to change it gets a TypeError. `'cloned'`: each
   * caller gets a copy of its own, which costs time in proportion to the value. Bytes are always copied. Default `'frozen'`.
   */
  readonly values?: NearValues;
}

export interface NearSettings {
  readonly maxBytes: number;
  /** 0: never without asking. */
  readonly ttlMs: number;
  readonly values: NearValues;
}

const OPTION_NAMES: readonly (keyof NearOptions)[] = ['maxBytes', 'ttl', 'values'];
const DEFAULT_BYTES = 32 * 1024 * 1024;
const LEAST_BYTES = 1000;
const DEFAULT_TTL_MS = 1000;

/**
 * `undefined`: no near cache.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function resolveNear(near: NearOptions | false | undefined): NearSettings | undefined {
  if (near === undefined || near === false) return undefined;
  if (typeof near !== 'object' || (near as unknown) === null)
    throw badNear('near', "Give an object such as { maxBytes: 64_000_000, ttl: '1s' }; {} takes the defaults.");
  assertKnownOptions(near, OPTION_NAMES, 'option "near"');
  const { maxBytes = DEFAULT_BYTES, ttl, values = 'frozen' } = near;
  if (!Number.isSafeInteger(maxBytes) || maxBytes < LEAST_BYTES)
    throw badNear('near.maxBytes', `Give a whole number of bytes from ${String(LEAST_BYTES)} on, such as 64_000_000.`);
  if (!isValues(values)) throw badNear('near.values', "Write 'frozen' or 'cloned'.");
  return { maxBytes, ttlMs: ttlOf(ttl), values };
}

function ttlOf(ttl: Duration | false | undefined): number {
  if (ttl === undefined) return DEFAULT_TTL_MS;
  return ttl === false ? 0 : parseDuration(ttl, 'near.ttl');
}

function isValues(values: unknown): values is NearValues {
  return values === 'frozen' || values === 'cloned';
}

function badNear(option: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', {
    action: `Cannot use option "${option}"`,
    detail: 'its value is not one of those allowed',
    hint,
  });
}
