/**
 * The requests of one connection in the order of their replies, in a ring that grows by doubling.
 *
 *            head              unsent               tail
 *             v                  v                   v
 *    |  free  | a | b | c | d | e | f | g |   free    |
 *             '-- written ------'-- waiting --'
 *
 * A request that timed out stays where it is: if it was written its reply still comes and must be skipped, if not it
 * is passed over. Head, unsent and tail grow until the queue is empty one day; the mask brings them into the ring.
 */
import type { LinkRequest } from '../cluster/link-request.js';

/** The queue holds requests of every result type; decode() and resolve() of one request belong together. */
export type PendingRequest = LinkRequest<unknown>;

const FIRST_CAPACITY = 64;
/** Positions beyond 30 bits are slower numbers for V8. */
const FAR = 2 ** 29;

export class PendingRequests {
  #ring: (PendingRequest | undefined)[] = new Array<PendingRequest | undefined>(FIRST_CAPACITY).fill(undefined);
  #mask = FIRST_CAPACITY - 1;
  #head = 0;
  #unsent = 0;
  #tail = 0;

  /** Written and waiting requests, timed-out ones included. */
  get length(): number {
    return this.#tail - this.#head;
  }

  /** Requests whose bytes are not written, timed-out ones included. */
  get unsentLength(): number {
    return this.#tail - this.#unsent;
  }

  push(request: PendingRequest): void {
    if (this.#tail >= FAR && this.#head === this.#tail) this.#head = this.#unsent = this.#tail = 0;
    if (this.length === this.#ring.length) this.#grow();
    this.#ring[this.#tail & this.#mask] = request;
    this.#tail += 1;
  }

  /** Puts requests in front of all that wait. */
  pushFirst(requests: readonly PendingRequest[]): void {
    const waiting: PendingRequest[] = [];
    for (let next = this.takeUnsent(); next !== undefined; next = this.takeUnsent()) waiting.push(next);
    this.#unsent -= waiting.length;
    this.#tail = this.#unsent;
    for (const request of requests) this.push(request);
    for (const request of waiting) this.push(request);
  }

  /** The next request to write; it counts as written from now on. `undefined` when none waits. */
  takeUnsent(): PendingRequest | undefined {
    if (this.#unsent === this.#tail) return undefined;
    const request = this.#ring[this.#unsent & this.#mask];
    this.#unsent += 1;
    return request;
  }

  /** What `takeUnsent` takes next. */
  get nextUnsent(): PendingRequest | undefined {
    return this.#unsent === this.#tail ? undefined : this.#ring[this.#unsent & this.#mask];
  }

  /** The deadline of the next request to write; `Infinity` when none waits. */
  firstDeadline(): number {
    return this.#ring[this.#unsent & this.#mask]?.deadline.at ?? Number.POSITIVE_INFINITY;
  }

  /** The written request whose reply comes next. `undefined` when no reply is due. */
  peek(): PendingRequest | undefined {
    while (this.#head < this.#unsent) {
      const request = this.#ring[this.#head & this.#mask];
      if (request !== undefined && request.writtenAt >= 0) return request;
      this.#drop();
    }
    return undefined;
  }

  /** Removes what `peek` returned. */
  shift(): void {
    if (this.#head < this.#unsent) this.#drop();
  }

  /** Removes every written request and returns them in order; the waiting ones stay. */
  takeWritten(): PendingRequest[] {
    const taken: PendingRequest[] = [];
    for (let request = this.peek(); request !== undefined; request = this.peek()) {
      taken.push(request);
      this.#drop();
    }
    return taken;
  }

  /** Removes everything and returns it in order. */
  takeAll(): PendingRequest[] {
    const taken = [...this];
    this.#ring.fill(undefined);
    this.#head = this.#unsent = this.#tail;
    return taken;
  }

  /** The unsettled requests whose deadline has passed, and the earliest deadline of the others. */
  atDeadline(now: number): { readonly due: readonly PendingRequest[]; readonly next: number | undefined } {
    const due: PendingRequest[] = [];
    let next: number | undefined;
    for (const request of this) {
      if (request.isSettled) continue;
      if (request.deadline.at <= now) due.push(request);
      else if (next === undefined || request.deadline.at < next) next = request.deadline.at;
    }
    return { due, next };
  }

  /** Removes settled requests nobody has written, so that timed-out ones do not fill the queue of a dead server. */
  dropSettledUnsent(): void {
    let kept = this.#unsent;
    for (let at = this.#unsent; at < this.#tail; at += 1) {
      const request = this.#ring[at & this.#mask];
      this.#ring[at & this.#mask] = undefined;
      if (request === undefined || request.isSettled) continue;
      this.#ring[kept & this.#mask] = request;
      kept += 1;
    }
    this.#tail = kept;
  }

  *[Symbol.iterator](): Iterator<PendingRequest> {
    for (let at = this.#head; at < this.#tail; at += 1) {
      const request = this.#ring[at & this.#mask];
      if (request !== undefined) yield request;
    }
  }

  #drop(): void {
    this.#ring[this.#head & this.#mask] = undefined;
    this.#head += 1;
  }

  #grow(): void {
    const ring = new Array<PendingRequest | undefined>(this.#ring.length * 2).fill(undefined);
    const mask = ring.length - 1;
    for (let at = this.#head; at < this.#tail; at += 1) ring[at & mask] = this.#ring[at & this.#mask];
    this.#ring = ring;
    this.#mask = mask;
  }
}
