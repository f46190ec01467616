import { fileURLToPath } from 'node:url';
import type { Memcache } from '@memkit/core';
import { MEMKIT_MEMCACHE } from '@memkit/nestjs';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import express, { type NextFunction, type Request, type Response } from 'express';
import { AtlasLogger } from './atlas-logger.js';
import { AppModule } from './app.module.js';
import { createSessions } from './basket/session.js';
import { createCacheStrip } from './cache-strip/cache-strip.js';
import { listenToChannels } from './cache-strip/listen-to-channels.js';
import { timedSession } from './cache-strip/timed-session.js';
import { CacheAccess } from './cache-switch/cache-access.js';
import { ErrorPageFilter } from './pages/error-page.filter.js';
import { PageRenderer } from './pages/page-renderer.js';
import { refuseOtherSites } from './pages/same-origin.js';

const PUBLIC = fileURLToPath(new URL('../public', import.meta.url));

/** The application with its middleware in order; see cache-strip/cache-strip.ts for why the order matters. */
export async function createApplication(): Promise<NestExpressApplication> {
  listenToChannels();
  // Errors at start are shown by main.ts, as a sentence.
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- Nest declares its options as a class
  const app = await NestFactory.create<NestExpressApplication>(AppModule, {
    logger: new AtlasLogger(),
    abortOnError: false,
  });
  const pages = app.get(PageRenderer);
  app.disable('x-powered-by');
  app.use(express.static(PUBLIC, { maxAge: '1h', index: false }));
  app.use(setSecurityHeaders);
  app.use(refuseOtherSites);
  app.use(createCacheStrip(pages, app.get(CacheAccess)));
  // Flags are the same for everybody: no session is read for them.
  const sessions = timedSession(createSessions(app.get<Memcache>(MEMKIT_MEMCACHE)));
  app.use((request: Request, response: Response, next: NextFunction) => {
    if (/^\/(flags|health|api|cache)\b/.test(request.path)) next();
    else void sessions(request, response, next);
  });
  app.useGlobalFilters(new ErrorPageFilter(pages));
  app.enableShutdownHooks();
  return app;
}

/** Nothing on these pages comes from elsewhere, and there are no scripts. */
function setSecurityHeaders(_request: Request, response: Response, next: NextFunction): void {
  response.setHeader(
    'Content-Security-Policy',
    "default-src 'self'; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'",
  );
  response.setHeader('X-Content-Type-Options', 'nosniff');
  response.setHeader('Referrer-Policy', 'same-origin');
  next();
}
