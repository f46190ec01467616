/**
 * Options as a person wrote them -> settings that need no further checks. Knows nothing of servers or the environment,
 * which discovery/ reads.
 */
import { MemcacheError } from '@memkit/protocol';
import { MAX_KEY_BYTES, assertKnownOptions, keyBytes, keyProblem } from '@memkit/protocol/internal';
import type { ClientSettings } from './client-settings.js';
import { defaultSettings } from './default-options.js';
import { parseDuration, parseTtl, type Duration, type Ttl } from './duration.js';
import type {
  AuthOptions,
  FailoverPolicy,
  MemcacheOptions,
  ProtocolChoice,
  ReconnectOptions,
} from './memcache-options.js';

const OPTION_NAMES: readonly (keyof MemcacheOptions)[] = [
  'servers',
  'auth',
  'protocol',
  'timeout',
  'ttl',
  'keyPrefix',
  'itemSizeMax',
  'maxQueuedRequests',
  'failover',
  'reconnect',
  'environment',
];

const PROTOCOLS: readonly ProtocolChoice[] = ['auto', 'meta', 'binary'];
const FAILOVER_POLICIES: readonly FailoverPolicy[] = ['next', 'none'];
// memcached's own limits for -I (memcached.c: 1 KiB to 1 GiB).
const ITEM_SIZE_MAX = { least: 1024, most: 1_073_741_824 };
const QUEUE = { least: 1, most: 10_000_000 };
/** Timers of Node.js hold 31 bits; a longer one fires at once. */
export const LONGEST_TIMER_MS = 2_147_483_647;

/**
 * Checks names and shapes that everything else relies on; run before the environment is read.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function assertOptions(options: unknown): asserts options is MemcacheOptions {
  assertObject(options, 'options', 'createMemcache()');
  assertKnownOptions(options, OPTION_NAMES, 'createMemcache()');
  const { auth, environment } = options as MemcacheOptions;
  if (auth !== undefined) assertAuth(auth);
  if (environment !== undefined) assertObject(environment, 'environment');
}

/**
 * Settings of one client; absent and `undefined` options take the default.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`
 */
export function resolveOptions(options: MemcacheOptions): ClientSettings {
  return {
    protocol: oneOf(options.protocol, PROTOCOLS, 'protocol') ?? defaultSettings.protocol,
    timeoutMs: timerDuration(options.timeout, 'timeout') ?? defaultSettings.timeoutMs,
    ttlMs: options.ttl === undefined ? defaultSettings.ttlMs : ttlOption(options.ttl),
    keyPrefix: options.keyPrefix === undefined ? defaultSettings.keyPrefix : prefixOption(options.keyPrefix),
    itemSizeMax: wholeNumber(options.itemSizeMax, ITEM_SIZE_MAX, 'itemSizeMax') ?? defaultSettings.itemSizeMax,
    maxQueuedRequests:
      wholeNumber(options.maxQueuedRequests, QUEUE, 'maxQueuedRequests') ?? defaultSettings.maxQueuedRequests,
    failover: oneOf(options.failover, FAILOVER_POLICIES, 'failover') ?? defaultSettings.failover,
    reconnect: reconnectOption(options.reconnect),
  };
}

/** A duration that a timer can wait for. */
export function timerDuration(duration: Duration | undefined, option: string): number | undefined {
  if (duration === undefined) return undefined;
  const ms = parseDuration(duration, option);
  if (ms <= LONGEST_TIMER_MS) return ms;
  throw invalid(option, `it is longer than ${String(LONGEST_TIMER_MS)} milliseconds (24 days)`, 'Give a shorter span.');
}

function ttlOption(ttl: Ttl): number {
  return parseTtl(ttl, 'Cannot use option "ttl"');
}

function prefixOption(prefix: unknown): string {
  if (typeof prefix !== 'string') throw invalid('keyPrefix', `got ${typeOf(prefix)}`, 'Give a string.');
  if (prefix === '') return prefix;
  const problem = keyProblem(prefix);
  if (problem !== undefined || keyBytes(prefix) >= MAX_KEY_BYTES) {
    throw invalid(
      'keyPrefix',
      problem?.replace('the key', 'it').replace(' of the key', '') ?? 'it leaves no byte for the key',
      `Use less than ${String(MAX_KEY_BYTES)} bytes without spaces or control characters.`,
    );
  }
  return prefix;
}

function reconnectOption(reconnect: ReconnectOptions | undefined): ClientSettings['reconnect'] {
  if (reconnect === undefined) return defaultSettings.reconnect;
  assertObject(reconnect, 'reconnect');
  assertKnownOptions(reconnect, ['initialDelay', 'maxDelay'], 'reconnect');
  const { initialDelayMs, maxDelayMs } = defaultSettings.reconnect;
  const initial = timerDuration(reconnect.initialDelay, 'reconnect.initialDelay');
  const most = timerDuration(reconnect.maxDelay, 'reconnect.maxDelay');
  if (initial !== undefined && most !== undefined && most < initial) {
    throw invalid('reconnect.maxDelay', 'it is shorter than reconnect.initialDelay', 'Give a longer span.');
  }
  return {
    initialDelayMs: initial ?? Math.min(initialDelayMs, most ?? initialDelayMs),
    maxDelayMs: most ?? Math.max(maxDelayMs, initial ?? maxDelayMs),
  };
}

function assertAuth(auth: unknown): asserts auth is AuthOptions {
  assertObject(auth, 'auth');
  assertKnownOptions(auth, ['username', 'password'], 'auth');
  const { username, password } = auth as Record<keyof AuthOptions, unknown>;
  if (typeof username !== 'string' || username === '') {
    throw invalid('auth.username', `got ${username === '' ? 'an empty string' : typeOf(username)}`, 'Give a string.');
  }
  if (typeof password !== 'string') throw invalid('auth.password', `got ${typeOf(password)}`, 'Give a string.');
  // SASL PLAIN separates its fields by NUL (RFC 4616, section 2).
  if (username.includes('\0') || password.includes('\0')) {
    throw invalid('auth', 'username or password holds a NUL character', 'SASL PLAIN cannot send one.');
  }
}

function oneOf<Choice extends string>(value: unknown, choices: readonly Choice[], option: string): Choice | undefined {
  if (value === undefined) return undefined;
  const choice = choices.find((known) => known === value);
  if (choice !== undefined) return choice;
  const got = typeof value === 'string' ? JSON.stringify(value) : typeOf(value);
  throw invalid(option, `got ${got}`, `Allowed: ${choices.map((known) => `'${known}'`).join(', ')}.`);
}

function wholeNumber(
  value: unknown,
  { least, most }: { least: number; most: number },
  option: string,
): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most) return value;
  const got = typeof value === 'number' ? String(value) : typeOf(value);
  throw invalid(option, `got ${got}`, `Allowed: a whole number from ${String(least)} to ${String(most)}.`);
}

function assertObject(value: unknown, option: string, where?: string): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return;
  throw invalid(option, `got ${typeOf(value)}`, 'Give an object.', where);
}

function invalid(option: string, detail: string, hint: string, where?: string): MemcacheError {
  const of = where === undefined ? '' : ` of ${where}`;
  return new MemcacheError('INVALID_OPTION', { action: `Cannot use option "${option}"${of}`, detail, hint });
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
