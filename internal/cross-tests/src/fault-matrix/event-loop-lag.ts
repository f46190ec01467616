const TICK_MS = 5;

/**
 * How long this process was too busy to do anything, so that a slow machine is not taken for a slow client. A timer ticks
 * every 5 ms, and what a tick comes late is time in which nobody's callbacks ran.
 */
export class EventLoopLag {
  readonly #stalls: { readonly endedAt: number; readonly ms: number }[] = [];
  readonly #timer: NodeJS.Timeout;
  #lastTickAt = performance.now();

  constructor() {
    this.#timer = setInterval(() => {
      const now = performance.now();
      const lateMs = now - this.#lastTickAt - TICK_MS;
      if (lateMs > 1) this.#stalls.push({ endedAt: now, ms: lateMs });
      this.#lastTickAt = now;
    }, TICK_MS).unref();
  }

  /** The time lost since then, a stall that has not been ticked yet included. */
  msSince(startedAt: number): number {
    const current = Math.max(0, performance.now() - this.#lastTickAt - TICK_MS);
    return this.#stalls.reduce((sum, { endedAt, ms }) => (endedAt > startedAt ? sum + ms : sum), current);
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
