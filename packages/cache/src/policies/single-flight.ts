import { currentTick } from './tick.js';

/** One load of a key under way in this process, and everybody who joined it. */
export class Flight<Result> {
  readonly result: Promise<Result>;
  readonly startedAt: number;
  readonly #startedIn = currentTick();
  #stale: Result | undefined;
  #isLoading = false;
  #isRefused = false;
  #waiting = 0;
  #interested = 0;
  #controller: AbortController | undefined;
  readonly #land: () => void;
  // Made when somebody wants to be told: a hit tells nobody.
  #watchers: Set<() => void> | undefined;
  #abandoned: (() => void)[] | undefined;

  /** @param land told when it is over, however it ended, and when nobody may join it any more */
  constructor(start: (flight: Flight<Result>) => Promise<Result>, startedAt: number, land: () => void = nothing) {
    this.startedAt = startedAt;
    this.#land = land;
    this.result = start(this);
    // Each caller awaits `result` itself; this keeps a flight that nobody joined from counting as unhandled, too.
    this.result.then(land, land);
  }

  /** What callers may take who do not wait for the result. */
  get stale(): Result | undefined {
    return this.#stale;
  }

  /** It waits for a loader, here or in another process. */
  get isLoading(): boolean {
    return this.#isLoading;
  }

  /** What it found was invalidated while it was loaded: enough for who began before that, and for nobody else. */
  get isRefused(): boolean {
    return this.#isRefused;
  }

  /** Somebody gets the result, or its failure. */
  get hasWaiting(): boolean {
    return this.#waiting > 0;
  }

  /** Aborted once nobody is interested any longer. Made when somebody asks for it: a hit needs none. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  offerStale(stale: Result): void {
    this.#stale = stale;
    this.#tell();
  }

  startLoading(): void {
    if (this.#isLoading) return;
    this.#isLoading = true;
    this.#tell();
  }

  /** It may have looked at memcached before who comes now was there. */
  get mayHaveLooked(): boolean {
    return currentTick() !== this.#startedIn;
  }

  refuse(): void {
    this.#isRefused = true;
  }

  /** Nobody joins it from now on: whether its value is still true is being found out. */
  close(): void {
    this.#land();
  }

  /** @returns ends the watch */
  watch(watcher: () => void): () => void {
    const watchers = (this.#watchers ??= new Set());
    watchers.add(watcher);
    return () => void watchers.delete(watcher);
  }

  whenAbandoned(tell: () => void): void {
    (this.#abandoned ??= []).push(tell);
  }

  join(): void {
    this.#waiting += 1;
    this.#interested += 1;
  }

  /** A caller goes, and the load is to be finished all the same. */
  stopWaiting(): void {
    this.#waiting -= 1;
  }

  /** A caller goes for whom it need not be finished. */
  abandon(reason: unknown): void {
    this.#waiting -= 1;
    this.#interested -= 1;
    if (this.#interested > 0) return;
    (this.#controller ??= new AbortController()).abort(reason);
    this.close();
    for (const tell of this.#abandoned ?? []) tell();
  }

  #tell(): void {
    for (const watcher of this.#watchers ?? []) watcher();
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
    const land = (): void => {
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
    };
    const flight = new Flight<Result>(work, now, land);
    this.#flights.set(key, flight);
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

function nothing(): void {
  // Nobody keeps count of this flight.
}
