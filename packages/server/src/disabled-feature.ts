/** What a memcached can be started without. */
import { MemcacheError } from '@memkit/protocol';

/**
 * What memcached's options of this name switch off: `evictions` -M, `cas` -C, `flush-all` -F, `dumping` -X (of keys, by
 * `stats cachedump` and `lru_crawler metadump`), `watch` -W.
 */
export type DisabledFeature = 'evictions' | 'cas' | 'flush-all' | 'dumping' | 'watch';

const FEATURES: readonly DisabledFeature[] = ['evictions', 'cas', 'flush-all', 'dumping', 'watch'];

/** @throws `MEMCACHE_INVALID_OPTION` */
export function resolveDisabled(given: readonly DisabledFeature[]): ReadonlySet<DisabledFeature> {
  const known = FEATURES.filter((name) => Array.isArray(given) && given.includes(name));
  if (Array.isArray(given) && known.length === new Set(given).size) return new Set(known);
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot create the server',
    detail: `disabled is ${JSON.stringify(given)}`,
    hint: `Give a list of ${FEATURES.join(', ')}.`,
  });
}
