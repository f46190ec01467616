/** How long the event loop of this process stood still, and how much of that it only waited for a core. */
import { readFileSync } from 'node:fs';
import { monitorEventLoopDelay } from 'node:perf_hooks';

const TICK_MS = 1;

export class LoopWatch {
  #delays = monitorEventLoopDelay({ resolution: TICK_MS });
  #at = performance.now();
  #waitedMs = waitedMilliseconds();
  #worstOwnMs = 0;

  constructor() {
    this.#delays.enable();
    setInterval(() => this.#tick(), TICK_MS).unref();
  }

  /** What was seen since the last call, in milliseconds. */
  take() {
    const seen = {
      worstMs: this.#delays.max / 1e6,
      p999Ms: this.#delays.percentile(99.9) / 1e6,
      worstOwnMs: this.#worstOwnMs,
    };
    this.#delays.reset();
    this.#worstOwnMs = 0;
    return seen;
  }

  #tick() {
    const now = performance.now();
    const waitedMs = waitedMilliseconds();
    this.#worstOwnMs = Math.max(this.#worstOwnMs, now - this.#at - TICK_MS - (waitedMs - this.#waitedMs));
    this.#at = now;
    this.#waitedMs = waitedMs;
  }
}

/** How long the main thread was ready to run and another had its core; 0 where the system does not say. */
function waitedMilliseconds() {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[1]) / 1e6;
  } catch {
    return 0;
  }
}
