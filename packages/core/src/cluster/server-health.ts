/**
 * Whether a server is worth asking.
 *
 *            3 failures in a row              1 s
 *    up ──────────────────────────> down ──────────> half open ── one probe ──> up, or down again
 *
 * Only failures of the connection count; an error reply is the answer of a healthy server.
 */
const FAILURES_UNTIL_DOWN = 3;
const DOWN_MS = 1000;

export class ServerHealth {
  #failures = 0;
  #downUntilMs = 0;
  readonly #now: () => number;

  /** @param now a clock in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** A failure happened since the last success. */
  get isTroubled(): boolean {
    return this.#failures > 0;
  }

  /** Down or half open: requests go elsewhere. */
  get isDown(): boolean {
    return this.#failures >= FAILURES_UNTIL_DOWN;
  }

  /** Whether this call may send the one probe of a half-open server. */
  takeProbe(): boolean {
    if (!this.isDown || this.#now() < this.#downUntilMs) return false;
    this.#downUntilMs = this.#now() + DOWN_MS;
    return true;
  }

  /** @returns whether this brought the server up */
  succeeded(): boolean {
    const wasDown = this.isDown;
    this.#failures = 0;
    return wasDown;
  }

  /** @returns whether this took the server down */
  failed(): boolean {
    const wasDown = this.isDown;
    this.#failures += 1;
    if (this.isDown) this.#downUntilMs = this.#now() + DOWN_MS;
    return this.isDown && !wasDown;
  }
}
