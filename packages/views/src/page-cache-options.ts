import type { IncomingMessage } from 'node:http';
import type { Cache, LoadOptions } from '@memkit/cache';
import { MemcacheError, parseDuration, parseTtl, type Duration, type Ttl } from '@memkit/core';
import { assertKnownOptions } from '@memkit/core/internal';
import { assertCache } from './assert-cache.js';
import type { ResponseRules } from './cacheability.js';
import { defaultIgnoredQueryParameters, parameterMatcher } from './canonical-query.js';

/** Options of `cachePage()`. An unknown option is an error that names the nearest known one. */
export interface PageCacheOptions<Request extends IncomingMessage = IncomingMessage> {
  /** Where pages are kept. */
  readonly cache: Cache;
  /**
   * How long a page is fresh. It wins over what the response's own Cache-Control says.
   * Default: the response's `s-maxage`, else its `max-age`, else the cache's `ttl`.
   */
  readonly ttl?: Ttl;
  /**
   * How long after that a page may still be sent: while another request renders it anew, or when rendering fails with
   * a status of 500 or above. Default: the cache's `staleFor`.
   */
  readonly staleFor?: Duration;
  /** Names the page can be invalidated by. A function is called before the page is rendered. Default: none. */
  readonly tags?: readonly string[] | ((request: Request) => readonly string[]);
  /**
   * Added to the key: whatever else than the URL the page depends on, such as the language. `undefined`: this request
   * goes past the cache. It does not let in requests that say who is asking; see `credentials`. Default: nothing added.
   */
  readonly varyBy?: (request: Request) => string | undefined;
  /**
   * `'bypass'`: a request that says who is asking (Authorization, X-Api-Key and the like, a signed-in `request.user`)
   * goes past the cache. `'vary'`: such requests are kept apart by `varyBy` alone, which then must return something that
   * differs between any two people who must not see each other's page; not allowed without `varyBy`. Default `'bypass'`.
   */
  readonly credentials?: 'bypass' | 'vary';
  /**
   * `'bypass'`: a request with cookies goes past the cache. `'ignore'`: cookies do not matter to this page.
   * Default `'bypass'`.
   */
  readonly cookies?: 'bypass' | 'ignore';
  /**
   * Query parameters that are not part of the key; a `*` at the end matches any ending. The page must not show them.
   * Default: `utm_*`, `gclid`, `fbclid` and other tracking parameters, see `defaultIgnoredQueryParameters`.
   */
  readonly ignoredQueryParameters?: readonly string[];
  /** Statuses that may be stored, out of 200, 203, 301, 308, 404 and 410. Default `[200]`. */
  readonly statuses?: readonly number[];
  /** Pages with a larger body are sent and not stored; bytes, 1 or more. Default 1048576. */
  readonly maxBytes?: number;
}

/** The options with every default filled in. */
export interface PageCacheSettings<Request extends IncomingMessage> extends ResponseRules {
  readonly cache: Cache;
  readonly load: Pick<LoadOptions, 'ttl' | 'staleFor'>;
  readonly tags: (request: Request) => readonly string[];
  readonly varyBy: ((request: Request) => string | undefined) | undefined;
  readonly isIgnoredParameter: (name: string) => boolean;
  readonly maxBytes: number;
}

const KNOWN = [
  'cache',
  'ttl',
  'staleFor',
  'tags',
  'varyBy',
  'credentials',
  'cookies',
  'ignoredQueryParameters',
  'statuses',
  'maxBytes',
] satisfies (keyof PageCacheOptions)[];

// RFC 9110 section 15.1: statuses a cache may keep, without those that answer part of a request or have no body.
const STORABLE_STATUSES = [200, 203, 301, 308, 404, 410];

/** @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` */
export function resolvePageCacheOptions<Request extends IncomingMessage>(
  options: PageCacheOptions<Request>,
): PageCacheSettings<Request> {
  assertKnownOptions(options, KNOWN, 'cachePage()');
  const { cache, ttl, staleFor, tags = [], varyBy, credentials = 'bypass', cookies = 'bypass' } = options;
  const { statuses = [200], ignoredQueryParameters = defaultIgnoredQueryParameters, maxBytes = 1_048_576 } = options;
  assertCache(cache, 'cachePage()');
  if (ttl !== undefined) parseTtl(ttl, 'Cannot use option "ttl" of cachePage()');
  if (staleFor !== undefined) parseDuration(staleFor, 'staleFor');
  const bad = (option: string, detail: string, hint: string): MemcacheError =>
    new MemcacheError('INVALID_OPTION', { action: `Cannot use option "${option}" of cachePage()`, detail, hint });
  if (!['bypass', 'vary'].includes(credentials)) {
    throw bad('credentials', `${JSON.stringify(credentials)} is not one of its values`, "Write 'bypass' or 'vary'.");
  }
  if (credentials === 'vary' && varyBy === undefined) {
    throw bad('credentials', "it is 'vary', and nothing tells people apart", 'Give varyBy as well, or leave it out.');
  }
  if (!['bypass', 'ignore'].includes(cookies)) {
    throw bad('cookies', `${JSON.stringify(cookies)} is not one of its values`, "Write 'bypass' or 'ignore'.");
  }
  const unstorable = statuses.find((status) => !STORABLE_STATUSES.includes(status));
  if (unstorable !== undefined) {
    throw bad('statuses', `${unstorable} may not be stored`, `Choose from ${STORABLE_STATUSES.join(', ')}.`);
  }
  if (!Number.isInteger(maxBytes) || maxBytes < 1) {
    throw bad('maxBytes', `${maxBytes} is not a number of bytes`, 'Write a whole number, 1 or more.');
  }
  return {
    // Whatever the cache does elsewhere, a page is better rendered than refused.
    cache: cache.with({ whenUnavailable: 'miss' }),
    load: { ...(ttl !== undefined && { ttl }), ...(staleFor !== undefined && { staleFor }) },
    hasTtl: ttl !== undefined,
    tags: typeof tags === 'function' ? tags : () => tags,
    varyBy,
    credentials,
    cookies,
    isIgnoredParameter: parameterMatcher(ignoredQueryParameters),
    statuses: new Set(statuses),
    maxBytes,
  };
}
