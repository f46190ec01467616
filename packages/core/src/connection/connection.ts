/**
 * One pipelined connection to one server: queues requests, sends what waits together, settles every request by its
 * deadline, and gets a new socket when the old one is of no use. Knows drivers, not protocols; how a connection begins is
 * connect-attempt.ts, who waits on it is request-ledger.ts, whom a reply is for is reply-matcher.ts.
 */
import { nextTick } from 'node:process';
import type { ByteWriter } from '@memkit/protocol/internal';
import { ForwardedRequest } from '../cluster/link-request.js';
import type { Sendable } from '../drivers/protocol-driver.js';
import { DEFAULT_DRAIN_MS } from '../options/default-options.js';
import { areSeveralBusy, noteBusy } from './busy-connections.js';
import { ConnectAttempt, type OpenedSession } from './connect-attempt.js';
import type { ConnectionFailure } from './connection-errors.js';
import type { ConnectionLimits } from './connection-options.js';
import { assertCanMove, type ConnectionState } from './connection-state.js';
import { Deadlines, GRAIN_MS } from './deadlines.js';
import { Drain } from './drain.js';
import { encodeWaiting } from './encode-waiting.js';
import { LiveConnection, type LiveListener } from './live-connection.js';
import { OneByOne } from './one-by-one.js';
import { attemptOverdue, isStuck, rejectOverdue, silenceFailure } from './overdue.js';
import type { PendingRequest } from './pending-requests.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { ReplayLane, type ReplayLaneOptions } from './replay-lane.js';
import { ReplyMatcher, type MatcherListener } from './reply-matcher.js';
import { RequestLedger } from './request-ledger.js';
import type { TrafficCounters } from './traffic-counters.js';
import type { WayIn } from './way-in.js';
import { WriteBatch } from './write-batch.js';

const CLOSED: ConnectionFailure = { name: 'CLIENT_CLOSED', detail: 'the client is closed' };

export class Connection implements LiveListener, MatcherListener {
  readonly #way: WayIn;
  readonly #counters: TrafficCounters;
  readonly #lane: ReplayLane | undefined;
  readonly #now: () => number;
  readonly #ledger: RequestLedger;
  readonly #deadlines: Deadlines;
  readonly #backoff: ReconnectBackoff;
  readonly #oneByOne: OneByOne;
  readonly #batch: WriteBatch;
  readonly #drain: Drain;
  #state: ConnectionState = 'idle';
  #attempt: ConnectAttempt | undefined;
  #live: LiveConnection | undefined;
  #closing: Promise<void> | undefined;

  constructor(way: WayIn, limits: ConnectionLimits, counters: TrafficCounters, lane?: ReplayLaneOptions) {
    this.#way = way;
    this.#counters = counters;
    this.#now = way.now;
    this.#lane = lane === undefined ? undefined : new ReplayLane(lane, this.#now);
    this.#drain = new Drain(this.#now);
    this.#deadlines = new Deadlines(this.#now, (now) => this.#settleDue(now));
    this.#ledger = new RequestLedger(way.name, limits, counters, (isBusy) => {
      noteBusy(isBusy);
      this.#deadlines.hold(isBusy);
      if (!isBusy) this.#drain.finish();
    });
    this.#oneByOne = new OneByOne(this.#ledger.pending, this.#now);
    this.#backoff = new ReconnectBackoff(limits.reconnect, limits.random ?? Math.random);
    this.#batch = new WriteBatch(
      (writer) => {
        this.#writeWaiting(writer);
      },
      (bytes) => {
        counters.bytesWritten += bytes;
      },
    );
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Requests whose receiver is not settled. */
  get pendingCount(): number {
    return this.#ledger.unsettled;
  }

  /** Bytes of the keys and values of these requests. */
  get pendingBytes(): number {
    return this.#ledger.bytes;
  }

  /**
   * Sends one request; the promise settles at `deadlineAt` at the latest.
   * @param deadlineAt on the clock of clock.ts, in milliseconds
   */
  send<Reply>(command: Sendable<Reply>, deadlineAt: number, signal?: AbortSignal): Promise<Reply> {
    return new Promise<Reply>((resolve, reject) => {
      this.request(new ForwardedRequest(command, { at: deadlineAt, signal }, { resolve, reject }));
    });
  }

  /** As `send`, without a promise. Settles the request once, and not before this has returned. */
  request(request: PendingRequest): void {
    const { command, deadline } = request;
    if (deadline.signal?.aborted === true) {
      this.#ledger.refuse(request, deadline.signal.reason);
      return;
    }
    const refusal = this.#refusal(command.bytes);
    if (refusal !== undefined) {
      this.#ledger.refuse(request, this.#ledger.failure(refusal, command));
      return;
    }
    this.#ledger.accept(request);
    this.#deadlines.watch(deadline.at);
    if (this.#state === 'ready') this.schedule();
    else if (this.#state === 'idle') this.#connect(deadline.at);
  }

  /**
   * Sends what the journal holds for this connection in front of all that waits. On a living connection at once: the
   * server carries it out before whatever is sent later, even when it hangs until then.
   */
  replay(): void {
    if (this.#state === 'ready' && this.#queueReplays(false)) this.schedule();
  }

  /**
   * Refuses new requests, lets those on their way finish, ends the connection.
   * @param drainMs longest wait for replies, in milliseconds; what is unanswered then rejects with `CLIENT_CLOSED`
   */
  close(drainMs = DEFAULT_DRAIN_MS): Promise<void> {
    // A removed server drains for long; a client that is closed meanwhile does not wait for that.
    if (this.#state !== 'closed') this.#drain.limit(drainMs);
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    if (this.#ledger.unsettled > 0) await this.#drain.wait();
    this.#drain.stop();
    this.#move('closed');
    this.#endSession();
    this.#deadlines.stop();
    this.#ledger.rejectAll(CLOSED);
  }

  #refusal(bytes: number): ConnectionFailure | undefined {
    if (this.#closing !== undefined) return CLOSED;
    return this.#ledger.fullness(bytes) ?? (this.#state === 'idle' ? this.#backoff.refusal(this.#now()) : undefined);
  }

  // --- from idle to ready ---

  #connect(deadlineAt: number): void {
    this.#move('connecting');
    const attempt = new ConnectAttempt(this.#way, deadlineAt, {
      ready: (opened) => {
        this.#becomeReady(opened);
      },
      failed: (failure) => {
        this.refused(failure);
      },
    });
    this.#attempt = attempt;
    // Nobody is told anything before request() has returned.
    nextTick(() => void attempt.start());
  }

  #becomeReady(opened: OpenedSession): void {
    this.#move('ready');
    this.#attempt = undefined;
    const replies = new ReplyMatcher(opened.session, this.#ledger, this.#oneByOne, this.#backoff, this.#lane, this);
    this.#live = new LiveConnection(this.#way, this.#counters, replies, this, opened);
    if (opened.isVerified) replies.prove();
    this.#counters.connects += 1;
    this.#queueReplays(true);
    this.#batch.attach(opened.stream);
    this.#batch.flush();
    this.#way.emit({ type: 'connected' });
  }

  /** @returns whether there was something to replay */
  #queueReplays(isNew: boolean): boolean {
    const replays = this.#lane?.take(isNew) ?? [];
    const [first] = replays;
    if (first === undefined) return false;
    this.#ledger.acceptFirst(replays);
    this.#deadlines.watch(first.deadline.at);
    return true;
  }

  // --- requests out ---

  /**
   * Sends what waits, soon. While the server has something to do there is time until the end of the turn, in which other
   * sockets may be read; but not while a large value is read, which may take all of a long turn.
   */
  schedule(): void {
    const isBusy = this.#ledger.pending.peek() !== undefined;
    this.#batch.schedule(isBusy && areSeveralBusy() && this.#live?.session.hasMore === false);
  }

  #writeWaiting(writer: ByteWriter): void {
    const live = this.#live;
    if (live === undefined || this.#ledger.pending.unsentLength === 0) return;
    const failure = encodeWaiting(this.#ledger, live, writer, this.#now(), this.#oneByOne);
    if (failure !== undefined) this.lost(failure);
  }

  // --- the ends of a session ---

  hungUp(): void {
    // Nothing goes out until the reason is known; what waits has its deadline.
    this.#move('diagnosing');
    this.#batch.attach(undefined);
  }

  /** No connection was made, or none that could carry anything: all requests reject. */
  refused(failure: ConnectionFailure): void {
    const wasReady = this.#live !== undefined;
    this.#move('idle');
    this.#endSession();
    if (wasReady) this.#counters.disconnects += 1;
    else this.#counters.connectFailures += 1;
    this.#backoff.failed(this.#now(), failure);
    this.#ledger.rejectAll(failure);
    this.#way.emit({ type: 'disconnected', error: this.#ledger.failure(failure, undefined) });
  }

  /** A working connection is of no use any more: what was sent rejects, what waits goes to the next one. */
  lost(failure: ConnectionFailure): void {
    const isProven = this.#live?.session.isProven === true;
    this.#move('idle');
    this.#endSession();
    this.#counters.disconnects += 1;
    if (!isProven) this.#backoff.failed(this.#now(), { ...failure, name: 'CONNECT_FAILED' });
    const waiting = this.#ledger.rejectSent(failure);
    // Rejected callers try again in microtasks of their own, and were called earlier than those that wait: a repeated
    // write must not overtake a later one of the same key.
    queueMicrotask(() => {
      this.#putBack(waiting);
    });
    this.#way.emit({ type: 'disconnected', error: this.#ledger.failure(failure, undefined) });
  }

  /** Requests that waited for a connection which was lost. */
  #putBack(waiting: readonly PendingRequest[]): void {
    const first = waiting.find(({ isSettled }) => !isSettled);
    if (first === undefined) return;
    const refusal =
      this.#state === 'closed' ? CLOSED : this.#state === 'idle' ? this.#backoff.refusal(this.#now()) : undefined;
    if (refusal !== undefined) {
      // As late as those that were refused when they tried again.
      nextTick(() => {
        for (const entry of waiting) this.#ledger.reject(entry, refusal);
      });
      return;
    }
    this.#ledger.putBack(waiting);
    if (this.#state === 'idle') this.#connect(first.deadline.at);
    else if (this.#state === 'ready') this.schedule();
  }

  #endSession(): void {
    const [attempt, live] = [this.#attempt, this.#live];
    this.#attempt = undefined;
    this.#live = undefined;
    this.#batch.attach(undefined);
    attempt?.abandon();
    live?.end();
  }

  // --- deadlines ---

  /** Settles what is due; returns the earliest deadline left. */
  #settleDue(now: number): number | undefined {
    const { count, isSilent, next } = rejectOverdue(this.#ledger, this.#attempt, this.#live, now);
    if (count === 0) return next;
    this.#lane?.deadlinePassed();
    if (this.#attempt !== undefined) {
      const failure = attemptOverdue(this.#attempt, now);
      if (failure !== undefined) this.refused(failure);
    } else if (this.#state === 'ready' && (isSilent || isStuck(this.#ledger.pending.peek(), now))) {
      this.#giveUpSilent(this.#live, now);
    }
    return next;
  }

  #giveUpSilent(live: LiveConnection | undefined, now: number): void {
    if (live === undefined) return;
    const failure = silenceFailure(live.session, now);
    // Requests of the same tick have deadlines that differ by fractions of a millisecond; all of them met the silence.
    rejectOverdue(this.#ledger, undefined, live, now, now + GRAIN_MS);
    if (live !== this.#live) return;
    // Not a failed attempt to connect, which would make the next requests fail at once: each deadline limits the pace.
    live.session.isProven = true;
    this.lost(failure);
  }

  #move(to: ConnectionState): void {
    assertCanMove(this.#state, to, this.#way.name);
    this.#state = to;
  }
}
