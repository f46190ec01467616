/**
 * Who waits on one connection, and the bounds on it: every request that is accepted here is settled here, once, and then
 * lets go of its signal, its bytes and the timer that keeps the process alive. Knows nothing of sockets.
 */
import { nextTick } from 'node:process';
import type { MemcacheError } from '@memkit/protocol';
import { showNumber } from '@memkit/protocol';
import type { Sendable } from '../drivers/protocol-driver.js';
import type { ServerCounters } from '../telemetry/server-counters.js';
import { unwatchSignal, watchSignal } from './abort-watch.js';
import { failureError, type ConnectionFailure } from './connection-errors.js';
import type { ConnectionLimits } from './connection-options.js';
import { PendingRequests, type PendingRequest } from './pending-requests.js';

/** Counters this side of the connection keeps; `pending` and `queuedBytes` are read from the ledgers. */
export type LedgerCounters = Pick<ServerCounters, 'requests' | 'replies' | 'failures' | 'timeouts'>;

export class RequestLedger {
  readonly pending = new PendingRequests();
  readonly #server: string;
  readonly #limits: ConnectionLimits;
  readonly #counters: LedgerCounters;
  readonly #onBusy: (isBusy: boolean) => void;
  #unsettled = 0;
  #bytes = 0;

  /** @param onBusy told when the first request comes and when the last one is settled */
  constructor(server: string, limits: ConnectionLimits, counters: LedgerCounters, onBusy: (isBusy: boolean) => void) {
    this.#server = server;
    this.#limits = limits;
    this.#counters = counters;
    this.#onBusy = onBusy;
  }

  /** Requests that are not settled. */
  get unsettled(): number {
    return this.#unsettled;
  }

  /** Bytes of their keys and values. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Why no further request can be accepted; `undefined` when one can. */
  fullness(bytes: number): ConnectionFailure | undefined {
    const { maxQueuedRequests, maxQueuedBytes } = this.#limits;
    const waiting = this.pending.length;
    if (waiting >= maxQueuedRequests) {
      const detail = `${showNumber(waiting)} requests wait for a reply and that is the limit (maxQueuedRequests)`;
      return { name: 'QUEUE_FULL', detail };
    }
    // A single request that is larger than the limit is let through: nothing else could ever send it.
    if (this.#bytes + bytes <= maxQueuedBytes || this.#unsettled === 0) return undefined;
    const detail =
      `requests of ${showNumber(this.#bytes)} bytes wait for a reply, ${showNumber(bytes)} more would exceed the limit ` +
      `of ${showNumber(maxQueuedBytes)} (maxQueuedBytes)`;
    return { name: 'QUEUE_FULL', detail };
  }

  accept(entry: PendingRequest): void {
    this.pending.push(entry);
    this.#counters.requests += 1;
    const { signal } = entry.deadline;
    if (signal !== undefined) this.#watch(signal, entry);
    this.#bytes += entry.command.bytes;
    this.#unsettled += 1;
    if (this.#unsettled === 1) this.#onBusy(true);
  }

  /** Accepts the connection's own requests in front of all that wait, whatever the bounds. */
  acceptFirst(entries: readonly PendingRequest[]): void {
    if (entries.length === 0) return;
    this.pending.pushFirst(entries);
    const wasIdle = this.#unsettled === 0;
    this.#unsettled += entries.length;
    for (const { command } of entries) this.#bytes += command.bytes;
    if (wasIdle) this.#onBusy(true);
  }

  /** Refuses a request that was never accepted; not before the caller has returned. */
  refuse(entry: PendingRequest, reason: unknown): void {
    this.#counters.failures += 1;
    nextTick(() => {
      entry.reject(reason);
    });
  }

  resolve(entry: PendingRequest, result: unknown): void {
    this.#counters.replies += 1;
    if (entry.isSettled) return;
    this.#settle(entry);
    entry.resolve(result);
  }

  /** The server answered with an error. */
  answerError(entry: PendingRequest, error: unknown): void {
    this.#counters.replies += 1;
    this.rejectWith(entry, error);
  }

  reject(entry: PendingRequest, failure: ConnectionFailure): void {
    if (entry.isSettled) return;
    if (failure.name === 'TIMEOUT') this.#counters.timeouts += 1;
    this.rejectWith(entry, failureError(failure, this.#server, entry.command));
  }

  failure(failure: ConnectionFailure, command: Sendable<unknown> | undefined): MemcacheError {
    return failureError(failure, this.#server, command);
  }

  /** Rejects with an error that is made already. */
  rejectWith(entry: PendingRequest, error: unknown): void {
    if (entry.isSettled) return;
    this.#counters.failures += 1;
    this.#settle(entry);
    entry.reject(error);
  }

  /** Nothing that is here will be answered. */
  rejectAll(failure: ConnectionFailure): void {
    for (const entry of this.pending.takeAll()) this.reject(entry, failure);
  }

  /**
   * The connection is lost: rejects what was sent on it.
   * @returns what waits, for `putBack`
   */
  rejectSent(failure: ConnectionFailure): readonly PendingRequest[] {
    const written = this.pending.takeWritten();
    const waiting = this.pending.takeAll();
    for (const entry of written) this.reject(entry, failure);
    // Deletes of the journal are taken from it again, in front of everything.
    for (const entry of waiting) if (entry.isReplay) this.reject(entry, failure);
    return waiting;
  }

  /** Accepted requests wait again, unless they were settled meanwhile. */
  putBack(waiting: readonly PendingRequest[]): void {
    for (const entry of waiting) if (!entry.isSettled) this.pending.push(entry);
  }

  /** Not inside accept(), which would then make a context for the closure at each call, with a signal or without. */
  #watch(signal: AbortSignal, entry: PendingRequest): void {
    watchSignal(signal, entry, (reason) => {
      this.#onAborted(entry, reason);
    });
  }

  #onAborted(entry: PendingRequest, reason: unknown): void {
    this.rejectWith(entry, reason);
    if (entry.writtenAt < 0) this.pending.dropSettledUnsent();
  }

  #settle(entry: PendingRequest): void {
    entry.isSettled = true;
    this.#bytes -= entry.command.bytes;
    this.#unsettled -= 1;
    const { signal } = entry.deadline;
    if (signal !== undefined) unwatchSignal(signal, entry);
    if (this.#unsettled === 0) this.#onBusy(false);
  }
}
