/** Asks why a server is silent when half of the time is over, so that the answer comes before the deadline. */
import type { ConnectionFailure } from './connection-errors.js';
import { SilenceProbe, type SpokenWire } from './silence-probe.js';
import type { WayIn } from './way-in.js';

/** After a hang-up nobody waits longer than this for a better reason. */
const MOST_AFTER_HANG_UP_MS = 500;
const LEAST_PROBE_MS = 20;

export class SilenceWatch {
  readonly #way: WayIn;
  readonly #found: (failure: ConnectionFailure) => void;
  #timer: NodeJS.Timeout | undefined;
  #deadlineAt = Number.POSITIVE_INFINITY;
  #probe: SilenceProbe | undefined;
  #isStopped = false;

  /** @param found told what the server waits for, once that is known; never after `stop` */
  constructor(way: WayIn, found: (failure: ConnectionFailure) => void) {
    this.#way = way;
    this.#found = found;
  }

  /** Something was asked of the server. */
  get isArmed(): boolean {
    return this.#timer !== undefined;
  }

  /** @param spoken what the connection speaks by then; `undefined`: there is no silence to explain */
  arm(deadlineAt: number, spoken: () => SpokenWire | undefined): void {
    if (this.#timer !== undefined) return;
    this.#deadlineAt = deadlineAt;
    const restMs = deadlineAt - this.#way.now();
    this.#timer = setTimeout(() => {
      const wire = spoken();
      if (wire === undefined) return;
      void this.#start(wire, restMs / 2).then((failure) => {
        // The answer may have come in the very tick that stopped this.
        if (failure !== undefined && !this.#isStopped) this.#found(failure);
      });
    }, restMs / 2);
    // The deadline's timer keeps the process alive.
    this.#timer.unref();
  }

  /** Why the server hung up without a byte; `undefined` when that cannot be found out in time. */
  explain(spoken: SpokenWire): Promise<ConnectionFailure | undefined> {
    clearTimeout(this.#timer);
    return this.#start(spoken, Math.min((this.#deadlineAt - this.#way.now()) / 2, MOST_AFTER_HANG_UP_MS));
  }

  stop(): void {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    this.#probe?.cancel();
  }

  #start(spoken: SpokenWire, timeoutMs: number): Promise<ConnectionFailure | undefined> {
    this.#probe ??= new SilenceProbe(spoken, this.#way.probes, Math.max(timeoutMs, LEAST_PROBE_MS));
    return this.#probe.result;
  }
}
