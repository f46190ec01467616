/** The diagnostics channels of this package; subscribe with `node:diagnostics_channel`. */
import { channel } from 'node:diagnostics_channel';
import type { MemcacheError } from '@memkit/core';

/** Published on `memkit:express-session:trouble` whenever a failure was not given to the application. */
export interface SessionTroubleMessage {
  /** The method of the store: `get`, `set`, `touch`, `destroy`. */
  readonly operation: string;
  readonly error: MemcacheError;
}

/** Published on `memkit:express-session:conflict` when a session was saved that another request had saved meanwhile. */
export interface SessionConflictMessage {
  /** Top-level keys that both requests changed; the later save won. Empty when everything could be merged. */
  readonly keys: readonly string[];
}

/** Published on `memkit:express-session:discarded` when a save was dropped because its session no longer exists. */
export interface SessionDiscardedMessage {
  /** `destroyed`: by a logout a moment ago. `gone`: expired, evicted, or destroyed longer ago. */
  readonly reason: 'destroyed' | 'gone';
}

const troubleChannel = channel('memkit:express-session:trouble');
const conflictChannel = channel('memkit:express-session:conflict');
const discardedChannel = channel('memkit:express-session:discarded');

export function publishTrouble(message: SessionTroubleMessage): void {
  if (troubleChannel.hasSubscribers) troubleChannel.publish(message);
}

export function publishConflict(message: SessionConflictMessage): void {
  if (conflictChannel.hasSubscribers) conflictChannel.publish(message);
}

export function publishDiscarded(message: SessionDiscardedMessage): void {
  if (discardedChannel.hasSubscribers) discardedChannel.publish(message);
}
