/** The limit of all items together: says whether one more fits, and makes room, the least recently used first. */
import type { EventLog } from './event-log.js';
import type { ItemTable } from './item-table.js';
import type { ServerStats } from './server-stats.js';
import type { StoreClock } from './store-clock.js';
import type { StoredItem } from './stored-item.js';

/** So many items leave at once, in about a millisecond; a lower limit for a full store takes several slices. */
const EVICTIONS_AT_ONCE = 1000;

export interface MemoryLimitParts {
  readonly items: ItemTable;
  readonly clock: StoreClock;
  readonly stats: ServerStats;
  readonly log: EventLog;
  /** `false`: what does not fit is refused, as memcached -M. */
  readonly mayEvict: boolean;
  /** Called when more is above the limit than leaves at once: somebody has to call `evict()` again, soon. */
  readonly onWork: (isUrgent: true) => void;
}

export class MemoryLimit {
  readonly #items: ItemTable;
  readonly #clock: StoreClock;
  readonly #stats: ServerStats;
  readonly #log: EventLog;
  readonly #mayEvict: boolean;
  readonly #onWork: (isUrgent: true) => void;
  #bytes: number;
  /** The limit there was before `fill()`; `undefined`: the memory does not count as full. */
  #bytesBeforeFill: number | undefined;

  constructor(bytes: number, { items, clock, stats, log, mayEvict, onWork }: MemoryLimitParts) {
    this.#bytes = bytes;
    this.#items = items;
    this.#clock = clock;
    this.#stats = stats;
    this.#log = log;
    this.#mayEvict = mayEvict;
    this.#onWork = onWork;
  }

  /** The limit; what items take of it is with the items. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Changes the limit. Items above it leave in slices: at once, and with every call of `evict()`. */
  set bytes(bytes: number) {
    if (this.#bytesBeforeFill === undefined) this.#bytes = bytes;
    else this.#bytesBeforeFill = bytes;
    this.#items.limit = bytes;
    this.evict();
  }

  /**
   * The memory counts as full from now on: its limit is what the items take, but never less than the newest one of them.
   */
  fill(): void {
    this.#bytesBeforeFill ??= this.#bytes;
    this.#bytes = this.#items.bytes;
  }

  /** Takes `fill()` back. */
  unfill(): void {
    if (this.#bytesBeforeFill !== undefined) this.#bytes = this.#bytesBeforeFill;
    this.#bytesBeforeFill = undefined;
  }

  /**
   * Whether an item of so many bytes can be taken in, evicting others where that is allowed; counted when not. Without
   * evictions only what is dead makes room, and an item that is replaced still takes its own (memcached -M).
   */
  hasRoom(size: number): boolean {
    if (size > this.#bytes && this.#mayEvict && size <= (this.#bytesBeforeFill ?? 0)) this.#bytes = size;
    if (size <= this.#bytes && (this.#mayEvict || this.#reclaim(size))) return true;
    this.#items.classes.countOutOfMemory(size);
    return false;
  }

  /** Evicts what is above the limit, as far as it takes no long time. */
  evict(): void {
    for (let count = 0; count < EVICTIONS_AT_ONCE && this.#items.bytes > this.#bytes; count += 1) {
      const { oldest } = this.#items;
      if (oldest === undefined) return;
      this.#evictItem(oldest);
    }
    if (this.#items.bytes > this.#bytes) this.#onWork(true);
  }

  /** Evicts all items of one page, so that it may take chunks of another size; gives whether there is one now. */
  emptyPage(): boolean {
    const { oldest } = this.#items;
    if (oldest === undefined || !this.#mayEvict) return false;
    for (const item of this.#items.neighboursOf(oldest)) this.#evictItem(item);
    return true;
  }

  /** Removes dead items from the end of the list until so many bytes are free; gives whether they are. */
  #reclaim(size: number): boolean {
    while (this.#items.bytes + size > this.#bytes) {
      const { oldest } = this.#items;
      if (oldest === undefined || this.#clock.isAlive(oldest)) return false;
      this.#evictItem(oldest);
    }
    return true;
  }

  #evictItem(item: StoredItem): void {
    this.#countEviction(item);
    this.#items.remove(item);
  }

  /** The memory of a dead item is taken back; that of a live one is an eviction. */
  #countEviction(item: StoredItem): void {
    if (!this.#clock.isAlive(item)) {
      this.#items.classes.countReclaimed(item);
      return;
    }
    this.#stats.count('evictions');
    this.#items.classes.countEvicted(item, this.#clock.now());
    if (this.#log.watches('evictions')) this.#log.eviction(item, this.#clock.now());
  }
}
