import type { Sendable } from '../drivers/protocol-driver.js';

/** One API command on one key: how to ask for it on any protocol, and what the reply means to the caller. */
export interface Command<Reply, Result> extends Sendable<Reply> {
  /** Doing it twice is the same as doing it once, so it may be repeated after its bytes were written. */
  readonly isIdempotent: boolean;
  result(reply: Reply): Result;
}
