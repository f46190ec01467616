/**
 * The order of calls on one key while a large value is still being packed off the event loop: what is called later on
 * that key waits for its turn, as it would behind a request that is sent already. Nearly always empty.
 */
export class KeyTurns {
  readonly #last = new Map<string, Promise<unknown>>();

  /** What has to settle before a command on the key may be sent; `undefined`: nothing. */
  turnOf(key: string): Promise<unknown> | undefined {
    return this.#last.size === 0 ? undefined : this.#last.get(key);
  }

  /** As `turnOf` for many keys. */
  turnOfAll(keys: readonly string[]): Promise<unknown> | undefined {
    if (this.#last.size === 0) return undefined;
    const turns = keys.flatMap((key) => this.#last.get(key) ?? []);
    return turns.length === 0 ? undefined : Promise.allSettled(turns);
  }

  /**
   * Takes a turn for the key: later ones come behind it.
   * @returns what `ready` brings, not before earlier turns are over; whoever waits for it sends first
   */
  take<Value>(key: string, ready: Promise<Value>): Promise<Value> {
    const earlier = this.#last.get(key);
    const turn =
      earlier === undefined
        ? ready
        : earlier.then(
            () => ready,
            () => ready,
          );
    this.#last.set(key, turn);
    const end = (): void => {
      if (this.#last.get(key) === turn) this.#last.delete(key);
    };
    turn.then(end, end);
    return turn;
  }
}
