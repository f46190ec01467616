import type { IncomingMessage, ServerResponse } from 'node:http';
import type { PageCacheOptions } from './page-cache-options.js';

/** A middleware for Express 4 and 5, for Nest on Express, and for anything else over `node:http`. */
export type PageMiddleware<Request extends IncomingMessage = IncomingMessage> = (
  request: Request,
  response: ServerResponse,
  next: (error?: unknown) => void,
) => void;

export function cachePage<Request extends IncomingMessage = IncomingMessage>(
  options: PageCacheOptions<Request>,
): PageMiddleware<Request> {
  void options;
  return (_request, _response, next) => {
    next();
  };
}
