/** The options about several servers: failover, health, discovery. */
import { assertKnownOptions } from '@memkit/protocol/internal';
import type { ClientSettings, GutterSettings, HealthSettings } from './client-settings.js';
import { defaultSettings } from './default-options.js';
import { parseTtl } from './duration.js';
import type { DiscoveryMethod, DiscoveryOptions, GutterOptions, HealthOptions } from './memcache-options.js';
import { assertObject, invalid, oneOf, timerDuration, typeOf, wholeNumber } from './option-checks.js';

const POLICIES = ['next', 'none'] as const;
const METHODS: readonly DiscoveryMethod[] = ['static', 'dns', 'srv', 'elasticache'];
const FAILURES = { least: 1, most: 1000 };
const LEAST_REFRESH_MS = 1000;
const GUTTER_TTL_MS = { least: 1000, most: 86_400_000, default: 10_000 };

/** @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` */
export function failoverOption(failover: unknown): ClientSettings['failover'] {
  if (typeof failover === 'object' && failover !== null && 'gutter' in failover) {
    assertKnownOptions(failover, ['gutter'], 'failover');
    return gutterOption(failover.gutter);
  }
  if (failover !== undefined && typeof failover !== 'string') {
    throw invalid('failover', `got ${typeOf(failover)}`, "Allowed: 'next', 'none' or { gutter: { servers } }.");
  }
  return oneOf(failover, POLICIES, 'failover') ?? defaultSettings.failover;
}

function gutterOption(gutter: unknown): GutterSettings {
  assertObject(gutter, 'failover.gutter');
  assertKnownOptions(gutter, ['servers', 'ttl'], 'failover.gutter');
  const { servers, ttl } = gutter as Partial<GutterOptions>;
  if (servers === undefined) {
    throw invalid('failover.gutter.servers', 'it is missing', "Give 'host:11211', several separated by commas.");
  }
  const ttlMs = ttl === undefined ? GUTTER_TTL_MS.default : parseTtl(ttl, 'Cannot use option "failover.gutter.ttl"');
  if (ttlMs < GUTTER_TTL_MS.least || ttlMs > GUTTER_TTL_MS.most) {
    throw invalid('failover.gutter.ttl', 'it is not from 1 second to 1 day', "Give a short span, such as '10s'.");
  }
  return { servers, ttlMs };
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function healthOption(health: unknown): HealthSettings {
  if (health === undefined) return defaultSettings.health;
  assertObject(health, 'health');
  assertKnownOptions(health, ['failures', 'downTime', 'maxDownTime'], 'health');
  const given: HealthOptions = health;
  const { failures, downTimeMs, maxDownTimeMs } = defaultSettings.health;
  const least = timerDuration(given.downTime, 'health.downTime');
  const most = timerDuration(given.maxDownTime, 'health.maxDownTime');
  if (least !== undefined && most !== undefined && most < least) {
    throw invalid('health.maxDownTime', 'it is shorter than health.downTime', 'Give a longer span.');
  }
  return {
    failures: wholeNumber(given.failures, FAILURES, 'health.failures') ?? failures,
    downTimeMs: least ?? Math.min(downTimeMs, most ?? downTimeMs),
    maxDownTimeMs: most ?? Math.max(maxDownTimeMs, least ?? maxDownTimeMs),
  };
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function discoveryOption(discovery: unknown): ClientSettings['discovery'] {
  if (discovery === undefined) return defaultSettings.discovery;
  assertObject(discovery, 'discovery');
  assertKnownOptions(discovery, ['method', 'refresh'], 'discovery');
  const { method, refresh }: DiscoveryOptions = discovery;
  const refreshMs = timerDuration(refresh, 'discovery.refresh') ?? defaultSettings.discovery.refreshMs;
  if (refreshMs < LEAST_REFRESH_MS) {
    throw invalid('discovery.refresh', 'it is shorter than 1 second', "Give a longer span, such as '60s'.");
  }
  return { method: oneOf(method, METHODS, 'discovery.method'), refreshMs };
}
