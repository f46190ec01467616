/** One listener on a caller's signal for any number of flights: a signal warns about many. */
export class AbortNotice {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<(signal: AbortSignal) => void>();
  readonly #tell = (): void => {
    for (const listener of this.#listeners) listener(this.#signal);
  };

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** @returns ends it */
  onAbort(listener: (signal: AbortSignal) => void): () => void {
    if (this.#listeners.size === 0) this.#signal.addEventListener('abort', this.#tell);
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) this.#signal.removeEventListener('abort', this.#tell);
    };
  }
}
