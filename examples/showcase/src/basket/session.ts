import { randomBytes } from 'node:crypto';
import type { Memcache } from '@memkit/core';
import { MemkitSessionStore } from '@memkit/express-session';
import type { RequestHandler } from 'express';
import session from 'express-session';

/** Sessions in memcache, over the client every other surface uses. */
export function createSessions(client: Memcache): RequestHandler {
  return session({
    name: 'atlas',
    store: new MemkitSessionStore({
      client,
      ttl: '1d',
      // The default, 'throw', gives the error to your error handler: right where a session says who is signed in. Here
      // a session holds a basket, and an atlas without baskets is better than none.
      whenUnavailable: 'miss',
      // The strip shows error messages with keys in them: nobody shall learn a session id from one.
      hashIds: true,
    }),
    // Give one in production: with a random secret, nobody's cookie is known after a restart.
    secret: process.env['SESSION_SECRET'] || randomBytes(32).toString('hex'),
    resave: false,
    // Who only looks around gets no cookie and leaves nothing in memcache.
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'lax', secure: 'auto', maxAge: 24 * 60 * 60 * 1000 },
  });
}
