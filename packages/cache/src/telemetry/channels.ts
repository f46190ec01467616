/** The diagnostics channels of this package; subscribe with `node:diagnostics_channel`. */
import { channel } from 'node:diagnostics_channel';
import type { MemcacheError } from '@memkit/core';
import type { CacheRead, ReadOutcome } from '../engine/cache-options.js';

/** Published on `memkit:cache:read` after every read; a multi-read publishes one message for each key. */
export interface CacheReadMessage {
  readonly namespace: string;
  readonly key: string;
  readonly outcome: ReadOutcome;
  readonly source: CacheRead<unknown>['source'];
  readonly durationMs: number;
  readonly loadMs: number | undefined;
}

/** Published on `memkit:cache:invalidate`. `clear()` publishes it without keys and tags. */
export interface CacheInvalidateMessage {
  readonly namespace: string;
  readonly keys: readonly string[];
  readonly tags: readonly string[];
}

/** Published on `memkit:cache:trouble` whenever a failure of memcache was not given to the caller. */
export interface CacheTroubleMessage {
  /** What was being done: `read`, `store`, `invalidate`, `build the key of`. */
  readonly operation: string;
  readonly key: string | undefined;
  readonly error: MemcacheError;
}

/**
 * Published on `memkit:cache:load-failed` whenever a loader failed and its error reached nobody: a stale value was
 * served in its place, it ran in the background, or nobody waited for it any longer.
 */
export interface CacheLoadFailedMessage {
  readonly namespace: string;
  readonly key: string;
  /** What the loader threw. */
  readonly error: unknown;
}

/**
 * Published on `memkit:cache:refused` whenever a loaded value was not stored, because its key was invalidated, set or
 * loaded by another while the loader ran.
 */
export interface CacheRefusedMessage {
  readonly namespace: string;
  readonly key: string;
  /** Time the loader took, in milliseconds. */
  readonly loadMs: number;
}

/** Published on `memkit:cache:refresh` after a load in the background, for each of its keys. */
export interface CacheRefreshMessage {
  readonly namespace: string;
  readonly key: string;
  /** Whether what was loaded is in memcache now. */
  readonly stored: boolean;
  readonly loadMs: number;
}

export const readChannel = channel('memkit:cache:read');
export const invalidateChannel = channel('memkit:cache:invalidate');
export const troubleChannel = channel('memkit:cache:trouble');
export const loadFailedChannel = channel('memkit:cache:load-failed');
export const refusedChannel = channel('memkit:cache:refused');
export const refreshChannel = channel('memkit:cache:refresh');

export function publishRead(message: CacheReadMessage): void {
  if (readChannel.hasSubscribers) readChannel.publish(message);
}

export function publishInvalidate(message: CacheInvalidateMessage): void {
  if (invalidateChannel.hasSubscribers) invalidateChannel.publish(message);
}

export function publishTrouble(operation: string, key: string | undefined, error: MemcacheError): void {
  if (!troubleChannel.hasSubscribers) return;
  const message: CacheTroubleMessage = { operation, key, error };
  troubleChannel.publish(message);
}

export function publishLoadFailed(message: CacheLoadFailedMessage): void {
  if (loadFailedChannel.hasSubscribers) loadFailedChannel.publish(message);
}

export function publishRefused(message: CacheRefusedMessage): void {
  if (refusedChannel.hasSubscribers) refusedChannel.publish(message);
}

export function publishRefresh(message: CacheRefreshMessage): void {
  if (refreshChannel.hasSubscribers) refreshChannel.publish(message);
}
