import type { Deadline } from '../cluster/deadline.js';
import type { Sendable } from '../drivers/protocol-driver.js';

/**
 * What a command does to the item, which decides what becomes of copies that did not get it. `store`: a new value,
 * whatever was there. `condition`: a new value, depending on what was there (add, replace, CAS). `change`: the value is
 * continued (counters, append).
 */
export type Effect = 'read' | 'store' | 'condition' | 'change' | 'delete' | 'touch';

/** One API command on one key: how to ask for it on any protocol, and what the reply means to the caller. */
export interface Command<Reply, Result> extends Sendable<Reply> {
  readonly effect: Effect;
  /** Doing it twice is the same as doing it once, so it may be repeated after its bytes were written. */
  readonly isIdempotent: boolean;
  /**
   * May throw, and may be a promise where decoding takes a while.
   * @param deadline of the call
   */
  result(reply: Reply, deadline: Deadline): Result | PromiseLike<Result>;
  /** Whether copies of the item on other servers are out of date now. Absent for commands that change nothing. */
  outdatesCopies?(reply: Reply): boolean;
  /** What brings a replica to the same state. Absent when there is nothing to do. */
  forReplica?(): Command<unknown, unknown>;
  /** The same for a server that keeps nothing long. Absent for commands without an expiry. */
  expiringWithin?(limit: ExptimeLimit): Command<Reply, Result>;
}

/** The wire's exptime field -> the same or an earlier one. */
export type ExptimeLimit = (exptime: number) => number;
