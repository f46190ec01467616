/**
 * Whether a server is worth asking.
 *
 *          `failures` failures in a row              a wait
 *    up ────────────────────────────────> down ──────────────> half open ── one probe
 *    ^                                     ^                                │      │
 *    │                                     └──── failed: twice the wait ────┘      │
 *    └─────────────────────────── any reply ───────────────────────────────────────┘
 *
 * A failure is no answer, or none that a memcached gives; an error reply is the answer of a healthy server. Knows the
 * state and the waits; who probes, and when, is the router's affair.
 */
import type { HealthSettings } from '../options/client-settings.js';

export class ServerHealth {
  readonly #settings: HealthSettings;
  readonly #random: () => number;
  #failures = 0;
  #failedProbes = 0;

  /** @param random 0 (included) to 1 (excluded) */
  constructor(settings: HealthSettings, random: () => number) {
    this.#settings = settings;
    this.#random = random;
  }

  /** A failure happened since the last success. */
  get isTroubled(): boolean {
    return this.#failures > 0;
  }

  /** Down or half open: requests go elsewhere. */
  get isDown(): boolean {
    return this.#failures >= this.#settings.failures;
  }

  /**
   * Milliseconds until the next probe: twice as long after each one that failed, of which a random half is left out, so
   * that clients spread.
   */
  get waitMs(): number {
    const { downTimeMs, maxDownTimeMs } = this.#settings;
    const whole = Math.min(downTimeMs * 2 ** Math.min(this.#failedProbes, 30), maxDownTimeMs);
    return whole * (0.5 + this.#random() / 2);
  }

  /** Milliseconds between two probes that somebody waits for. */
  get shortestWaitMs(): number {
    return this.#settings.downTimeMs;
  }

  /** @returns whether this brought the server up */
  succeeded(): boolean {
    const wasDown = this.isDown;
    this.#failures = 0;
    this.#failedProbes = 0;
    return wasDown;
  }

  /** @returns whether this took the server down */
  failed(): boolean {
    const wasDown = this.isDown;
    this.#failures += 1;
    return this.isDown && !wasDown;
  }

  probeFailed(): void {
    this.#failedProbes += 1;
  }
}
