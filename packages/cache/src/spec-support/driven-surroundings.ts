import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Surroundings } from '../engine/surroundings.js';

/** Time that passes only when a spec says so, or when somebody sleeps. */
export class DrivenSurroundings implements Surroundings {
  readonly slept: number[] = [];
  #now = Date.UTC(2026, 0, 1);

  now(): number {
    return this.#now;
  }

  advance(milliseconds: number): void {
    this.#now += milliseconds;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.slept.push(milliseconds);
    this.#now += milliseconds;
    await nextTurn();
  }

  random(): number {
    return 0.5;
  }
}
