/**
 * So many operations in a span of time, counted together by all processes.
 *
 * Every window is a counter of its own, named by its number since 1970, so that it needs nobody to reset it. `fixed`
 * looks at the current window alone: twice the limit can pass around the end of one. `sliding` adds the part of the
 * window before that still lies within the span, as if that one's operations had come evenly.
 *
 * Count first and look after: no two callers get the same number, so a window never grants more than its limit. What was
 * refused is taken off again.
 */
import { MemcacheError, parseDuration, type Duration } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { realSurroundings, type Surroundings } from '../engine/surroundings.js';
import { KeySpace } from '../keys/key-space.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishTrouble } from '../telemetry/channels.js';
import { assertPlace, type Place } from './place.js';

/** Options of `createRateLimiter`. */
export interface RateLimiterOptions {
  /** Tells this limiter's counters from those of others in the namespace; without a colon. */
  readonly name: string;
  /** Most operations in a window: a whole number from 1 to 1,000,000,000. */
  readonly limit: number;
  /** The span the limit is for. At least a second, for the processes' clocks differ. */
  readonly window: Duration;
  /** `sliding` weighs the window before, `fixed` starts from nothing with each window. Default `'sliding'`. */
  readonly algorithm?: 'fixed' | 'sliding';
  /** Memcache down: `'allow'` or `'deny'` everything, or `'throw'` the client's error. Default `'allow'`. */
  readonly whenUnavailable?: 'allow' | 'deny' | 'throw';
}

/** What became of an operation. */
export interface RateLimitDecision {
  readonly allowed: boolean;
  readonly limit: number;
  /** How much more would be allowed now. */
  readonly remaining: number;
  /** Milliseconds until the same operation may be allowed; 0 when it was. */
  readonly retryAfterMs: number;
  /** Milliseconds until the current window ends. */
  readonly resetMs: number;
}

/** Counts operations by key: a user, an address, an API token. */
export interface RateLimiter {
  /**
   * Counts an operation if the limit allows it.
   * @param cost how much it counts: a whole number from 1 to the limit; default 1
   * @throws `MEMCACHE_INVALID_KEY`, `MEMCACHE_INVALID_OPTION`; with `whenUnavailable: 'throw'` the client's error
   */
  take(key: string, cost?: number): Promise<RateLimitDecision>;
  /** Forgets what the key has used. */
  reset(key: string): Promise<void>;
}

const OPTION_NAMES: readonly (keyof RateLimiterOptions)[] = ['name', 'limit', 'window', 'algorithm', 'whenUnavailable'];
const HIGHEST_LIMIT = 1_000_000_000;
const SHORTEST_WINDOW_MS = 1000;
/** More than the error of the shares, less than a clock shows. */
const ROUNDING_MS = 0.001;

/**
 * A limit that all processes of the application keep together. With a disabled cache everything is allowed.
 * @throws `MEMCACHE_INVALID_OPTION`
 * @example
 * ```ts
 * const logins = createRateLimiter(cache, { name: 'login', limit: 5, window: '1m' });
 * const { allowed, retryAfterMs } = await logins.take(request.ip);
 * ```
 */
export function createRateLimiter(cache: Place, options: RateLimiterOptions): RateLimiter {
  return new WindowRateLimiter(cache, options, realSurroundings);
}

/** How much is used, and of which window. */
interface Usage {
  readonly current: number;
  readonly previous: number;
  /** 0 to 1: how far the current window has passed. */
  readonly passed: number;
}

export class WindowRateLimiter implements RateLimiter {
  readonly #cache: Place;
  readonly #keys: KeySpace;
  readonly #name: string;
  readonly #limit: number;
  readonly #windowMs: number;
  readonly #isSliding: boolean;
  readonly #whenUnavailable: 'allow' | 'deny' | 'throw';
  readonly #surroundings: Surroundings;

  constructor(cache: Place, options: RateLimiterOptions, surroundings: Surroundings) {
    assertPlace(cache, 'createRateLimiter()');
    assertKnownOptions(options, OPTION_NAMES, 'createRateLimiter()');
    const { name, limit, algorithm = 'sliding', whenUnavailable = 'allow' } = options;
    const windowMs = parseDuration(options.window, 'window');
    check('name', name, typeof name === 'string' && name !== '' && !name.includes(':'), 'a name without a colon');
    check('limit', limit, isCount(limit, HIGHEST_LIMIT), `a whole number from 1 to ${String(HIGHEST_LIMIT)}`);
    check('window', options.window, windowMs >= SHORTEST_WINDOW_MS, 'at least a second');
    check('algorithm', algorithm, ['fixed', 'sliding'].includes(algorithm), "'fixed' or 'sliding'");
    check(
      'whenUnavailable',
      whenUnavailable,
      ['allow', 'deny', 'throw'].includes(whenUnavailable),
      "'allow', 'deny' or 'throw'",
    );
    this.#cache = cache;
    this.#keys = new KeySpace(cache.namespace);
    this.#name = name;
    this.#limit = limit;
    this.#windowMs = windowMs;
    this.#isSliding = algorithm === 'sliding';
    this.#whenUnavailable = whenUnavailable;
    this.#surroundings = surroundings;
  }

  async take(key: string, cost = 1): Promise<RateLimitDecision> {
    check('cost', cost, isCount(cost, this.#limit), `a whole number from 1 to the limit, ${String(this.#limit)}`);
    const base = this.#keys.side('rate', `${this.#name}:${assertKey(key)}`);
    const now = this.#surroundings.now();
    if (this.#cache.disabled) return this.#decide(true, { current: cost, previous: 0, passed: 0 }, cost, now);
    try {
      return await this.#count(base, cost, now);
    } catch (error) {
      if (this.#whenUnavailable === 'throw') throw error;
      publishTrouble('limit', key, toMemcacheError(error, 'Cannot limit', key));
      const allowed = this.#whenUnavailable === 'allow';
      return this.#decide(allowed, { current: allowed ? cost : this.#limit, previous: 0, passed: 0 }, cost, now);
    }
  }

  async reset(key: string): Promise<void> {
    if (this.#cache.disabled) return;
    const base = this.#keys.side('rate', `${this.#name}:${assertKey(key)}`);
    const index = this.#indexAt(this.#surroundings.now());
    await Promise.all([index, index - 1].map((window) => this.#cache.client.delete(nameOf(base, window))));
  }

  async #count(base: string, cost: number, now: number): Promise<RateLimitDecision> {
    const { client } = this.#cache;
    const index = this.#indexAt(now);
    // The window after still looks at this one.
    const ttl = lastingAtLeast(this.#isSliding ? 2 * this.#windowMs : this.#windowMs);
    const [counted, before] = await Promise.all([
      client.increment(nameOf(base, index), cost, { initial: cost, ttl }),
      this.#isSliding ? client.get(nameOf(base, index - 1)) : undefined,
    ]);
    // Whatever else is stored there is no count.
    const previous = Number(before ?? 0) || 0;
    const usage: Usage = {
      current: Number(counted ?? cost),
      previous,
      passed: (now % this.#windowMs) / this.#windowMs,
    };
    if (usedOf(usage) <= this.#limit) return this.#decide(true, usage, cost, now);
    await client.decrement(nameOf(base, index), cost);
    return this.#decide(false, { ...usage, current: usage.current - cost }, cost, now);
  }

  #decide(allowed: boolean, usage: Usage, cost: number, now: number): RateLimitDecision {
    const limit = this.#limit;
    return {
      allowed,
      limit,
      remaining: Math.max(0, Math.floor(limit - usedOf(usage))),
      retryAfterMs: allowed ? 0 : this.#waitFor(cost, usage),
      resetMs: Math.ceil(this.#windowMs - (now % this.#windowMs)),
    };
  }

  /** Until the window before weighs little enough; if the current one alone is too much, until it is the one before. */
  #waitFor(cost: number, { current, previous, passed }: Usage): number {
    const room = this.#limit - cost;
    const until =
      current <= room && previous > 0 ? 1 - (room - current) / previous : 1 + Math.max(0, 1 - room / current);
    const windows = this.#isSliding ? until : 1;
    return Math.max(1, Math.ceil((windows - passed) * this.#windowMs - ROUNDING_MS));
  }

  #indexAt(now: number): number {
    return Math.floor(now / this.#windowMs);
  }
}

function usedOf({ current, previous, passed }: Usage): number {
  return current + previous * (1 - passed);
}

function nameOf(base: string, window: number): string {
  return `${base}:${window.toString(36)}`;
}

function isCount(value: unknown, most: number): boolean {
  return Number.isInteger(value) && Number(value) >= 1 && Number(value) <= most;
}

function assertKey(key: unknown): string {
  if (typeof key === 'string' && key !== '') return key;
  throw new MemcacheError('INVALID_KEY', {
    action: 'Cannot limit',
    detail: key === '' ? 'the key is empty' : `the key is of type ${typeof key}, not a string`,
    hint: 'Give what the operations are counted by, such as a user or an address.',
  });
}

function check(option: string, value: unknown, isRight: boolean, wanted: string): void {
  if (isRight) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: `Cannot use option "${option}"`,
    detail: `it is ${shown(value)}`,
    hint: `Give ${wanted}.`,
  });
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value);
  return typeof value === 'number' ? String(value) : `of type ${value === null ? 'null' : typeof value}`;
}
