/** How those wait who find a lease taken. */
import { longestLifeMs } from './clock-step.js';

const FIRST_WAIT_MS = 10;
const LONGEST_WAIT_MS = 250;
const GROWTH = 1.5;

/** How long to wait before looking again: 10 ms growing to 250 ms, of which chance takes up to a half, so that waiters spread. */
export function waitBeforeLook(attempt: number, random: number): number {
  const full = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * GROWTH ** attempt);
  return full * (0.5 + random / 2);
}

/**
 * How long a search waits: as long as a lease can last for the holder it met, and as long again for one that takes over
 * meanwhile. Without the second, all who wait for a crashed process would load at the moment its lease ends. For no more
 * than two leases, because holders may go on crashing.
 */
export class LeaseWait {
  readonly #leaseMs: number;
  readonly #latestEnd: number;
  #end: number;
  #seen: ReadonlyMap<string, unknown> = new Map();

  constructor(leaseMs: number, now: number) {
    this.#leaseMs = longestLifeMs(leaseMs);
    this.#latestEnd = now + 2 * this.#leaseMs;
    this.#end = now + this.#leaseMs;
  }

  isOver(now: number): boolean {
    return now >= this.#end;
  }

  /** @param leases key -> token of the holder; a key without one is free, and somebody is about to take it */
  look(keys: readonly string[], leases: ReadonlyMap<string, unknown>, now: number): void {
    const hasChanged = keys.some((key) => leases.get(key) !== this.#seen.get(key));
    if (hasChanged) this.#end = Math.min(now + this.#leaseMs, this.#latestEnd);
    this.#seen = leases;
  }
}
