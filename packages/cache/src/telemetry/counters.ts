/** What happened since the cache was made; each number only grows. */
export interface CacheCounters {
  /** Reads of a fresh entry; those that joined another read included, here and in the next three. */
  readonly hits: number;
  /** Reads that ran a loader, or joined one. */
  readonly misses: number;
  /** Reads of an entry past its ttl. */
  readonly stale: number;
  /** Reads that ran a loader because memcache was out of reach, or the cache is disabled. */
  readonly bypasses: number;
  /** Calls of loaders, refreshes included; one for any number of ids of a multi-read. */
  readonly loads: number;
  /** Loaders that failed. */
  readonly loadFailures: number;
  /** Calls of loaders in the background. */
  readonly refreshes: number;
  /** Callers that got `MEMCACHE_LOAD_TIMEOUT`. */
  readonly loadTimeouts: number;
  /** Keys that were waited for because another process was loading them. */
  readonly leaseWaits: number;
  /** Loaded values that were stored. */
  readonly stores: number;
  /** Loaded values that were not stored, because they were invalidated, set or loaded by another meanwhile. */
  readonly storesRefused: number;
}

export class Counters {
  readonly #counts: { -readonly [Name in keyof CacheCounters]: number } = {
    hits: 0,
    misses: 0,
    stale: 0,
    bypasses: 0,
    loads: 0,
    loadFailures: 0,
    refreshes: 0,
    loadTimeouts: 0,
    leaseWaits: 0,
    stores: 0,
    storesRefused: 0,
  };

  add(name: keyof CacheCounters, by = 1): void {
    this.#counts[name] += by;
  }

  snapshot(): CacheCounters {
    return { ...this.#counts };
  }
}
