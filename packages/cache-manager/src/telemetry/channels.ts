/** The diagnostics channel of this package; subscribe with `node:diagnostics_channel`. */
import { channel } from 'node:diagnostics_channel';
import type { MemcacheError } from '@memkit/core';

/** Published on `memkit:cache-manager:trouble` whenever a failure of memcache was answered as a miss. */
export interface StoreTroubleMessage {
  /** The method of the store: `get`, `set`, `clear`. */
  readonly operation: string;
  /** The key as Keyv gave it; `undefined` when the call had several or none. */
  readonly key: string | undefined;
  readonly error: MemcacheError;
}

const troubleChannel = channel('memkit:cache-manager:trouble');

export function publishTrouble(message: StoreTroubleMessage): void {
  if (troubleChannel.hasSubscribers) troubleChannel.publish(message);
}
