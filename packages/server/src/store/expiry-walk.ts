/**
 * Looks at one item after another and removes those whose time is up, once there can be one: it keeps the soonest second
 * in which something may end, and does nothing before it. Has no timer: others call `step()`.
 *
 *   idle   nothing can end            -> expect()            -> wait
 *   wait   nothing is due yet         -> the second is there -> more
 *   more   items are left to look at  -> the last one        -> wait, or idle
 */
import type { ItemTable } from './item-table.js';
import type { ServerStats } from './server-stats.js';
import type { StoreClock } from './store-clock.js';
import type { StoredItem } from './stored-item.js';

export type WalkState = 'idle' | 'wait' | 'more';

export interface ExpiryWalkParts {
  readonly items: ItemTable;
  readonly clock: StoreClock;
  readonly stats: ServerStats;
  /** Called when there is something to do for `step()`: soon, when somebody asks for it. */
  readonly onWork: (isUrgent: boolean) => void;
}

export class ExpiryWalk {
  readonly #items: ItemTable;
  readonly #clock: StoreClock;
  readonly #stats: ServerStats;
  readonly #onWork: (isUrgent: boolean) => void;
  /** No item ends before this Unix second, as far as is known. */
  #soonestEnd = Number.POSITIVE_INFINITY;
  #isWalking = false;
  /** All items it has seen so far were dead: it is still at the end the evictions take from. */
  #isAtTail = false;

  constructor({ items, clock, stats, onWork }: ExpiryWalkParts) {
    this.#items = items;
    this.#clock = clock;
    this.#stats = stats;
    this.#onWork = onWork;
  }

  get isWalking(): boolean {
    return this.#isWalking;
  }

  /** Some item may end in this Unix second. */
  expect(second: number): void {
    if (second >= this.#soonestEnd) return;
    this.#soonestEnd = second;
    this.#onWork(false);
  }

  /** The next `step()` begins to look at every item, due or not. */
  hasten(): void {
    this.#soonestEnd = Math.min(this.#soonestEnd, this.#clock.now());
    this.#onWork(true);
  }

  /** There are no items any more. */
  clear(): void {
    this.#soonestEnd = Number.POSITIVE_INFINITY;
    this.#isWalking = false;
  }

  /** @param most how many items to look at */
  step(most: number): WalkState {
    if (!this.#isWalking && !this.#start()) return this.#stateAtRest;
    for (let seen = 0; seen < most; seen += 1) {
      const item = this.#items.walk();
      if (item === undefined) {
        this.#isWalking = false;
        return this.#stateAtRest;
      }
      this.#lookAt(item);
    }
    return 'more';
  }

  get #stateAtRest(): WalkState {
    return Number.isFinite(this.#soonestEnd) ? 'wait' : 'idle';
  }

  #start(): boolean {
    if (this.#soonestEnd > this.#clock.now()) return false;
    this.#isWalking = true;
    this.#isAtTail = true;
    const now = this.#clock.now();
    const { flushedUntil } = this.#clock;
    // Whoever is met alive says when its own time comes.
    this.#soonestEnd = flushedUntil > now ? flushedUntil : Number.POSITIVE_INFINITY;
    this.#items.startWalk();
    this.#stats.count('lru_crawler_starts');
    return true;
  }

  #lookAt(item: StoredItem): void {
    const counted = this.#items.classes.of(item.slabClass);
    counted.crawlerItemsChecked += 1;
    if (this.#clock.isAlive(item)) {
      this.#isAtTail = false;
      if (item.expiresAt < this.#soonestEnd) this.#soonestEnd = item.expiresAt;
      return;
    }
    // memcached's maintainer takes dead items from the end of the list, its crawler those in the middle.
    if (this.#isAtTail) counted.reclaimed += 1;
    else counted.crawlerReclaimed += 1;
    if (!item.isFetched) counted.expiredUnfetched += 1;
    this.#items.remove(item);
  }
}
