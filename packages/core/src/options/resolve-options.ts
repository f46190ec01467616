/**
 * Options as a person wrote them -> settings that need no further checks. Knows nothing of servers or the environment,
 * which discovery/ reads.
 */
import { MAX_KEY_BYTES, assertKnownOptions, keyBytes, keyProblem } from '@memkit/protocol/internal';
import { ringPresets } from '../cluster/key-ring.js';
import { valueProfiles } from '../values/value-profile.js';
import { assertAuthOption } from './auth-option.js';
import type { ClientSettings } from './client-settings.js';
import { discoveryOption, failoverOption, healthOption } from './cluster-options.js';
import { defaultSettings } from './default-options.js';
import { parseTtl, type Ttl } from './duration.js';
import type { MemcacheOptions, ProtocolChoice, ReconnectOptions, TooLargePolicy } from './memcache-options.js';
import { assertObject, flag, invalid, oneOf, timerDuration, typeOf, wholeNumber } from './option-checks.js';
import { tlsOption } from './tls-option.js';
import { compressionOption, serializerOption } from './value-options.js';

// An object, so that the compiler misses an option that is forgotten here.
const optionNames: Readonly<Record<keyof MemcacheOptions, true>> = {
  servers: true,
  service: true,
  auth: true,
  requireAuth: true,
  tls: true,
  protocol: true,
  timeout: true,
  ttl: true,
  keyPrefix: true,
  itemSizeMax: true,
  onTooLarge: true,
  compression: true,
  serializer: true,
  profile: true,
  pool: true,
  maxQueuedRequests: true,
  maxQueuedBytes: true,
  ring: true,
  failover: true,
  replicas: true,
  health: true,
  discovery: true,
  reconnect: true,
  environment: true,
};

const PROTOCOLS: readonly ProtocolChoice[] = ['auto', 'meta', 'text', 'binary'];
const TOO_LARGE_POLICIES: readonly TooLargePolicy[] = ['error', 'chunk', 'skip'];
// memcached's own limits for -I (memcached.c: 1 KiB to 1 GiB).
const ITEM_SIZE_MAX = { least: 1024, most: 1_073_741_824 };
const POOL = { least: 1, most: 100 };
const QUEUED_REQUESTS = { least: 1, most: 10_000_000 };
const QUEUED_BYTES = { least: 1_048_576, most: 17_179_869_184 };
const REPLICAS = { least: 0, most: 10 };

/**
 * Checks names and shapes that everything else relies on; run before the environment is read.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function assertOptions(options: unknown): asserts options is MemcacheOptions {
  assertObject(options, 'options', 'createMemcache()');
  assertKnownOptions(options, Object.keys(optionNames), 'createMemcache()');
  const { auth, environment, service } = options as MemcacheOptions;
  if (auth !== undefined) assertAuthOption(auth);
  if (environment !== undefined) assertObject(environment, 'environment');
  if (service !== undefined && typeof service !== 'string') {
    throw invalid('service', `got ${typeOf(service)}`, 'Give the name of a bound service.');
  }
}

/**
 * Settings of one client; absent and `undefined` options take the default.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`
 */
export function resolveOptions(options: MemcacheOptions): ClientSettings {
  const fallback = defaultSettings;
  return {
    requireAuth: flag(options.requireAuth, 'requireAuth') ?? fallback.requireAuth,
    tls: tlsOption(options.tls),
    protocol: oneOf(options.protocol, PROTOCOLS, 'protocol') ?? fallback.protocol,
    timeoutMs: timerDuration(options.timeout, 'timeout') ?? fallback.timeoutMs,
    ttlMs: options.ttl === undefined ? fallback.ttlMs : ttlOption(options.ttl),
    keyPrefix: options.keyPrefix === undefined ? fallback.keyPrefix : prefixOption(options.keyPrefix),
    itemSizeMax: wholeNumber(options.itemSizeMax, ITEM_SIZE_MAX, 'itemSizeMax'),
    onTooLarge: oneOf(options.onTooLarge, TOO_LARGE_POLICIES, 'onTooLarge') ?? fallback.onTooLarge,
    compression: compressionOption(options.compression),
    serializer: serializerOption(options.serializer),
    profile: oneOf(options.profile, valueProfiles, 'profile') ?? fallback.profile,
    pool: wholeNumber(options.pool, POOL, 'pool') ?? fallback.pool,
    maxQueuedRequests:
      wholeNumber(options.maxQueuedRequests, QUEUED_REQUESTS, 'maxQueuedRequests') ?? fallback.maxQueuedRequests,
    maxQueuedBytes: wholeNumber(options.maxQueuedBytes, QUEUED_BYTES, 'maxQueuedBytes') ?? fallback.maxQueuedBytes,
    ring: oneOf(options.ring, ringPresets, 'ring') ?? fallback.ring,
    failover: failoverOption(options.failover),
    replicas: wholeNumber(options.replicas, REPLICAS, 'replicas') ?? fallback.replicas,
    health: healthOption(options.health),
    discovery: discoveryOption(options.discovery),
    reconnect: reconnectOption(options.reconnect),
  };
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
