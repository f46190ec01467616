import type { IncomingMessage } from 'node:http';
import type { Cache } from '@memkit/cache';
import type { Duration, Ttl } from '@memkit/core';

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
   * Added to the key: whatever else than the URL the page depends on. It must differ between any two people who must
   * not see each other's page. `undefined`: this request goes past the cache. Default: nothing added.
   */
  readonly varyBy?: (request: Request) => string | undefined;
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
