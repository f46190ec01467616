import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Surroundings } from '../engine/surroundings.js';

/** Time that passes only when a spec says so, or when somebody sleeps. */
export class DrivenSurroundings implements Surroundings {
  readonly slept: number[] = [];
  /** What chance says; 0 to 1, 1 excluded. */
  chance = 0.5;
  readonly #timers = new Set<{ readonly at: number; readonly ring: () => void }>();
  #now = Date.UTC(2026, 0, 1);

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
    for (const timer of this.#timers) {
      if (timer.at > this.#now) continue;
      this.#timers.delete(timer);
      timer.ring();
    }
  }

  timer(milliseconds: number, ring: () => void): () => void {
    const timer = { at: this.#now + milliseconds, ring };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
    this.#now += milliseconds;
    await nextTurn();
  }

  pause(milliseconds: number): Promise<void> {
    return new Promise((resolve) => this.timer(milliseconds, resolve));
  }

  random(): number {
    return this.chance;
  }
}
