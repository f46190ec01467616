import type { IncomingMessage, ServerResponse } from 'node:http';
import { bypassReason } from './cacheability.js';
import { resolvePageCacheOptions, type PageCacheOptions } from './page-cache-options.js';
import { PageExchange } from './page-exchange.js';

/** A middleware for Express 4 and 5, for Nest on Express, and for anything else over `node:http`. */
export type PageMiddleware<Request extends IncomingMessage = IncomingMessage> = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

// The second page cache on a request would wait for the first, which waits for it.
const seen = new WeakSet<IncomingMessage>();

/**
 * A middleware that answers from the cache, or lets the handlers behind it render the page and keeps it. Many requests
 * for one page at once are rendered once, across processes. What belongs to one person is never kept: see
 * `docs/concepts/pages-and-fragments.md` for the rules. Every answer says in its Cache-Status header what was done.
 *
 * When memcached is unavailable, the page is rendered as if there were no cache.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` for options that cannot be used
 * @example
 * app.get('/countries', cachePage({ cache, ttl: '5m', tags: ['countries'] }), listCountries);
 */
export function cachePage<Request extends IncomingMessage = IncomingMessage>(
  options: PageCacheOptions<Request>,
): PageMiddleware<Request> {
  const settings = resolvePageCacheOptions(options);
  return (request, response, next) => {
    if (seen.has(request)) {
      next();
      return;
    }
    seen.add(request);
    const exchange = new PageExchange(request, response, next, settings);
    const isRead = request.method === 'GET' || request.method === 'HEAD';
    const reason = isRead ? bypassReason(request, settings) : 'method';
    if (reason === undefined) exchange.answer().catch(next);
    else exchange.pass('bypass', reason);
  };
}
