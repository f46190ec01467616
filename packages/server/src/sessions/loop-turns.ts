import { performance } from 'node:perf_hooks';
// Imported, not global: fake timers of a test must not stop the answers.
import { setImmediate } from 'node:timers';

/**
 * The turns of the event loop, counted for all sessions of a server. One connection that always has more to read or to
 * write would otherwise never give the turn away: Node reads up to 2 MiB of a socket before it looks at another, and
 * a socket that takes bytes at once asks for the next ones in the same turn.
 */
export class LoopTurns {
  #number = 0;
  #startedAt = 0;
  #next: NodeJS.Immediate | undefined;
  readonly #now: () => number;

  /** @param now in milliseconds, from any beginning */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** The number of this turn: another one is another turn. */
  current(): number {
    if (this.#next === undefined) {
      this.#startedAt = this.#now();
      this.#next = setImmediate(() => {
        this.#next = undefined;
        this.#number += 1;
      });
    }
    return this.#number;
  }

  /** How long this turn has taken, in milliseconds. */
  elapsedMs(): number {
    return this.#now() - this.#startedAt;
  }
}
