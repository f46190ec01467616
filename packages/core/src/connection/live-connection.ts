/**
 * A session that can carry requests, and what the server on it has shown of itself. Until its first byte the server may
 * be another kind of one, or want another protocol: then this finds out which.
 */
import type { Duplex } from 'node:stream';
import type { LinkDeadline } from '../cluster/link-request.js';
import type { ProtocolDriver, ReplyParser } from '../drivers/protocol-driver.js';
import type { OpenedSession } from './connect-attempt.js';
import { neverAnsweredHint, type ConnectionFailure } from './connection-errors.js';
import { SilenceWatch } from './silence-watch.js';
import { describeSocketError, socketHint } from './socket-errors.js';
import type { SocketSession, SessionOwner } from './socket-session.js';
import { recognizeOtherWire, recognizeStranger } from './strangers.js';
import { tlsFailure } from './tls-errors.js';
import type { TrafficCounters } from './traffic-counters.js';
import type { WayIn } from './way-in.js';

export interface ReplyReceiver {
  replied(reply: unknown): void;
  /** The parser refused what came. */
  garbled(error: unknown): void;
}

/** Who decides what becomes of a session. */
export interface LiveListener {
  /** The server hung up; `lost` or `refused` follows, which may take a while. */
  hungUp(): void;
  lost(failure: ConnectionFailure): void;
  /** The server is full, or not what the connection was made for: nothing that was sent was looked at. */
  refused(failure: ConnectionFailure): void;
}

export class LiveConnection implements SessionOwner {
  readonly session: SocketSession;
  readonly stream: Duplex;
  readonly driver: ProtocolDriver;
  readonly #counters: TrafficCounters;
  readonly #replies: ReplyReceiver;
  readonly #listener: LiveListener;
  readonly #parser: ReplyParser;
  /** Until the first byte of a server that nothing is known of. */
  #watch: SilenceWatch | undefined;
  #isOver = false;

  constructor(
    way: WayIn,
    counters: TrafficCounters,
    replies: ReplyReceiver,
    listener: LiveListener,
    { session, stream, driver, isVerified }: OpenedSession,
  ) {
    this.session = session;
    this.stream = stream;
    this.driver = driver;
    this.#counters = counters;
    this.#replies = replies;
    this.#listener = listener;
    this.#parser = driver.createReplyParser((reply) => {
      // The rest of a chunk whose earlier part ended the connection is nobody's.
      if (!this.#isOver) replies.replied(reply);
    });
    if (!isVerified)
      this.#watch = new SilenceWatch(way, (failure) => {
        listener.refused(failure);
      });
    session.owner = this;
  }

  /** A request was written that has to be answered in time. */
  expectAnswer({ at }: LinkDeadline): void {
    this.#watch?.arm(at, () => (this.session.hasReceived ? undefined : this.#wire));
  }

  /** What to add to the error of a request that got no answer. */
  get silenceHint(): string | undefined {
    return this.session.hasReceived ? undefined : neverAnsweredHint[this.#wire];
  }

  /** The end, without a word to the listener. */
  end(): void {
    this.#isOver = true;
    this.#watch?.stop();
    this.session.end();
  }

  opened(): void {
    // The attempt to connect has seen to it.
  }

  get room(): Buffer | undefined {
    return this.#parser.room;
  }

  received(chunk: Buffer): void {
    this.#counters.bytesRead += chunk.length;
    if (this.#watch !== undefined && this.#isOther(chunk)) return;
    try {
      this.#parser.push(chunk);
    } catch (error) {
      if (!this.#isOver) this.#replies.garbled(error);
    }
  }

  ended(error: unknown): void {
    const tls = this.session.isProven ? undefined : tlsFailure(error);
    if (tls !== undefined) {
      this.#listener.refused(tls);
      return;
    }
    const detail = error === undefined ? 'the server closed the connection' : describeSocketError(error);
    const hint = this.session.hasReceived ? undefined : (socketHint(error, undefined) ?? this.silenceHint);
    const failure: ConnectionFailure = { name: 'CONNECTION_LOST', detail, hint, cause: error };
    const watch = this.#watch;
    if (watch?.isArmed !== true || this.session.hasReceived) {
      this.#listener.lost(failure);
      return;
    }
    this.#listener.hungUp();
    void watch.explain(this.#wire).then((reason) => {
      if (this.#isOver) return;
      if (reason === undefined) this.#listener.lost(failure);
      else this.#listener.refused(reason);
    });
  }

  get #wire(): 'text' | 'binary' {
    return this.driver.name === 'binary' ? 'binary' : 'text';
  }

  /** Looks at the first bytes of a server nothing is known of. */
  #isOther(chunk: Buffer): boolean {
    this.#watch?.stop();
    this.#watch = undefined;
    const stranger = recognizeStranger(chunk) ?? recognizeOtherWire(chunk, this.#wire);
    if (stranger !== undefined) this.#listener.refused(stranger);
    return stranger !== undefined;
  }
}
