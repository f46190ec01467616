import type { ItemClock } from '../store/item-clock.js';

/** The server's clock, moved by a fault. */
export class SkewedClock implements ItemClock {
  readonly #clock: ItemClock;
  /** Positive: ahead of the true time. */
  skewSeconds = 0;

  constructor(clock: ItemClock) {
    this.#clock = clock;
  }

  now(): number {
    return this.#clock.now() + this.skewSeconds;
  }
}
