/**
 * Calls that wait for a large value to be packed or unpacked, which happens off the event loop and takes as long as it
 * takes: each call ends at its own deadline, and all of them when the client is closed.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { MemcacheError } from '@memkit/protocol';
import { beforeDeadline } from '../cluster/before-deadline.js';
import { requestFacts } from '../drivers/request-facts.js';
import type { Command } from './command.js';
import type { Deadline } from '../cluster/deadline.js';

/** What is waited for, for messages. */
export type WaitingCall = Pick<Command<unknown, unknown>, 'name' | 'key'>;

export class WaitingCalls {
  readonly #now: () => number;
  /** What ends each call that waits. */
  readonly #cuts = new Set<() => void>();
  #onNone: (() => void) | undefined;

  /** @param now the clock of deadlines */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** What `work` brings, unless the deadline passes or the client is closed first. @param late makes the error then */
  wait<Value>(work: Promise<Value>, { name, key }: WaitingCall, deadline: Deadline, late: () => Error): Promise<Value> {
    let cut = (): void => undefined;
    const waiting = beforeDeadline(work, deadline, this.#now, late, true, (end) => {
      cut = () => {
        const detail = 'the client is closed';
        end(new MemcacheError('CLIENT_CLOSED', { ...requestFacts(name, key, ''), server: undefined, detail }));
      };
      this.#cuts.add(cut);
    });
    const forget = (): void => {
      this.#cuts.delete(cut);
      if (this.#cuts.size === 0) this.#onNone?.();
    };
    // Beside the caller's promise, which must not come a tick later: commands keep the order of their calls.
    waiting.then(forget, forget);
    return waiting;
  }

  /**
   * Lets the calls finish and ends those that do not.
   * @returns what is left of the time, in milliseconds
   */
  async drain(drainMs: number): Promise<number> {
    if (this.#cuts.size === 0) return drainMs;
    const endAt = this.#now() + drainMs;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, drainMs);
      this.#onNone = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.#onNone = undefined;
    for (const cut of [...this.#cuts]) cut();
    return Math.max(0, endAt - this.#now());
  }
}
