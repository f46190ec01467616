/** Options as people write them -> settings in milliseconds, with every default filled in. */
import { parseDuration, parseTtl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import type { LoadOptions, OnLocked, ReadPolicy, Refresh, WhenUnavailable } from './cache-options.js';
import { invalidOption, parseChoice, parseJitter, parseNumber, parseSpan, type Jitter } from './setting-values.js';

/** What a read goes by when its options say nothing. */
export interface Defaults {
  /** `Infinity` for `'forever'`. */
  readonly ttlMs: number;
  /** 0: never serve stale. */
  readonly staleForMs: number;
  readonly refresh: Refresh;
  /** Share of the ttl; `undefined`: no refresh before it is over. */
  readonly refreshAhead: number | undefined;
  /** Beta of XFetch; 0: off. */
  readonly earlyExpiry: number;
  readonly jitter: Jitter | undefined;
  /** `undefined`: "there is none" is not stored. */
  readonly negativeTtlMs: number | undefined;
  readonly softTimeoutMs: number | undefined;
  readonly hardTimeoutMs: number | undefined;
  readonly leaseMs: number;
  readonly onLocked: OnLocked;
  readonly whenUnavailable: WhenUnavailable;
}

export interface LoadSettings<Value = unknown> extends Defaults {
  /** Tags known before the load. */
  readonly tags: readonly string[];
  /** Tags that depend on the value. */
  readonly tagsOf: ((value: Value) => readonly string[]) | undefined;
  readonly storeIf: ((value: Value) => boolean) | undefined;
  /** Whether this process may answer. */
  readonly near: boolean;
  readonly signal: AbortSignal | undefined;
}

export const STANDARD_DEFAULTS: Defaults = {
  ttlMs: 300_000,
  staleForMs: 0,
  refresh: 'wait',
  refreshAhead: undefined,
  earlyExpiry: 0,
  jitter: undefined,
  negativeTtlMs: undefined,
  softTimeoutMs: undefined,
  hardTimeoutMs: undefined,
  leaseMs: 10_000,
  onLocked: 'stale',
  whenUnavailable: 'miss',
};

/** Options that a cache gives to its reads. */
export const POLICY_OPTIONS: readonly (keyof ReadPolicy)[] = [
  'ttl',
  'staleFor',
  'refresh',
  'refreshAhead',
  'earlyExpiry',
  'jitter',
  'negativeTtl',
  'softTimeout',
  'hardTimeout',
  'lease',
  'onLocked',
  'whenUnavailable',
];

export const LOAD_OPTIONS: readonly (keyof LoadOptions)[] = [...POLICY_OPTIONS, 'tags', 'storeIf', 'near', 'signal'];

const HIGHEST_BETA = 100;

/**
 * @throws `MEMCACHE_INVALID_TTL`, `MEMCACHE_INVALID_OPTION`
 */
export function resolveDefaults(options: ReadPolicy, base: Defaults): Defaults {
  const { ttl, staleFor, refresh, refreshAhead, earlyExpiry, jitter, negativeTtl } = options;
  const { softTimeout, hardTimeout, lease, onLocked, whenUnavailable } = options;
  return {
    ttlMs: ttl === undefined ? base.ttlMs : parseTtl(ttl),
    staleForMs: parseSpan(staleFor, 'staleFor', base.staleForMs) ?? 0,
    refresh: parseChoice(refresh, 'refresh', REFRESHES, base.refresh),
    refreshAhead: parseNumber(refreshAhead, 'refreshAhead', 1, base.refreshAhead),
    earlyExpiry: parseNumber(earlyExpiry, 'earlyExpiry', HIGHEST_BETA, base.earlyExpiry) ?? 0,
    jitter: parseJitter(jitter, base.jitter),
    negativeTtlMs:
      negativeTtl === undefined ? base.negativeTtlMs : negativeTtl === false ? undefined : parseTtl(negativeTtl),
    softTimeoutMs: parseSpan(softTimeout, 'softTimeout', base.softTimeoutMs),
    hardTimeoutMs: parseSpan(hardTimeout, 'hardTimeout', base.hardTimeoutMs),
    leaseMs: lease === undefined ? base.leaseMs : parseDuration(lease, 'lease'),
    onLocked: parseChoice(onLocked, 'onLocked', LOCKED_POLICIES, base.onLocked),
    whenUnavailable: parseChoice(whenUnavailable, 'whenUnavailable', OUTAGE_POLICIES, base.whenUnavailable),
  };
}

/**
 * @param where the call, for the message: `getOrLoad()`
 * @throws `MEMCACHE_INVALID_TTL`, `MEMCACHE_INVALID_OPTION`
 */
export function resolveLoad<Value>(
  options: LoadOptions<Value> | undefined,
  defaults: Defaults,
  where: string,
): LoadSettings<Value> {
  if (options === undefined) return plainSettings(defaults);
  return Object.isFrozen(options)
    ? settingsOfFrozen(options, defaults, where)
    : freshSettings(options, defaults, where);
}

function freshSettings<Value>(options: LoadOptions<Value>, defaults: Defaults, where: string): LoadSettings<Value> {
  assertKnownOptions(options, LOAD_OPTIONS, where);
  const { tags } = options;
  return settingsOf(resolveDefaults(options, defaults), {
    tags: typeof tags === 'function' ? [] : parseTags(tags),
    tagsOf: typeof tags === 'function' ? (value) => parseTags(tags(value)) : undefined,
    storeIf: options.storeIf,
    near: parseNear(options.near),
    signal: parseSignal(options.signal),
  });
}

/** Of options that cannot change any more, made once: decorators give the same ones with every call. */
const frozen = new WeakMap<object, { readonly defaults: Defaults; readonly settings: LoadSettings<never> }>();

function settingsOfFrozen<Value>(options: LoadOptions<Value>, defaults: Defaults, where: string): LoadSettings<Value> {
  const known = frozen.get(options);
  // Kept for these very options, whose functions take these values.
  if (known?.defaults === defaults) return known.settings as LoadSettings<Value>;
  const settings = freshSettings(options, defaults, where);
  frozen.set(options, { defaults, settings });
  return settings;
}

type OwnSettings<Value> = Omit<LoadSettings<Value>, keyof Defaults>;

const NOTHING_MORE: OwnSettings<unknown> = {
  tags: [],
  tagsOf: undefined,
  storeIf: undefined,
  near: true,
  signal: undefined,
};

/** Of reads without options, made once for each cache: a near hit has no time to make them. */
const plain = new WeakMap<Defaults, LoadSettings>();

function plainSettings(defaults: Defaults): LoadSettings {
  let settings = plain.get(defaults);
  if (settings === undefined) plain.set(defaults, (settings = settingsOf(defaults, NOTHING_MORE)));
  return settings;
}

/** Field by field: a literal with two spreads costs 5 µs (Node 20), more than the rest of a near hit. */
function settingsOf<Value>(defaults: Defaults, own: OwnSettings<Value>): LoadSettings<Value> {
  return {
    ttlMs: defaults.ttlMs,
    staleForMs: defaults.staleForMs,
    refresh: defaults.refresh,
    refreshAhead: defaults.refreshAhead,
    earlyExpiry: defaults.earlyExpiry,
    jitter: defaults.jitter,
    negativeTtlMs: defaults.negativeTtlMs,
    softTimeoutMs: defaults.softTimeoutMs,
    hardTimeoutMs: defaults.hardTimeoutMs,
    leaseMs: defaults.leaseMs,
    onLocked: defaults.onLocked,
    whenUnavailable: defaults.whenUnavailable,
    tags: own.tags,
    tagsOf: own.tagsOf,
    storeIf: own.storeIf,
    near: own.near,
    signal: own.signal,
  };
}

const REFRESHES: Readonly<Record<Refresh, string>> = {
  wait: 'the caller who reloads waits for its loader',
  background: 'callers get the stale value at once',
};

const LOCKED_POLICIES: Readonly<Record<OnLocked, string>> = {
  stale: 'takes a stale value, else waits',
  wait: 'waits for the new value',
  load: 'runs its own loader',
};

const OUTAGE_POLICIES: Readonly<Record<WhenUnavailable, string>> = {
  miss: 'the loader runs',
  throw: 'the call rejects',
};

/** @throws `MEMCACHE_INVALID_OPTION`, also for one text, which would else be taken letter by letter */
export function parseTags(tags: unknown): readonly string[] {
  if (tags === undefined) return [];
  if (Array.isArray(tags) && tags.every((tag): tag is string => typeof tag === 'string')) return tags;
  throw invalidOption(
    'tags',
    "Give a list of strings, such as ['country:fr'], or a function of the value that returns one.",
  );
}

function parseNear(near: boolean | undefined): boolean {
  if (near === undefined || typeof near === 'boolean') return near ?? true;
  throw invalidOption('near', 'Write false for a read that asks memcached; its settings belong to createCache().');
}

function parseSignal(signal: AbortSignal | undefined): AbortSignal | undefined {
  if (signal === undefined || isAbortSignal(signal)) return signal;
  throw invalidOption('signal', 'Give the signal of an AbortController.');
}

/** By its shape: a signal of another realm or of a polyfill works as well. */
function isAbortSignal(signal: unknown): boolean {
  return typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal;
}
