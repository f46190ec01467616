/** The wait for what is under way before an end, for a time that may be shortened while it runs. */
export class Drain {
  readonly #now: () => number;
  #endAt = Number.POSITIVE_INFINITY;
  #timer: NodeJS.Timeout | undefined;
  #finish: (() => void) | undefined;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** From now on at most so long; a longer time than is left changes nothing. @param milliseconds */
  limit(milliseconds: number): void {
    const endAt = this.#now() + milliseconds;
    if (endAt >= this.#endAt) return;
    this.#endAt = endAt;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.finish();
    }, milliseconds);
  }

  /** Until `finish` is called, or the time is over. */
  async wait(): Promise<void> {
    if (this.#endAt > this.#now()) {
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
      });
    }
  }

  finish(): void {
    this.#finish?.();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }
}
