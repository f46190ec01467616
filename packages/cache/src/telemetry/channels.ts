/** The diagnostics channels of this package; subscribe with `node:diagnostics_channel`. */
import { channel } from 'node:diagnostics_channel';
import type { MemcacheError } from '@memkit/core';
import type { ReadOutcome } from '../engine/cache-options.js';

/** Published on `memkit:cache:read` after every read; a multi-read publishes one message for each key. */
export interface CacheReadMessage {
  readonly namespace: string;
  readonly key: string;
  readonly outcome: ReadOutcome;
  readonly source: 'memcache' | 'loader' | 'flight';
  readonly durationMs: number;
  readonly loadMs: number | undefined;
}

/** Published on `memkit:cache:invalidate`. */
export interface CacheInvalidateMessage {
  readonly namespace: string;
  readonly keys: readonly string[];
  readonly tags: readonly string[];
}

/** Published on `memkit:cache:trouble` whenever a failure of memcache was not given to the caller. */
export interface CacheTroubleMessage {
  readonly operation: string;
  readonly key: string | undefined;
  readonly error: MemcacheError;
}

export const readChannel = channel('memkit:cache:read');
export const invalidateChannel = channel('memkit:cache:invalidate');
export const troubleChannel = channel('memkit:cache:trouble');
