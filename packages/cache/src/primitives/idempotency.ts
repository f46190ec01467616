/**
 * Work that is done once for a key, such as a payment that a client sends again because it did not see the answer.
 *
 *   absent --first caller--> running --the work is done--> done, for `ttl`
 *                             |---it throws------------> absent   the next caller does the work
 *                             '---its process dies-----> absent   within `lease`
 *
 * A record that memcached lost while the work ran is made anew with the result, unless another caller has begun since.
 * A record in memory can be lost: keep a unique key in the database as well where doing the work twice does harm.
 */
import { isMemcacheError, MemcacheError, parseDuration, parseTtl, type Duration, type Ttl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { realSurroundings, type Surroundings } from '../engine/surroundings.js';
import { KeySpace } from '../keys/key-space.js';
import { lastingAtLeast } from '../policies/clock-step.js';
import { toMemcacheError } from '../policies/unavailable-policy.js';
import { publishTrouble } from '../telemetry/channels.js';
import { HeldItem, isRecord, noteOf, takeItem } from './held-item.js';
import { lookAgain, patienceOf, type Patience } from './look-again.js';
import { assertPlace, assertWork, type Place } from './place.js';
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

interface Settings {
  readonly ttl: Ttl;
  readonly leaseMs: number;
  readonly patience: Patience;
  readonly fingerprint: string | undefined;
}

const WHERE = 'withIdempotencyKey()';
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
  assertPlace(cache, WHERE);
  assertWork(work, WHERE);
  const settings = resolve(options);
  const name = new KeySpace(cache.namespace).side('once', key);
  if (cache.disabled) return { value: await work({ signal: new AbortController().signal }), replayed: false };

  const { fingerprint: note, leaseMs: ttlMs, patience } = settings;
  const result = await lookAgain(patience, surroundings, async (): Promise<IdempotentResult<Value> | undefined> => {
    const taken = await takeItem(cache.client, name, { key, ttlMs, note, signal: patience.signal });
    if (taken instanceof HeldItem) return { value: await doWork(taken, work, settings), replayed: false };
    const { stored } = taken;
    assertSameRequest(key, noteOf(stored), note);
    // A cached result has no type of its own: the caller's work says what it is.
    return isDone(stored) ? { value: resultOf(stored, key) as Value, replayed: true } : undefined;
  });
  if (result) return result;
  throw new MemcacheError('LOCKED', { action: 'Cannot begin', key, detail: 'another caller does it' });
}

async function doWork<Value>(
  held: HeldItem,
  work: (context: IdempotentWork) => Promise<Value> | Value,
  settings: Settings,
): Promise<Value> {
  const renewal = new Renewal(held, settings.leaseMs);
  let value: Value;
  try {
    value = await work({ signal: renewal.signal });
  } catch (error) {
    await renewal.stop();
    await held.releaseQuietly();
    throw error;
  }
  await renewal.stop();
  try {
    await keep(held, value, settings);
  } catch (error) {
    // The result counts more than the record of it.
    publishTrouble('store', held.key, toMemcacheError(error, 'Cannot store', held.key));
  }
  return value;
}

/** @throws what the client throws; the record says then that the work was done, if memcache could be told */
async function keep(held: HeldItem, value: unknown, { ttl, fingerprint: note }: Settings): Promise<void> {
  const lasting = lastingAtLeast(parseTtl(ttl));
  let isKept: boolean;
  try {
    isKept = await held.settle({ done: true, note, value }, lasting);
  } catch (error) {
    const reason = isMemcacheError(error) ? UNKEEPABLE.find((name) => error.code === `MEMCACHE_${name}`) : undefined;
    if (reason !== undefined) await held.settle({ done: true, note, unkept: reason }, lasting);
    throw error;
  }
  if (isKept) return;
  throw new MemcacheError('LOCKED', {
    action: 'Cannot keep the result of',
    key: held.key,
    detail: 'memcached lost the record of the work, and another caller may have begun it since',
  });
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
  assertKnownOptions(options, OPTION_NAMES, WHERE);
  const { ttl = '1d', lease = '30s', wait, fingerprint, signal } = options;
  parseTtl(ttl);
  assertFingerprint(fingerprint);
  return { ttl, leaseMs: parseDuration(lease, 'lease'), patience: patienceOf(wait, signal), fingerprint };
}

function assertFingerprint(fingerprint: unknown): void {
  if (fingerprint === undefined || typeof fingerprint === 'string') return;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot use option "fingerprint"',
    detail: `it is of type ${typeof fingerprint}, not a string`,
    hint: "Give a text, such as a digest of the request's body.",
  });
}
