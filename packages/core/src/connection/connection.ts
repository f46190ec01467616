/**
 * One pipelined connection to one server: queues requests, sends those of one tick together, matches replies in order,
 * settles every request by its deadline, and gets a new socket when the old one is of no use. Knows drivers, not
 * protocols; knows no other connection.
 */
import type { Duplex } from 'node:stream';
import { isMemcacheError, MemcacheError } from '@memkit/protocol';
import type { ByteWriter } from '@memkit/protocol/internal';
import { needsMore, type Sendable } from '../drivers/protocol-driver.js';
import { showServer } from '../options/server-address.js';
import { Login } from './authenticate.js';
import {
  describeSocketError,
  failureError,
  NEVER_ANSWERED_HINT,
  parserFailure,
  refusedConnection,
  showMs,
  type ConnectionFailure,
} from './connection-errors.js';
import type { ConnectionEvent, ConnectionOptions } from './connection-options.js';
import { canMove, type ConnectionState } from './connection-state.js';
import { Deadlines } from './deadlines.js';
import { openSocket } from './open-socket.js';
import { PendingRequest, PendingRequests } from './pending-requests.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { SocketSession, type SessionListener } from './socket-session.js';
import { WriteBatch } from './write-batch.js';

/** An attempt to connect is given up when a deadline passes and it is at least this old: the system retries a lost SYN after 1 s. */
const LEAST_CONNECT_MS = 1000;
/** A reply this long after its deadline will not come; the stream behind it is stuck. */
const MOST_OVERDUE_MS = 1000;
/** A batch is cut here, so that the stream can say it is full before everything that waits is encoded. */
const MAX_BATCH_BYTES = 256 * 1024;
const DEFAULT_DRAIN_MS = 1000;

const CLOSED: ConnectionFailure = { name: 'CLIENT_CLOSED', detail: 'the client is closed' };

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #server: string;
  readonly #now: () => number;
  readonly #pending = new PendingRequests();
  readonly #deadlines: Deadlines;
  readonly #backoff: ReconnectBackoff;
  readonly #batch = new WriteBatch((writer) => {
    this.#encodeWaiting(writer);
  });
  readonly #listener: SessionListener = {
    opened: (_session, stream) => {
      this.#onOpen(stream);
    },
    replied: (session, reply) => {
      this.#onReply(session, reply);
    },
    garbled: (error) => {
      this.#onGarbage(error);
    },
    ended: (error) => {
      this.#onEnd(error);
    },
  };
  #state: ConnectionState = 'idle';
  #session: SocketSession | undefined;
  /** The login that is under way, and where. */
  #login: { readonly request: Login; readonly stream: Duplex } | undefined;
  #lastFailure: ConnectionFailure | undefined;
  #unsettled = 0;
  #wasAuthSkippedTold = false;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#server = showServer(options.server);
    this.#now = options.now ?? (() => performance.now());
    this.#deadlines = new Deadlines(this.#now, (now) => this.#settleDue(now));
    this.#backoff = new ReconnectBackoff(options.reconnect, options.random ?? Math.random);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** Requests whose promise is not settled. */
  get pendingCount(): number {
    return this.#unsettled;
  }

  /**
   * Sends one request; the promise settles at `deadlineAt` at the latest.
   * @param deadlineAt on the clock of `performance.now()`, in milliseconds
   */
  send<Reply>(command: Sendable<Reply>, deadlineAt: number): Promise<Reply> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(failureError(refusal, this.#server, command));
    return new Promise<Reply>((resolve, reject) => {
      // The queue holds requests of every result type; decode() and resolve() of one request belong together.
      this.#pending.push(new PendingRequest(command, deadlineAt, resolve as (value: unknown) => void, reject));
      this.#unsettled += 1;
      if (this.#unsettled === 1) this.#deadlines.hold(true);
      this.#deadlines.watch(deadlineAt);
      if (this.#state === 'ready') this.#batch.schedule();
      else if (this.#state === 'idle') this.#connect();
    });
  }

  /**
   * Refuses new requests, lets those on their way finish, ends the connection.
   * @param drainMs longest wait for replies, in milliseconds; what is unanswered then rejects with `CLIENT_CLOSED`
   */
  close(drainMs = DEFAULT_DRAIN_MS): Promise<void> {
    this.#closing ??= this.#drain(drainMs);
    return this.#closing;
  }

  async #drain(drainMs: number): Promise<void> {
    if (this.#unsettled > 0 && drainMs > 0) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, drainMs);
        this.#onDrained = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
    this.#move('closed');
    this.#endSession();
    this.#deadlines.stop();
    for (const entry of this.#pending.takeAll()) this.#reject(entry, CLOSED);
  }

  #refusal(): ConnectionFailure | undefined {
    if (this.#closing !== undefined) return CLOSED;
    const waiting = this.#pending.length;
    if (waiting >= this.#options.maxQueuedRequests) {
      return { name: 'QUEUE_FULL', detail: `${waiting} requests wait for a reply and that is the limit` };
    }
    return this.#state === 'idle' ? this.#backoffFailure() : undefined;
  }

  /** While no attempt is allowed, the reason of the last one: waiting for the deadline would change nothing. */
  #backoffFailure(): ConnectionFailure | undefined {
    if (this.#lastFailure === undefined) return undefined;
    return this.#backoff.waitMs(this.#now()) > 0 ? this.#lastFailure : undefined;
  }

  // --- from idle to ready ---

  #connect(): void {
    this.#move('connecting');
    const { openSocket: open, server, driver } = this.#options;
    const session = new SocketSession({
      open: open ?? (() => openSocket(server)),
      createReplyParser: (onReply) => driver.createReplyParser(onReply),
      now: this.#now,
      listener: this.#listener,
    });
    this.#session = session;
    void session.start();
  }

  #onOpen(stream: Duplex): void {
    const { auth } = this.#options;
    if (auth === undefined) {
      this.#becomeReady(stream);
      return;
    }
    this.#move('authenticating');
    const request = new Login(auth, this.#server);
    this.#login = { request, stream };
    request.sendTo(stream);
  }

  #onLoginReply(request: Login, stream: Duplex, reply: unknown): void {
    this.#login = undefined;
    const outcome = request.outcome(reply);
    if (typeof outcome === 'object') {
      this.#connectFailed(outcome);
      return;
    }
    if (outcome === 'no authentication' && !this.#wasAuthSkippedTold) {
      this.#wasAuthSkippedTold = true;
      this.#emit({ type: 'authSkipped' });
    }
    this.#becomeReady(stream);
  }

  #becomeReady(stream: Duplex): void {
    this.#move('ready');
    this.#batch.attach(stream);
    this.#batch.flush();
    this.#emit({ type: 'connected' });
  }

  // --- requests out, replies in ---

  #encodeWaiting(writer: ByteWriter): void {
    if (this.#pending.unsentLength === 0) return;
    const now = this.#now();
    while (writer.length < MAX_BATCH_BYTES) {
      const entry = this.#pending.takeUnsent();
      if (entry === undefined) return;
      if (entry.isSettled) continue;
      entry.writtenAt = now;
      try {
        entry.request = entry.command.request(this.#options.driver);
        entry.request.encode(writer);
      } catch (error) {
        // Half a request may be written, so nothing of this batch can be sent.
        this.#reject(entry, { name: 'CLIENT_ERROR', detail: 'the request could not be written', cause: error });
        this.#lose({ name: 'CONNECTION_LOST', detail: 'a request sent together with this one could not be written' });
        return;
      }
    }
  }

  #onReply(session: SocketSession, reply: unknown): void {
    if (this.#login !== undefined) {
      this.#onLoginReply(this.#login.request, this.#login.stream, reply);
      return;
    }
    const entry = this.#pending.peek();
    if (entry === undefined) {
      this.#lose({ name: 'UNEXPECTED_REPLY', detail: 'the server sent a reply nobody asked for' });
      return;
    }
    let result: unknown;
    try {
      result = entry.request?.decode(reply);
    } catch (error) {
      this.#onErrorReply(session, entry, error);
      return;
    }
    if (!session.isProven) this.#prove(session);
    if (result === needsMore) return;
    this.#pending.shift();
    if (entry.isSettled) return;
    entry.isSettled = true;
    entry.resolve(result);
    this.#countSettled();
  }

  /** A reply was understood: the server works, so the next attempt to connect is free. */
  #prove(session: SocketSession): void {
    session.isProven = true;
    this.#backoff.succeeded();
  }

  #onErrorReply(session: SocketSession, entry: PendingRequest, error: unknown): void {
    const refusal = refusedConnection(error);
    if (refusal !== undefined) {
      this.#connectFailed(refusal);
      return;
    }
    this.#prove(session);
    this.#pending.shift();
    if (!entry.isSettled) {
      entry.isSettled = true;
      entry.reject(error);
      this.#countSettled();
    }
    // A storage command refused as malformed has its data block executed as commands (measured on 1.6.18), and a reply
    // that does not fit means that requests and replies are out of step: nothing behind it can be trusted.
    const code = isMemcacheError(error) ? error.code : undefined;
    if (code === 'MEMCACHE_CLIENT_ERROR' || code === 'MEMCACHE_UNEXPECTED_REPLY' || code === undefined) {
      this.#lose({ name: 'CONNECTION_LOST', detail: 'replies got out of step with requests', cause: error });
    }
  }

  #onGarbage(error: unknown): void {
    const refusal = refusedConnection(error);
    const failure = refusal ?? parserFailure(error);
    if (refusal !== undefined || this.#state !== 'ready') {
      this.#connectFailed(failure);
      return;
    }
    // The request whose reply it should have been gets the reason; those behind it have lost their connection.
    const entry = this.#pending.peek();
    this.#pending.shift();
    if (entry !== undefined) this.#reject(entry, failure);
    this.#lose({ name: 'CONNECTION_LOST', detail: failure.detail, cause: error });
  }

  // --- the ends of a session ---

  #onEnd(error: unknown): void {
    const during = this.#state === 'authenticating' ? ' during the login' : '';
    const detail = error === undefined ? `the server closed the connection${during}` : describeSocketError(error);
    if (this.#state === 'ready') {
      this.#lose({ name: 'CONNECTION_LOST', detail, hint: this.#neverAnsweredHint(), cause: error });
    } else {
      this.#connectFailed({ name: 'CONNECT_FAILED', detail, cause: error });
    }
  }

  #connectFailed(failure: ConnectionFailure): void {
    this.#move('idle');
    this.#endSession();
    this.#backoff.failed(this.#now());
    this.#lastFailure = failure;
    for (const entry of this.#pending.takeAll()) this.#reject(entry, failure);
    const error = failureError(failure, this.#server, undefined);
    if (failure.name === 'AUTH_FAILED') this.#emit({ type: 'authFailed', error });
    this.#emit({ type: 'disconnected', error });
  }

  /** A working connection is of no use any more: what was sent rejects, what waits goes to the next one. */
  #lose(failure: ConnectionFailure): void {
    const isProven = this.#session?.isProven === true;
    this.#move('idle');
    this.#endSession();
    for (const entry of this.#pending.takeWritten()) this.#reject(entry, failure);
    if (!isProven) {
      this.#backoff.failed(this.#now());
      this.#lastFailure = { ...failure, name: 'CONNECT_FAILED' };
    }
    const refusal = this.#backoffFailure();
    if (refusal !== undefined) for (const entry of this.#pending.takeAll()) this.#reject(entry, refusal);
    else if (this.#pending.unsentLength > 0) this.#connect();
    this.#emit({ type: 'disconnected', error: failureError(failure, this.#server, undefined) });
  }

  #endSession(): void {
    const session = this.#session;
    this.#session = undefined;
    this.#login = undefined;
    this.#batch.attach(undefined);
    session?.end();
  }

  // --- deadlines ---

  /** Settles what is due; returns the earliest deadline left. */
  #settleDue(now: number): number | undefined {
    const { due, next } = this.#pending.atDeadline(now);
    let isSilent = false;
    for (const entry of due) {
      isSilent ||= this.#session?.isSilentSince(entry.writtenAt, now) === true;
      this.#reject(entry, this.#timeout(entry, now));
    }
    this.#pending.dropSettledUnsent();
    if (due.length > 0) this.#giveUpIfUseless(isSilent, now);
    return next;
  }

  #giveUpIfUseless(isSilent: boolean, now: number): void {
    const session = this.#session;
    if (session === undefined) return;
    if (this.#state !== 'ready') {
      const ageMs = now - session.startedAt;
      if (ageMs < LEAST_CONNECT_MS) return;
      this.#connectFailed({ name: 'CONNECT_FAILED', detail: `${this.#phase()} took longer than ${showMs(ageMs)}` });
      return;
    }
    const first = this.#pending.peek();
    const isStuck = first?.isSettled === true && now - first.deadlineAt >= MOST_OVERDUE_MS;
    if (!isSilent && !isStuck) return;
    const silenceMs = now - session.lastReceivedAt;
    // Not a failed attempt to connect, which would make the next requests fail at once: each deadline limits the pace.
    session.isProven = true;
    this.#lose({ name: 'CONNECTION_LOST', detail: `the server has not answered for ${showMs(silenceMs)}` });
  }

  #timeout({ writtenAt }: PendingRequest, now: number): ConnectionFailure {
    const name = 'TIMEOUT';
    const session = this.#session;
    if (this.#state !== 'ready' || session === undefined) {
      return { name, detail: `${this.#phase()} took longer than ${showMs(now - (session?.startedAt ?? now))}` };
    }
    if (writtenAt < 0) return { name, detail: `the request waited behind ${this.#pending.length - 1} others` };
    const detail = `no reply within ${showMs(now - writtenAt)} after the request was sent`;
    return { name, detail, hint: this.#neverAnsweredHint() };
  }

  #neverAnsweredHint(): string | undefined {
    const isStrange = this.#session?.hasReceived === false && this.#options.driver.name === 'meta';
    return isStrange ? NEVER_ANSWERED_HINT : undefined;
  }

  #phase(): string {
    return this.#state === 'authenticating' ? 'the login' : 'connecting';
  }

  // --- small change ---

  #reject(entry: PendingRequest, failure: ConnectionFailure): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
    entry.reject(failureError(failure, this.#server, entry.command));
    this.#countSettled();
  }

  #countSettled(): void {
    this.#unsettled -= 1;
    if (this.#unsettled > 0) return;
    this.#deadlines.hold(false);
    this.#onDrained?.();
  }

  #emit(event: ConnectionEvent): void {
    this.#options.onEvent?.(event);
  }

  #move(to: ConnectionState): void {
    if (!canMove(this.#state, to)) {
      throw new MemcacheError('UNEXPECTED_REPLY', {
        action: `Cannot move a connection from ${this.#state} to ${to}`,
        server: this.#server,
        detail: 'this is a defect of the client',
      });
    }
    this.#state = to;
  }
}
