import { MemcacheError, isMemcacheError } from '@memkit/core';
import type { WhenUnavailable } from '../engine/cache-options.js';
import { publishTrouble } from '../telemetry/channels.js';

/** Any failure of the client as a `MemcacheError`; a client of your own may throw others. */
export function toMemcacheError(error: unknown, action: string, key?: string): MemcacheError {
  if (isMemcacheError(error)) return error;
  const detail = error instanceof Error ? error.message : 'the client threw something that is not an error';
  return new MemcacheError('SERVER_ERROR', { action, key, detail, cause: error });
}

/**
 * What follows from a failure of memcache: publishes it and returns, so that the caller goes on without the cache, or
 * throws it. Having no server configured is never swallowed: it does not pass by itself.
 */
export function swallowOrThrow(error: unknown, policy: WhenUnavailable, operation: string, key?: string): void {
  if (policy === 'throw') throw error;
  if (isMemcacheError(error) && error.code === 'MEMCACHE_NOT_CONFIGURED') throw error;
  publishTrouble(operation, key, toMemcacheError(error, `Cannot ${operation}`, key));
}
