import { assertClientOption, assertKnownOptions, resolveClient } from '@memkit/core/internal';
import { NearCache } from '../near/near-cache.js';
import { resolveNear } from '../near/near-options.js';
import { SingleFlight } from '../policies/single-flight.js';
import { isInScope } from '../scope/request-scope.js';
import { TickReads } from '../scope/tick-reads.js';
import { Counters } from '../telemetry/counters.js';
import type { CacheOptions } from './cache-options.js';
import type { Cache } from './cache-surface.js';
import type { TypedCache } from './typed-cache.js';
import { ReadThroughCache, type Shared } from './cache.js';
import { DisabledClient } from './disabled-client.js';
import { invalidOption } from './setting-values.js';
import { POLICY_OPTIONS, resolveDefaults, STANDARD_DEFAULTS } from './settings.js';
import { realSurroundings, type Surroundings } from './surroundings.js';

const OPTION_NAMES: readonly (keyof CacheOptions)[] = [
  'client',
  'memcache',
  'namespace',
  'near',
  'batch',
  'disabled',
  ...POLICY_OPTIONS,
];

/**
 * A cache that reads through to your loaders: at most one of them runs per key, in this process and across processes.
 *
 * Values are kept as JSON: on a hit a `Date` is a string, and what `JSON.stringify` leaves out is gone. Callers that
 * joined one load share one object: do not change it.
 *
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL`
 * @example
 * ```ts
 * const cache = createCache({ namespace: 'shop', ttl: '10m' });
 * const user = await cache.getOrLoad('user:42', () => database.findUser(42));
 * await cache.invalidate('user:42');
 * await cache.close();
 * ```
 */
export function createCache(options?: CacheOptions): Cache;
/**
 * As above, with keys, values and tags that the compiler checks.
 * @typeParam Schema what is under which keys, as templates
 * @typeParam Tag the tags, as templates; default: any
 * @example
 * ```ts
 * const cache = createCache<{ 'user:{id}': User }, 'users' | 'country:{code}'>({ namespace: 'shop' });
 * const user = await cache.getOrLoad(`user:${id}`, () => database.findUser(id), { tags: ['users'] });
 * await cache.invalidate(cache.key('user:{id}', { id }));
 * ```
 */
export function createCache<Schema extends object, Tag extends string = string>(
  options?: CacheOptions,
): TypedCache<Schema, Tag>;
export function createCache(options: CacheOptions = {}): unknown {
  return createCacheIn(realSurroundings, options);
}

/** As `createCache`, with time and chance from outside. */
export function createCacheIn(surroundings: Surroundings, options: CacheOptions = {}): Cache {
  assertClientOption(options, 'createCache()');
  assertKnownOptions(options, OPTION_NAMES, 'createCache()');
  const defaults = resolveDefaults(options, STANDARD_DEFAULTS);
  const { namespace = '' } = options;
  const disabled = options.disabled ?? (options.memcache?.environment ?? process.env)['MEMKIT_DISABLED'] === '1';
  const { client, close } = resolveClient(disabled && !options.client ? { client: new DisabledClient() } : options);
  const near = resolveNear(options.near);
  const batch = parseSwitch(options.batch, 'batch');
  const shared: Shared = {
    client,
    disabled,
    near: near && !disabled ? new NearCache(near) : undefined,
    tickReads: new TickReads(client, () => batch || isInScope()),
    surroundings,
    flights: new SingleFlight(),
    refreshes: new SingleFlight(),
    counters: new Counters(),
  };
  return new ReadThroughCache(shared, namespace, defaults, close);
}

function parseSwitch(value: boolean | undefined, option: string): boolean {
  if (value === undefined || typeof value === 'boolean') return value ?? false;
  throw invalidOption(option, 'Write true or false.');
}
