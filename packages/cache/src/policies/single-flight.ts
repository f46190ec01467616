/** One load of a key under way in this process, and everybody who joined it. */
export class Flight<Result> {
  readonly result: Promise<Result>;
  /** Settles when the one who reloads has found a stale value that joiners may take instead of waiting; maybe never. */
  readonly stale: Promise<Result>;
  readonly startedAt: number;
  readonly #offer: (stale: Result) => void;

  constructor(start: (flight: Flight<Result>) => Promise<Result>, startedAt: number) {
    this.startedAt = startedAt;
    const { promise, resolve } = withResolver<Result>();
    this.stale = promise;
    this.#offer = resolve;
    this.result = start(this);
    // Each caller awaits `result` itself; this keeps a flight that nobody joined from counting as unhandled.
    this.result.catch(() => undefined);
  }

  offerStale(stale: Result): void {
    this.#offer(stale);
  }
}

/** At most one flight per key in this process. Failures reach everybody who joined and are forgotten at once. */
export class SingleFlight<Result> {
  readonly #flights = new Map<string, Flight<Result>>();

  /**
   * The flight under way for the key. One that began before `oldest` hangs, as far as anybody can tell: whoever joined
   * it waits on, and nobody else does.
   */
  find(key: string, oldest: number): Flight<Result> | undefined {
    const flight = this.#flights.get(key);
    return flight && flight.startedAt >= oldest ? flight : undefined;
  }

  /** Starts a flight; one that is under way for the key keeps its callers and gets no new ones. */
  start(key: string, now: number, work: (flight: Flight<Result>) => Promise<Result>): Flight<Result> {
    const flight = new Flight<Result>(work, now);
    this.#flights.set(key, flight);
    const land = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    flight.result.then(land, land);
    return flight;
  }

  /** Nobody joins the flight from now on: what it loads may be older than an invalidation. */
  forget(key: string): void {
    this.#flights.delete(key);
  }

  forgetAll(): void {
    this.#flights.clear();
  }
}

function withResolver<Result>(): { promise: Promise<Result>; resolve: (result: Result) => void } {
  let resolve: (result: Result) => void = () => undefined;
  const promise = new Promise<Result>((settle) => (resolve = settle));
  return { promise, resolve };
}
