import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { CacheAccess } from '../cache-switch/cache-access.js';
import type { PageRenderer } from '../pages/page-renderer.js';
import { bufferHtml } from './html-buffer.js';
import { runWithTrace, type RequestTrace } from './request-trace.js';
import { serverTiming, summarize } from './strip-summary.js';

/** Pages hold these comments; the page cache keeps them, and every visitor gets something else in their place. */
export const STRIP_PLACE = '<!-- cache strip -->';
export const BASKET_PLACE = '<!-- basket count -->';

/**
 * The outermost middleware: it sees every page last, also those the page cache answered, and puts in what belongs to
 * this one request. The order is
 *
 *   strip -> session -> page cache -> handler        the request's way in
 *   strip <- session <- page cache <- handler        the page's way out
 *
 * so that the page cache keeps the page before anything personal is in it.
 */
export function createCacheStrip(pages: PageRenderer, access: CacheAccess): RequestHandler {
  return (request: Request, response: Response, next: NextFunction) => {
    // Every answer is another one, so a browser's copy is never "not modified".
    if (request.accepts('html')) {
      delete request.headers['if-none-match'];
      delete request.headers['if-modified-since'];
    }
    runWithTrace((trace) => {
      bufferHtml(
        response,
        (html) => {
          // Said after the page cache has seen the response: between the browser and us nothing may be kept.
          response.setHeader('Cache-Control', 'no-store');
          response.removeHeader('ETag');
          response.removeHeader('Last-Modified');
          return fillIn(html, { pages, access, trace, request, status: response.statusCode });
        },
        () => response.setHeader('Server-Timing', serverTiming(trace)),
      );
      next();
    });
  };
}

interface Surroundings {
  readonly pages: PageRenderer;
  readonly access: CacheAccess;
  readonly trace: RequestTrace;
  readonly request: Request;
  readonly status: number;
}

function fillIn(html: string, { pages, access, trace, request, status }: Surroundings): string {
  const strip = pages.part('strip', {
    summary: summarize(trace, { isOpen: access.isOpen, status }),
    isOpen: access.isOpen,
    canStop: access.canStop,
    uses: access.explanation,
  });
  const basket = 'session' in request ? String(request.session.basket?.length ?? 0) : '0';
  // Functions, because in a replacement text "$&" has a meaning.
  return html.replace(STRIP_PLACE, () => strip).replace(BASKET_PLACE, () => basket);
}
