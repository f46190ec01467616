/**
 * One pipelined connection to one server: queues requests, sends those of one tick together, matches replies in order,
 * settles every request by its deadline, and gets a new socket when the old one is of no use. Knows drivers, not
 * protocols; knows no other connection.
 */
import type { Duplex } from 'node:stream';
import { isMemcacheError, MemcacheError } from '@memkit/protocol';
import { ByteWriter } from '@memkit/protocol/internal';
import { needsMore, type WireRequest } from '../drivers/protocol-driver.js';
import { showServer } from '../options/server-address.js';
import { Login } from './authenticate.js';
import {
  describeSocketError,
  failureError,
  NEVER_ANSWERED_HINT,
  parserFailure,
  showMs,
  type ConnectionFailure,
} from './connection-errors.js';
import type { ConnectionEvent, ConnectionOptions } from './connection-options.js';
import { canMove, type ConnectionState } from './connection-state.js';
import { Deadlines } from './deadlines.js';
import { openSocket, whenOpen } from './open-socket.js';
import { PendingRequest, PendingRequests } from './pending-requests.js';
import { ReconnectBackoff } from './reconnect-backoff.js';
import { WriteBatch } from './write-batch.js';

/** One socket's life, from the attempt to its end. Callbacks of an earlier one are told apart by identity. */
interface Session {
  readonly startedAt: number;
  stream: Duplex | undefined;
  lastReceivedAt: number;
  /** Whether any byte ever came. */
  hasReceived: boolean;
  /** Whether a reply was understood: only that shows that the server works. */
  isProven: boolean;
}

/** A server is called silent after a whole deadline without a byte, but not sooner than this: short deadlines are the caller's haste. */
const LEAST_SILENCE_MS = 100;
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
  #state: ConnectionState = 'idle';
  #session: Session | undefined;
  #login: Login | undefined;
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
  send<Result>(request: WireRequest<Result>, deadlineAt: number): Promise<Result> {
    const refusal = this.#refusal();
    if (refusal !== undefined) return Promise.reject(failureError(refusal, this.#server, request));
    return new Promise<Result>((resolve, reject) => {
      // The queue holds requests of every result type; decode() and resolve() of one request belong together.
      this.#pending.push(new PendingRequest(request, deadlineAt, resolve as (value: unknown) => void, reject));
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
    const now = this.#now();
    const session: Session = {
      startedAt: now,
      stream: undefined,
      lastReceivedAt: now,
      hasReceived: false,
      isProven: false,
    };
    this.#session = session;
    void this.#open(session);
  }

  async #open(session: Session): Promise<void> {
    try {
      const { openSocket: open } = this.#options;
      const opened = open === undefined ? openSocket(this.#options.server) : open();
      const stream = 'then' in opened ? await opened : opened;
      if (session !== this.#session) {
        // Given up while it was opening; its end interests nobody.
        stream.on('error', () => undefined).destroy();
        return;
      }
      this.#attach(session, stream);
    } catch (error) {
      if (session === this.#session) this.#ended(error);
    }
  }

  #attach(session: Session, stream: Duplex): void {
    session.stream = stream;
    const parser = this.#options.driver.createReplyParser((reply) => {
      if (session === this.#session) this.#onReply(session, reply);
    });
    stream.on('data', (chunk: Buffer) => {
      if (session !== this.#session) return;
      session.lastReceivedAt = this.#now();
      session.hasReceived = true;
      try {
        parser.push(chunk);
      } catch (error) {
        this.#onGarbage(error);
      }
    });
    const onEnd = (error?: unknown): void => {
      if (session === this.#session) this.#ended(error);
    };
    stream.on('error', onEnd);
    stream.on('end', onEnd);
    stream.on('close', () => {
      onEnd();
    });
    whenOpen(stream, () => {
      if (session === this.#session) this.#onOpen(session, stream);
    });
  }

  #onOpen(session: Session, stream: Duplex): void {
    session.lastReceivedAt = this.#now();
    const { auth } = this.#options;
    if (auth === undefined) {
      this.#becomeReady(stream);
      return;
    }
    this.#move('authenticating');
    this.#login = new Login(auth, this.#server);
    const writer = new ByteWriter();
    this.#login.encode(writer);
    for (const chunk of writer.take()) stream.write(chunk);
  }

  #onLoginReply(login: Login, reply: unknown): void {
    this.#login = undefined;
    let outcome;
    try {
      outcome = login.decode(reply);
    } catch (error) {
      if (!isMemcacheError(error)) throw error;
      const isRefused = error.code === 'MEMCACHE_AUTH_FAILED';
      this.#connectFailed({
        name: isRefused ? 'AUTH_FAILED' : 'UNEXPECTED_REPLY',
        detail: isRefused ? 'the server refused the login' : 'the server did not understand the login',
        cause: error,
      });
      return;
    }
    if (outcome === 'no authentication' && !this.#wasAuthSkippedTold) {
      this.#wasAuthSkippedTold = true;
      this.#emit({ type: 'authSkipped' });
    }
    const stream = this.#session?.stream;
    if (stream !== undefined) this.#becomeReady(stream);
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
      entry.request.encode(writer);
    }
  }

  #onReply(session: Session, reply: unknown): void {
    if (!session.isProven) {
      session.isProven = true;
      this.#backoff.succeeded();
    }
    if (this.#login !== undefined) {
      this.#onLoginReply(this.#login, reply);
      return;
    }
    const entry = this.#pending.peek();
    if (entry === undefined) {
      this.#lose({ name: 'UNEXPECTED_REPLY', detail: 'the server sent a reply nobody asked for' });
      return;
    }
    let result: unknown;
    try {
      result = entry.request.decode(reply);
    } catch (error) {
      this.#pending.shift();
      this.#onErrorReply(entry, error);
      return;
    }
    if (result === needsMore) return;
    this.#pending.shift();
    if (entry.isSettled) return;
    entry.isSettled = true;
    entry.resolve(result);
    this.#countSettled();
  }

  #onErrorReply(entry: PendingRequest, error: unknown): void {
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
    const failure = parserFailure(error);
    if (this.#state !== 'ready') {
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

  #ended(error: unknown): void {
    if (this.#state === 'connecting') {
      const detail = error === undefined ? 'the server closed the connection' : describeSocketError(error);
      this.#connectFailed({ name: 'CONNECT_FAILED', detail, cause: error });
    } else if (this.#state === 'authenticating') {
      this.#connectFailed({
        name: 'CONNECT_FAILED',
        detail: 'the server closed the connection during the login',
        cause: error,
      });
    } else {
      const isStrange = this.#session?.hasReceived === false && this.#options.driver.name === 'meta';
      const detail = error === undefined ? 'the server closed the connection' : describeSocketError(error);
      this.#lose({ name: 'CONNECTION_LOST', detail, hint: isStrange ? NEVER_ANSWERED_HINT : undefined, cause: error });
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
    const stream = this.#session?.stream;
    this.#session = undefined;
    this.#login = undefined;
    this.#batch.attach(undefined);
    stream?.destroy();
  }

  // --- deadlines ---

  /** Settles what is due; returns the earliest deadline left. */
  #settleDue(now: number): number | undefined {
    let next: number | undefined;
    let isSilent = false;
    let hasExpired = false;
    for (const entry of this.#pending) {
      if (entry.isSettled) continue;
      if (entry.deadlineAt > now) {
        if (next === undefined || entry.deadlineAt < next) next = entry.deadlineAt;
        continue;
      }
      hasExpired = true;
      isSilent ||= this.#isSilentSince(entry.writtenAt, now);
      this.#reject(entry, this.#timeout(entry, now));
    }
    this.#pending.dropSettledUnsent();
    if (hasExpired) this.#giveUpIfUseless(isSilent, now);
    return next;
  }

  #isSilentSince(writtenAt: number, now: number): boolean {
    const session = this.#session;
    if (session === undefined || writtenAt < 0) return false;
    return session.lastReceivedAt <= writtenAt && now - writtenAt >= LEAST_SILENCE_MS;
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
    const isStrange = !session.hasReceived && this.#options.driver.name === 'meta';
    return {
      name,
      detail: `no reply within ${showMs(now - writtenAt)} after the request was sent`,
      hint: isStrange ? NEVER_ANSWERED_HINT : undefined,
    };
  }

  #phase(): string {
    return this.#state === 'authenticating' ? 'the login' : 'connecting';
  }

  // --- small change ---

  #reject(entry: PendingRequest, failure: ConnectionFailure): void {
    if (entry.isSettled) return;
    entry.isSettled = true;
    entry.reject(failureError(failure, this.#server, entry.request));
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
