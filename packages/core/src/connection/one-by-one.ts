/**
 * What follows from an error that several gets got together: it is that of one of them, or of a few. Behind a proxy one of
 * whose servers is down, and on a server that refuses several keys in one line, each of them has an answer of its own.
 */
import type { GetsTogether } from '../drivers/protocol-driver.js';
import type { PendingRequest, PendingRequests } from './pending-requests.js';

/** How long gets travel one by one then: a server that is down is so for longer than a moment. */
const ONE_BY_ONE_MS = 60_000;

export class OneByOne {
  readonly #pending: PendingRequests;
  readonly #now: () => number;
  #endsAt = Number.NEGATIVE_INFINITY;

  constructor(pending: PendingRequests, now: () => number) {
    this.#pending = pending;
    this.#now = now;
  }

  isOver(now: number): boolean {
    return now >= this.#endsAt;
  }

  /** Each of the gets that has no answer waits again, in front of all others. */
  begin(together: GetsTogether): void {
    this.#endsAt = this.#now() + ONE_BY_ONE_MS;
    const unanswered: PendingRequest[] = [];
    for (let entry = this.#pending.peek(); entry?.request?.together === together; entry = this.#pending.peek()) {
      this.#pending.shift();
      if (entry.isSettled) continue;
      entry.request = undefined;
      entry.writtenAt = -1;
      unanswered.push(entry);
    }
    this.#pending.pushFirst(unanswered);
  }
}
