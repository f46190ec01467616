/**
 * Gives each reply of one session to the request that waits for it, and reads from error replies what they say about the
 * session. What becomes of a session that is of no use is the listener's business.
 */
import { isMemcacheError } from '@memkit/protocol';
import { endedTogether, needsMore } from '../drivers/protocol-driver.js';
import { parserFailure, refusedConnection } from './connection-errors.js';
import type { LiveListener, ReplyReceiver } from './live-connection.js';
import type { OneByOne } from './one-by-one.js';
import type { PendingRequest } from './pending-requests.js';
import type { ReconnectBackoff } from './reconnect-backoff.js';
import type { ReplayLane } from './replay-lane.js';
import type { RequestLedger } from './request-ledger.js';
import type { SocketSession } from './socket-session.js';

export interface MatcherListener extends Pick<LiveListener, 'lost' | 'refused'> {
  /** Requests that had been sent wait again. */
  schedule(): void;
  /** Keys of the journal have to be deleted again. */
  replay(): void;
}

export class ReplyMatcher implements ReplyReceiver {
  readonly #session: SocketSession;
  readonly #ledger: RequestLedger;
  readonly #oneByOne: OneByOne;
  readonly #backoff: ReconnectBackoff;
  readonly #lane: ReplayLane | undefined;
  readonly #listener: MatcherListener;

  constructor(
    session: SocketSession,
    ledger: RequestLedger,
    oneByOne: OneByOne,
    backoff: ReconnectBackoff,
    lane: ReplayLane | undefined,
    listener: MatcherListener,
  ) {
    this.#session = session;
    this.#ledger = ledger;
    this.#oneByOne = oneByOne;
    this.#backoff = backoff;
    this.#lane = lane;
    this.#listener = listener;
  }

  /** A reply was understood: the server works, so the next attempt to connect is free. */
  prove(): void {
    this.#session.isProven = true;
    this.#backoff.succeeded();
  }

  replied(reply: unknown): void {
    // Gets that travelled together have one end. The loop around this method instead cost 3 % of a get's CPU.
    while (this.#answer(reply) && !this.#session.isOver);
  }

  garbled(error: unknown): void {
    const refusal = refusedConnection(error);
    if (refusal !== undefined) {
      this.#listener.refused(refusal);
      return;
    }
    // The request whose reply it should have been gets the reason; those behind it have lost their connection.
    const failure = parserFailure(error);
    const entry = this.#ledger.pending.peek();
    this.#ledger.pending.shift();
    if (entry !== undefined) this.#ledger.reject(entry, failure);
    this.#listener.lost({ name: 'CONNECTION_LOST', detail: failure.detail, cause: error });
  }

  /** @returns whether the reply is for the next request, too */
  #answer(reply: unknown): boolean {
    const entry = this.#ledger.pending.peek();
    if (entry === undefined) {
      this.#listener.lost({ name: 'UNEXPECTED_REPLY', detail: 'the server sent a reply nobody asked for' });
      return false;
    }
    let result: unknown;
    try {
      result = entry.request?.decode(reply);
    } catch (error) {
      this.#onErrorReply(entry, error);
      return false;
    }
    if (!this.#session.isProven) this.prove();
    if (result === needsMore) return false;
    this.#ledger.pending.shift();
    const lane = this.#lane;
    if (lane !== undefined && lane.journal.size > 0 && lane.answered(entry, result)) this.#listener.replay();
    this.#ledger.resolve(entry, result === endedTogether ? entry.request?.resultAtEnd : result);
    return result === endedTogether;
  }

  #onErrorReply(entry: PendingRequest, error: unknown): void {
    const refusal = refusedConnection(error);
    if (refusal !== undefined) {
      this.#listener.refused(refusal);
      return;
    }
    this.prove();
    const code = isMemcacheError(error) ? error.code : undefined;
    const { together, goesOnBehindErrors } = entry.request ?? {};
    if (together !== undefined && code !== 'MEMCACHE_UNEXPECTED_REPLY') this.#oneByOne.begin(together);
    else {
      this.#ledger.pending.shift();
      this.#ledger.answerError(entry, error);
    }
    // A storage command refused as malformed has its data block executed as commands (measured on 1.6.18), and a reply
    // that does not fit means that requests and replies are out of step: nothing behind it can be trusted.
    const isOutOfStep = code === 'MEMCACHE_CLIENT_ERROR' || code === 'MEMCACHE_UNEXPECTED_REPLY' || code === undefined;
    if (isOutOfStep || goesOnBehindErrors === true) {
      this.#listener.lost({ name: 'CONNECTION_LOST', detail: 'replies got out of step with requests', cause: error });
    } else if (together !== undefined) this.#listener.schedule();
  }
}
