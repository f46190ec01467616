import { canonicalValue } from '@memkit/cache/internal';

/**
 * The key of a fragment: `fragment:row:"FR"`, of one with a version `fragment:row@2:"FR"`, of one without a key of its
 * own `fragment:row`. Name and version are encoded, so that no two fragments share a key.
 * @throws `MEMCACHE_INVALID_KEY` for a key that is no plain data
 */
export function fragmentKey(name: string, key: unknown, version: string | number | undefined): string {
  const versioned = version === undefined ? '' : `@${encodeURIComponent(version)}`;
  const own = key === undefined ? '' : `:${canonicalValue(key)}`;
  return `fragment:${encodeURIComponent(name)}${versioned}${own}`;
}

/** The tag that all fragments of one name carry. */
export function fragmentTag(name: string): string {
  return `fragment:${encodeURIComponent(name)}`;
}
