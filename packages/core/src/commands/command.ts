import type { ProtocolDriver, WireRequest } from '../drivers/protocol-driver.js';

/** One API command on one key: how to ask for it on any protocol, and what the reply means to the caller. */
export interface Command<Reply, Result> {
  /** API name, for messages: `get`. */
  readonly name: string;
  /** The key as it travels, prefix included. */
  readonly key: string;
  /** Doing it twice is the same as doing it once, so it may be repeated after its bytes were written. */
  readonly isIdempotent: boolean;
  request(driver: ProtocolDriver): WireRequest<Reply>;
  result(reply: Reply): Result;
}
