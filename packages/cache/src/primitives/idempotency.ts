/**
 * Work that is done once for a key, such as a payment that a client sends again because it did not see the answer.
 *
 *   absent --first caller--> running --the work is done--> done, for `ttl`
 *                             |---it throws------------> absent   the next caller does the work
 *                             '---its process dies-----> absent   within `lease`
 *
 * A record in memory can be lost: keep a unique key in the database as well where doing the work twice does harm.
 */
import { isMemcacheError, MemcacheError, parseDuration, parseTtl, type Duration, type Ttl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { Cache } from '../engine/cache-surface.js';
import { realSurroundings, type Surroundings } from '../engine/surroundings.js';
import { KeySpace } from '../keys/key-space.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import { waitBeforeLook } from '../policies/lease-wait.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishTrouble } from '../telemetry/channels.js';
import { HeldItem, isRecord, noteOf, takeItem } from './held-item.js';
import { Renewal } from './renewal.js';

/** Options of `withIdempotencyKey`. */
export interface IdempotencyOptions {
  /** How long the result is kept. Default `'1d'`. */
  readonly ttl?: Ttl;
  /** After how long a process that died is replaced, up to two seconds late. Default `'30s'`. */
  readonly lease?: Duration;
  /** How long to wait for another caller that is doing the work. Default: not at all. */
  readonly wait?: Duration;
  /** What the request asks for, such as a digest of its body: the same key with another one is refused. Default: not looked at. */
  readonly fingerprint?: string;
  /** Ends the wait: the call rejects with the signal's reason. Default: none. */
  readonly signal?: AbortSignal;
}

/** What the work is given. */
export interface IdempotentWork {
  /** Aborted when another process may have begun the same work, because memcache could not be told that this one goes on. */
  readonly signal: AbortSignal;
}

/** The result of the work, as JSON keeps it when it is `replayed`. */
export interface IdempotentResult<Value> {
  readonly value: Value;
  /** Whether the work was done before, by another call. */
  readonly replayed: boolean;
}

type Place = Pick<Cache, 'client' | 'namespace' | 'disabled'>;

interface Settings {
  readonly ttl: Ttl;
  readonly leaseMs: number;
  readonly waitMs: number;
  readonly fingerprint: string | undefined;
  readonly signal: AbortSignal | undefined;
}

const OPTION_NAMES: readonly (keyof IdempotencyOptions)[] = ['ttl', 'lease', 'wait', 'fingerprint', 'signal'];

/**
 * Does the work unless it was done for this key before; then returns that result. What the work throws is not kept.
 * With a disabled cache the work is always done.
 * @throws `MEMCACHE_LOCKED` while another caller does the work; `MEMCACHE_INVALID_OPTION` for the key of a request with
 * another `fingerprint`; `MEMCACHE_ITEM_TOO_LARGE` or `MEMCACHE_NOT_SERIALIZABLE` when the work was done before and its
 * result could not be kept; the client's error when memcache is down; what the work throws
 * @example
 * ```ts
 * const { value: payment, replayed } = await withIdempotencyKey(cache, request.headers['idempotency-key'], () =>
 *   payments.charge(request.body),
 * );
 * ```
 */
export async function withIdempotencyKey<Value>(
  cache: Place,
  key: string,
  work: (context: IdempotentWork) => Promise<Value> | Value,
  options: IdempotencyOptions = {},
): Promise<IdempotentResult<Value>> {
  return await doOnce(cache, key, work, options, realSurroundings);
}

/** As `withIdempotencyKey`, with time and chance from outside. */
export async function doOnce<Value>(
  cache: Place,
  key: string,
  work: (context: IdempotentWork) => Promise<Value> | Value,
  options: IdempotencyOptions,
  surroundings: Surroundings,
): Promise<IdempotentResult<Value>> {
  const settings = resolve(options);
  const name = new KeySpace(cache.namespace).side('once', key);
  if (cache.disabled) return { value: await work({ signal: new AbortController().signal }), replayed: false };

  const { fingerprint: note, leaseMs: ttlMs, signal } = settings;
  const giveUpAt = surroundings.now() + settings.waitMs;
  for (let attempt = 0; ; attempt += 1) {
    signal?.throwIfAborted();
    const taken = await takeItem(cache.client, name, { ttlMs, note, signal });
    if (taken instanceof HeldItem) return { value: await doWork(taken, key, work, settings), replayed: false };
    const { stored } = taken;
    assertSameRequest(key, noteOf(stored), note);
    // A cached result has no type of its own: the caller's work says what it is.
    if (isDone(stored)) return { value: resultOf(stored, key) as Value, replayed: true };
    const leftMs = giveUpAt - surroundings.now();
    if (leftMs <= 0)
      throw new MemcacheError('LOCKED', { action: 'Cannot begin', key, detail: 'another caller does it' });
    await surroundings.sleep(Math.min(leftMs, waitBeforeLook(attempt, surroundings.random())));
  }
}

async function doWork<Value>(
  held: HeldItem,
  key: string,
  work: (context: IdempotentWork) => Promise<Value> | Value,
  settings: Settings,
): Promise<Value> {
  const renewal = new Renewal(held, key, settings.leaseMs);
  let value: Value;
  try {
    value = await work({ signal: renewal.signal });
  } catch (error) {
    await renewal.stop();
    await quietly('release', key, () => held.release());
    throw error;
  }
  await renewal.stop();
  await quietly('store', key, () => keep(held, value, settings));
  return value;
}

/** @throws what the client throws; the record says then that the work was done, if memcache could be told */
async function keep(held: HeldItem, value: unknown, { ttl, fingerprint: note }: Settings): Promise<void> {
  const lasting = lastingAtLeast(parseTtl(ttl));
  try {
    await held.replace({ done: true, note, value }, lasting);
  } catch (error) {
    const reason = isMemcacheError(error) ? UNKEEPABLE.find((name) => error.code === `MEMCACHE_${name}`) : undefined;
    if (reason !== undefined) await held.replace({ done: true, note, unkept: reason }, lasting);
    throw error;
  }
}

const UNKEEPABLE = ['ITEM_TOO_LARGE', 'NOT_SERIALIZABLE'] as const;

function resultOf(record: Readonly<Record<string, unknown>>, key: string): unknown {
  const reason = UNKEEPABLE.find((name) => record['unkept'] === name);
  if (reason === undefined) return record['value'];
  throw new MemcacheError(reason, {
    action: 'Cannot repeat the result of',
    key,
    detail: 'the work was done before, and what it returned could not be stored',
    hint: 'Return less, or plain JSON data, from the work.',
  });
}

/** The result counts more than the record of it. */
async function quietly(operation: string, key: string, change: () => Promise<unknown>): Promise<void> {
  try {
    await change();
  } catch (error) {
    publishTrouble(operation, key, toMemcacheError(error, `Cannot ${operation}`, key));
  }
}

function isDone(stored: unknown): stored is Readonly<Record<string, unknown>> {
  return isRecord(stored) && stored['done'] === true;
}

function assertSameRequest(key: string, theirs: string | undefined, ours: string | undefined): void {
  if (theirs === undefined || ours === undefined || theirs === ours) return;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot use the idempotency key',
    key,
    detail: 'it was used for a request with another fingerprint',
    hint: 'Use a new key for every new request.',
  });
}

function resolve(options: IdempotencyOptions): Settings {
  assertKnownOptions(options, OPTION_NAMES, 'withIdempotencyKey()');
  const { ttl = '1d', lease = '30s', wait, fingerprint, signal } = options;
  parseTtl(ttl);
  return {
    ttl,
    leaseMs: parseDuration(lease, 'lease'),
    waitMs: wait === undefined ? 0 : parseDuration(wait, 'wait'),
    fingerprint,
    signal,
  };
}
