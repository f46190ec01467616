/**
 * memcached's idle_timeout: ends connections on which no command came for so long. It looks at all of them now and then
 * instead of giving each command a time, so that one costs nothing more.
 *
 *   last command      look    look    look    look    look
 *        |------------|-------|-------|-------|-------| end: unchanged at five looks, for four spans between them at least
 */
import { systemTimer, type StartTimer } from '../start-timer.js';

export interface IdleCandidate {
  /** How many commands have come. */
  readonly commands: number;
  /** Neither amid the data of a command nor amid an answer. */
  readonly isWaiting: boolean;
}

interface Watched {
  readonly end: () => void;
  commands: number;
  looks: number;
}

const SPANS = 4;

export class IdleKicker {
  readonly #spanMs: number;
  readonly #startTimer: StartTimer;
  readonly #watched = new Map<IdleCandidate, Watched>();
  #stopTimer: (() => void) | undefined;

  /** @param timeoutMs a connection ends after so long, or up to a quarter more */
  constructor(timeoutMs: number, startTimer: StartTimer = systemTimer) {
    this.#spanMs = Math.ceil(timeoutMs / SPANS);
    this.#startTimer = startTimer;
  }

  /** @returns for a connection that has ended by itself */
  watch(candidate: IdleCandidate, end: () => void): () => void {
    this.#watched.set(candidate, { end, commands: candidate.commands, looks: 0 });
    this.#schedule();
    return () => {
      this.#watched.delete(candidate);
      if (this.#watched.size > 0) return;
      this.#stopTimer?.();
      this.#stopTimer = undefined;
    };
  }

  #schedule(): void {
    this.#stopTimer ??= this.#startTimer(() => {
      this.#stopTimer = undefined;
      this.#look();
      if (this.#watched.size > 0) this.#schedule();
    }, this.#spanMs);
  }

  #look(): void {
    for (const [candidate, watched] of this.#watched) {
      const isActive = candidate.commands !== watched.commands || !candidate.isWaiting;
      watched.commands = candidate.commands;
      watched.looks = isActive ? 0 : watched.looks + 1;
      if (watched.looks > SPANS) watched.end();
    }
  }
}
