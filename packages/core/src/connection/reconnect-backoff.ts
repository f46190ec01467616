/**
 * When the next attempt to connect is allowed. There is no timer: nothing is tried until a request wants the connection,
 * and one that comes too early fails at once with the reason of the last attempt instead of waiting for its deadline.
 */
import type { ConnectionFailure } from './connection-errors.js';

export interface ReconnectDelays {
  readonly initialDelayMs: number;
  readonly maxDelayMs: number;
}

export class ReconnectBackoff {
  readonly #delays: ReconnectDelays;
  readonly #random: () => number;
  #failures = 0;
  #retryAt = Number.NEGATIVE_INFINITY;
  #lastFailure: ConnectionFailure | undefined;

  /** @param random 0 (included) to 1 (excluded) */
  constructor(delays: ReconnectDelays, random: () => number) {
    this.#delays = delays;
    this.#random = random;
  }

  /** Milliseconds until an attempt is allowed; 0 when it is now. */
  waitMs(now: number): number {
    return Math.max(0, this.#retryAt - now);
  }

  /** Why no attempt is allowed now, which is the reason of the last one; `undefined` when one is. */
  refusal(now: number): ConnectionFailure | undefined {
    return this.waitMs(now) > 0 ? this.#lastFailure : undefined;
  }

  /** After a failed attempt: twice as long as the last wait, of which a random half is left out, so that clients spread. */
  failed(now: number, reason: ConnectionFailure): void {
    const { initialDelayMs, maxDelayMs } = this.#delays;
    const whole = Math.min(initialDelayMs * 2 ** Math.min(this.#failures, 30), maxDelayMs);
    this.#failures += 1;
    this.#lastFailure = reason;
    this.#retryAt = now + whole * (0.5 + this.#random() / 2);
  }

  /** After a reply: the server works, so the next attempt is free. An open port alone proves nothing. */
  succeeded(): void {
    this.#failures = 0;
    this.#retryAt = Number.NEGATIVE_INFINITY;
  }
}
