/**
 * One holder at a time among all processes, each with a larger fencing number than the one before.
 *
 * A lock in memory can be lost: memcached is restarted, evicts it, or its server is replaced by another. So the lock
 * keeps work from running twice, and the fencing number keeps data right: hand it to the database with each write, and
 * let it refuse a number smaller than the last it has seen.
 *
 * The number is a counter beside the lock. Whoever takes the lock counts up, and then looks whether the lock is still
 * its own; so a number that was counted late, behind a successor's, is never handed out. A counter that memcached
 * evicted begins anew at the microseconds of the clock, which is more than it ever was.
 */
import { MemcacheError, parseDuration, type Duration } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { realSurroundings, type Surroundings } from '../engine/surroundings.js';
import { KeySpace } from '../keys/key-space.js';
import { HeldItem, takeItem } from './held-item.js';
import { lookAgain, patienceOf } from './look-again.js';
import { assertPlace, assertWork, type Place } from './place.js';
import { Renewal } from './renewal.js';

/** Options of `lock` and `withLock`. */
export interface LockOptions {
  /**
   * How long the lock is held unless it is released or extended before; a crashed holder is replaced after it, up to
   * two seconds late. Default `'30s'`.
   */
  readonly ttl?: Duration;
  /** How long to wait for another holder. Default: not at all. */
  readonly wait?: Duration;
  /** Ends the wait: the call rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal;
}

/** A lock that is held. `await using` releases it. */
export interface Lock extends AsyncDisposable {
  readonly key: string;
  /** Larger than that of every holder of this key before; below 2^53. */
  readonly fence: number;
  /** Holds it for the time to live from now on; `false` when it was lost. */
  extend(): Promise<boolean>;
  /** Lets others have it at once; `false` when it was lost before. */
  release(): Promise<boolean>;
}

/** What the work under a lock is given. */
export interface LockContext {
  /** Larger than that of every holder of this key before. */
  readonly fence: number;
  /** Aborted when the lock was lost while the work ran. */
  readonly signal: AbortSignal;
}

const OPTION_NAMES: readonly (keyof LockOptions)[] = ['ttl', 'wait', 'signal'];
const DEFAULT_TTL = '30s';
/** A fence that nobody counted up for so long begins anew, at a larger number. */
const FENCE_TTL = '1d';

/**
 * Takes the lock of a key; `undefined` when another holder had it for the whole `wait`.
 *
 * With a disabled cache everybody gets every lock.
 * @throws `MEMCACHE_INVALID_KEY`, `MEMCACHE_INVALID_OPTION`; the client's error when memcache is down, for nobody can
 * know then who holds it
 * @example
 * ```ts
 * const held = await lock(cache, 'invoice:7', { ttl: '30s', wait: '5s' });
 * if (held === undefined) throw new Error('Another process writes invoice 7.');
 * try {
 *   await database.write(invoice, { fence: held.fence });
 * } finally {
 *   await held.release();
 * }
 * ```
 */
export async function lock(cache: Place, key: string, options: LockOptions = {}): Promise<Lock | undefined> {
  return await takeLock(cache, key, options, realSurroundings, 'lock()');
}

/**
 * Runs the work while this process holds the lock of a key, renewing it until the work is done.
 * @throws `MEMCACHE_LOCKED` when another holder had it for the whole `wait`; what the work throws; what `lock` throws
 * @example
 * ```ts
 * await withLock(cache, 'nightly-report', async ({ fence, signal }) => await writeReport({ fence, signal }));
 * ```
 */
export async function withLock<Value>(
  cache: Place,
  key: string,
  work: (context: LockContext) => Promise<Value> | Value,
  options: LockOptions = {},
): Promise<Value> {
  assertWork(work, 'withLock()');
  const taken = await takeLock(cache, key, options, realSurroundings, 'withLock()');
  if (taken === undefined) {
    const detail = options.wait === undefined ? 'another holder has it' : 'another holder had it for the whole wait';
    throw new MemcacheError('LOCKED', { action: 'Cannot lock', key, detail });
  }
  const renewal = taken.renewing();
  try {
    return await work({ fence: taken.fence, signal: renewal?.signal ?? new AbortController().signal });
  } finally {
    await renewal?.stop();
    await taken.releaseQuietly();
  }
}

/** As `lock`, with time and chance from outside. */
export async function takeLock(
  cache: Place,
  key: string,
  options: LockOptions,
  surroundings: Surroundings,
  where: string,
): Promise<MemcacheLock | undefined> {
  assertPlace(cache, where);
  assertKnownOptions(options, OPTION_NAMES, where);
  const patience = patienceOf(options.wait, options.signal);
  const ttlMs = parseDuration(options.ttl ?? DEFAULT_TTL, 'ttl');
  const keys = new KeySpace(cache.namespace);
  const [name, fenceName] = [keys.side('lock', key), keys.side('fence', key)];
  const { client } = cache;
  const { signal } = patience;
  const firstFence = (): number => surroundings.now() * 1000;
  if (cache.disabled) return new MemcacheLock(key, firstFence(), undefined, ttlMs);

  return await lookAgain(patience, surroundings, async () => {
    const held = await takeItem(client, name, { key, ttlMs, signal });
    if (!(held instanceof HeldItem)) return undefined;
    try {
      const fence = await client.increment(fenceName, 1, { initial: firstFence(), ttl: FENCE_TTL, signal });
      const isHeld = await held.isHeld();
      signal?.throwIfAborted();
      return isHeld ? new MemcacheLock(key, Number(fence ?? firstFence()), held, ttlMs) : undefined;
    } catch (error) {
      // Nobody else would.
      await held.releaseQuietly();
      throw error;
    }
  });
}

export class MemcacheLock implements Lock {
  readonly key: string;
  readonly fence: number;
  /** Absent in a disabled cache. */
  readonly #held: HeldItem | undefined;
  readonly #ttlMs: number;

  constructor(key: string, fence: number, held: HeldItem | undefined, ttlMs: number) {
    this.key = key;
    this.fence = fence;
    this.#held = held;
    this.#ttlMs = ttlMs;
  }

  async extend(): Promise<boolean> {
    return (await this.#held?.renew(this.#ttlMs)) ?? true;
  }

  async release(): Promise<boolean> {
    return (await this.#held?.release()) ?? true;
  }

  renewing(): Renewal | undefined {
    return this.#held && new Renewal(this.#held, this.#ttlMs);
  }

  /** The result of the work counts more than a lock that ends by itself. */
  async releaseQuietly(): Promise<void> {
    await this.#held?.releaseQuietly();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.releaseQuietly();
  }
}
