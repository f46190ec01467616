import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { currentTrace } from './request-trace.js';

/** The session middleware with a clock around it. */
export function timedSession(session: RequestHandler): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    const startedAt = performance.now();
    return session(request, response, (error?: unknown) => {
      const trace = currentTrace();
      // Without a cookie, nothing was read.
      if (trace !== undefined && request.headers.cookie?.includes('atlas=') === true) {
        trace.sessionMs = performance.now() - startedAt;
      }
      next(error);
    });
  };
}
