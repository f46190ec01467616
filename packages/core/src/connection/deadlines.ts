/**
 * One timer for all deadlines of a connection. A timer for each request would cost more than the request: instead the
 * timer is set for the earliest deadline seen, and when it fires the owner looks at what is pending and says when to
 * look again. Requests that were answered in time never touch it, so a busy connection looks once per timeout.
 *
 * A process that computed past a deadline finds the timer and the reply due at once, and Node runs timers first. So a
 * look is put off by a turn of the event loop, in which sockets are read, and by a few more when the timer was late:
 * that much a server or proxy inside the same blocked process needs to answer.
 */
import { clearImmediate, clearTimeout, setImmediate, setTimeout } from 'node:timers';
import { LONGEST_TIMER_MS } from '@memkit/protocol/internal';

/** Deadlines this close together are served by one look, which bounds the work when thousands lie one behind another. */
export const GRAIN_MS = 4;
/** A timer this late says that the process was busy, not the server. */
const LATE_MS = 10;
const TURNS_WHEN_LATE = 10;

export class Deadlines {
  readonly #now: () => number;
  readonly #onDue: (now: number) => number | undefined;
  #timer: NodeJS.Timeout | undefined;
  #turn: NodeJS.Immediate | undefined;
  #dueAt = Number.POSITIVE_INFINITY;
  #isHeld = false;

  /** @param onDue settles what is due; returns the earliest deadline left, `undefined` when nothing is pending */
  constructor(now: () => number, onDue: (now: number) => number | undefined) {
    this.#now = now;
    this.#onDue = onDue;
  }

  watch(deadlineAt: number): void {
    if (deadlineAt < this.#dueAt && this.#turn === undefined) this.#arm(deadlineAt);
  }

  /**
   * While held, the timer keeps the process alive. This, and not the socket, is what makes a program wait for its
   * requests: an idle connection lets it end without `close()`.
   */
  hold(isHeld: boolean): void {
    if (isHeld === this.#isHeld) return;
    this.#isHeld = isHeld;
    if (isHeld) this.#timer?.ref();
    else this.#timer?.unref();
  }

  stop(): void {
    clearTimeout(this.#timer);
    clearImmediate(this.#turn);
    this.#timer = undefined;
    this.#turn = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
  }

  #arm(dueAt: number): void {
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    // Timers may fire up to a millisecond early; rounding up keeps a look from coming before its deadline.
    const delayMs = Math.min(Math.max(Math.ceil(dueAt - this.#now()), 0), LONGEST_TIMER_MS);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#lookAfter(this.#now() - dueAt > LATE_MS ? TURNS_WHEN_LATE : 1);
    }, delayMs);
    if (!this.#isHeld) this.#timer.unref();
  }

  #lookAfter(turns: number): void {
    this.#turn = setImmediate(() => {
      if (turns > 1) this.#lookAfter(turns - 1);
      else this.#look();
    });
  }

  #look(): void {
    this.#turn = undefined;
    this.#dueAt = Number.POSITIVE_INFINITY;
    const now = this.#now();
    const next = this.#onDue(now);
    // A request sent while settling may have armed the timer already; the earlier of the two counts.
    if (next !== undefined && next < this.#dueAt) this.#arm(Math.max(next, now + GRAIN_MS));
  }
}
