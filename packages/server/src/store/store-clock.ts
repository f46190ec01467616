/**
 * memcached's clock: counts whole seconds, reads the exptimes of requests, and says of an item whether it has ended or was
 * flushed. Knows single items only; who looks at them, and what becomes of the dead ones, is for others to say.
 */
import { fromExptime, type MemcachedVersion } from '@memkit/protocol/internal';
import type { CasCounter } from './cas-counter.js';
import type { ItemClock } from './item-clock.js';
import type { ItemFacts } from './stored-item.js';

/** memcached's clock begins so long before its start (memcached.c, process_started). */
const HEAD_START_SECONDS = 62;

export class StoreClock {
  readonly #source: ItemClock;
  readonly #cas: CasCounter;
  readonly #version: MemcachedVersion;
  /** Everything that ended before the clock began ended then. */
  readonly #firstSecond: number;
  /** Items of this second and before are gone once the second is reached; 0: no flush yet. */
  #flushedUntil = 0;
  /** Items with a lower CAS are gone too: it tells apart items stored in the second of the flush. */
  #flushedCas = 0n;

  /** @param version whose flush */
  constructor(source: ItemClock, cas: CasCounter, version: MemcachedVersion) {
    this.#source = source;
    this.#cas = cas;
    this.#version = version;
    this.#firstSecond = this.now() - HEAD_START_SECONDS + 1;
  }

  /** The current Unix second. */
  now(): number {
    return Math.floor(this.#source.now());
  }

  /** The exptime of a request, other than 0 -> Unix second of the end. */
  endOf(exptime: number): number {
    return exptime < 0 ? this.#firstSecond : Math.max(fromExptime(exptime, this.now()), this.#firstSecond);
  }

  isAlive(item: Pick<ItemFacts, 'expiresAt' | 'time' | 'cas'>): boolean {
    return !this.isOver(item) && !this.isFlushed(item);
  }

  /** Does not ask for the time where an item never ends. */
  isOver({ expiresAt }: Pick<ItemFacts, 'expiresAt'>): boolean {
    return expiresAt !== Number.POSITIVE_INFINITY && expiresAt <= this.now();
  }

  isFlushed(item: Pick<ItemFacts, 'time' | 'cas'>): boolean {
    if (this.#flushedUntil === 0 || this.#flushedUntil > this.now()) return false;
    return item.time <= this.#flushedUntil || item.cas < this.#flushedCas;
  }

  /** Unix second of `flush_all`, as `stats settings` gives it; 0: none yet. */
  get flushedUntil(): number {
    return this.#flushedUntil;
  }

  /**
   * `flush_all`: everything stored until `exptime` is gone from then on; 0 and less: now. The delay has memcached's
   * own reading, one second early, and a later flush replaces an earlier one that is still to come. A time before the
   * clock began takes the flush back.
   * @returns whether nothing that is there outlives this second, so that the caller may drop it all: as 1.6.45 does
   */
  flush(exptime: number): boolean {
    const now = this.now();
    const end = exptime > 0 ? this.endOf(exptime) : now;
    const isTakenBack = end === this.#firstSecond;
    // Without CAS values nothing tells apart what is stored in the second of the flush: 1.6.18 lets all of it go.
    const last = this.#cas.isEnabled || this.#version !== '1.6.18' ? end - 1 : end;
    this.#flushedUntil = isTakenBack ? 0 : last;
    if (end - 1 > now) return false;
    if (this.#version !== '1.6.18') return !isTakenBack;
    this.#flushedCas = this.#cas.next();
    return false;
  }
}
