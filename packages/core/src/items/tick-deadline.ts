/**
 * One deadline for all calls of one tick: reading the clock costs 50 ns on some machines, which is a twentieth of a get.
 * It counts from the end of the tick, before which nothing can be sent. A tick that computes for long is not the
 * servers' fault either way.
 */
import { nextTick } from 'node:process';
import type { Deadline } from '../cluster/deadline.js';

class SharedDeadline implements Deadline {
  at: number;
  readonly isImpatient = false;
  readonly signal = undefined;
  readonly trace = undefined;

  constructor(at: number) {
    this.at = at;
  }
}

export class TickDeadline {
  readonly #timeoutMs: number;
  readonly #now: () => number;
  readonly #endTick = (): void => {
    if (this.#shared !== undefined) this.#shared.at = this.#now() + this.#timeoutMs;
    this.#shared = undefined;
  };
  #shared: SharedDeadline | undefined;

  constructor(timeoutMs: number, now: () => number) {
    this.#timeoutMs = timeoutMs;
    this.#now = now;
  }

  /** The deadline of a call that is made now. */
  current(): Deadline {
    return this.#shared ?? this.#begin();
  }

  #begin(): Deadline {
    const shared = new SharedDeadline(this.#now() + this.#timeoutMs);
    this.#shared = shared;
    nextTick(this.#endTick);
    return shared;
  }
}
