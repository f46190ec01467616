import { isMemcacheError, type MemcacheError, type MemcacheErrorCode } from '@memkit/core';
import type { WhenUnavailable } from './memkit-store-options.js';
import { publishTrouble } from './telemetry/channels.js';

/** Mistakes of the caller: hidden as misses they would never be found. */
const CALLERS_FAULT: ReadonlySet<MemcacheErrorCode> = new Set<MemcacheErrorCode>([
  'MEMCACHE_INVALID_KEY',
  'MEMCACHE_INVALID_TTL',
  'MEMCACHE_INVALID_OPTION',
  'MEMCACHE_NOT_SERIALIZABLE',
]);

/** Decides what a failure of memcache becomes: an error for the caller, or a miss that leaves a message. */
export class UnavailablePolicy {
  readonly #isMiss: boolean;

  constructor(whenUnavailable: WhenUnavailable) {
    this.#isMiss = whenUnavailable === 'miss';
  }

  /** Publishes a failure that counts as a miss, throws any other. */
  report(error: unknown, operation: string, key?: string): void {
    if (!this.#isMiss || !isMemcacheError(error) || CALLERS_FAULT.has(error.code)) throw error;
    publishTrouble({ operation, key, error });
  }

  /** A `report` for one call, in the shape of an error listener. */
  reporter(operation: string, key?: string): (error: MemcacheError) => void {
    return (error) => {
      this.report(error, operation, key);
    };
  }

  /** What `work` resolves to, or `missed` when its failure counts as a miss. */
  async answer<T>(work: () => Promise<T>, missed: T, operation: string, key?: string): Promise<T> {
    try {
      return await work();
    } catch (error) {
      this.report(error, operation, key);
      return missed;
    }
  }
}
