/** Pages over the embedded server, through real Express and real HTTP. */
import { randomBytes, randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { createCache, type Cache } from '@memkit/cache';
import { createCacheIn } from '@memkit/cache/internal';
import { createMemcache, type Memcache, type MemcacheError } from '@memkit/core';
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler } from 'express';
import supertest from 'supertest';
import { cachePage, type PageCacheOptions, type PageMessage } from './index.js';

let client: Memcache;
let cache: Cache;

beforeAll(() => {
  client = createMemcache({ environment: {} });
});
afterAll(() => client.close());
beforeEach(() => {
  cache = createCache({ client, namespace: randomUUID() });
});

type Options = Partial<PageCacheOptions<Request>>;

/** An application with one cached page; `runs` counts how often its handler was called. */
function appWith(handler: RequestHandler, options: Options = {}, before: RequestHandler[] = []) {
  const app = express();
  const counter = { app, runs: 0 };
  if (before.length > 0) app.use(...before);
  app.use('/page', cachePage({ cache, ttl: '1m', ...options }), (req, res, next) => {
    counter.runs += 1;
    return handler(req, res, next);
  });
  return counter;
}

/** Requests to one name, whatever port the application listens on this time: the name is part of the key. */
const request = (target: Parameters<typeof supertest>[0]) => supertest.agent(target).set('Host', 'shop.example');

/** A page that says how often it was rendered and for whom. */
const greeting: RequestHandler = (req, res) => {
  res.type('html').send(`<p>${req.get('cookie') ?? req.get('authorization') ?? 'everybody'} ${randomUUID()}</p>`);
};

const statusOf = (response: supertest.Response): string | undefined => response.get('Cache-Status');

async function messagesDuring(work: () => Promise<unknown>): Promise<PageMessage[]> {
  const messages: PageMessage[] = [];
  const listen = (message: unknown): void => void messages.push(message as PageMessage);
  subscribe('memkit:views:page', listen);
  try {
    await work();
  } finally {
    unsubscribe('memkit:views:page', listen);
  }
  return messages;
}

/** The next message: after a response in pieces it comes when the page is stored. */
function nextMessage(): Promise<PageMessage> {
  return new Promise((resolve) => {
    const listen = (message: unknown): void => {
      unsubscribe('memkit:views:page', listen);
      resolve(message as PageMessage);
    };
    subscribe('memkit:views:page', listen);
  });
}

describe('a page', () => {
  it('is rendered once and then sent from the cache with the same status, type and bytes', async () => {
    const counter = appWith((_req, res) => res.type('html').set('X-Shop', 'north').send('<p>Grüße</p>'));
    const first = await request(counter.app).get('/page');
    const second = await request(counter.app).get('/page');
    expect(statusOf(first)).toBe('memkit; fwd=miss; stored');
    expect(statusOf(second)).toMatch(/^memkit; hit; ttl=(59|60)$/);
    expect(second.status).toBe(200);
    expect(second.text).toBe('<p>Grüße</p>');
    expect(second.get('Content-Type')).toBe('text/html; charset=utf-8');
    expect(second.get('Content-Length')).toBe(String(Buffer.byteLength('<p>Grüße</p>')));
    expect(second.get('X-Shop')).toBe('north');
    expect(second.get('Age')).toBe('0');
    expect(first.get('ETag')).toMatch(/^"[\w-]{27}"$/);
    expect(second.get('ETag')).toBe(first.get('ETag'));
    expect(counter.runs).toBe(1);
  });

  it('is kept byte for byte when it is no text', async () => {
    const bytes = randomBytes(2000);
    const counter = appWith((_req, res) => res.type('png').send(bytes));
    await request(counter.app).get('/page');
    const hit = await request(counter.app).get('/page').buffer(true);
    expect(statusOf(hit)).toContain('hit');
    expect(Buffer.compare(hit.body as Buffer, bytes)).toBe(0);
    expect(counter.runs).toBe(1);
  });

  it('that is written in pieces goes out as it is written and is kept whole', async () => {
    const counter = appWith((_req, res) => {
      res.writeHead(200, { 'Content-Type': 'text/plain', 'X-Way': 'writeHead' });
      res.write('one ');
      res.write(Buffer.from('two '));
      res.end('dGhyZWU=', 'base64');
    });
    const told = nextMessage();
    const first = await request(counter.app).get('/page');
    await told;
    const hit = await request(counter.app).get('/page');
    expect(first.text).toBe('one two three');
    expect(statusOf(first)).toBe('memkit; fwd=miss');
    expect(statusOf(hit)).toContain('hit');
    expect(hit.text).toBe('one two three');
    expect(hit.get('X-Way')).toBe('writeHead');
    expect(hit.get('Content-Length')).toBe('13');
    expect(counter.runs).toBe(1);
  });

  it('may be written with writeHead and end of node:http, without Express', async () => {
    let runs = 0;
    const middleware = cachePage({ cache, ttl: '1m' });
    const server = createServer((req, res) => {
      middleware(req, res, () => {
        runs += 1;
        res.writeHead(200, ['Content-Type', 'text/plain', 'X-Twice', 'a', 'X-Twice', 'b']).end('plain');
      });
    });
    const first = await request(server).get('/any');
    const hit = await request(server).get('/any');
    expect([first.text, hit.text]).toEqual(['plain', 'plain']);
    expect(statusOf(first)).toBe('memkit; fwd=miss; stored');
    expect(hit.get('X-Twice')).toBe('a, b');
    expect(runs).toBe(1);
  });

  it('is found again whatever the order of its query, and whatever a campaign added', async () => {
    const counter = appWith((req, res) => res.send(JSON.stringify(req.query)));
    const first = await request(counter.app).get('/page?b=2&a=1');
    const hit = await request(counter.app).get('/page?utm_source=mail&a=1&b=2&gclid=x');
    expect(hit.text).toBe(first.text);
    await request(counter.app).get('/page?a=1&b=3');
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(3);
  });

  it('has its own list of ignored query parameters when one is given', async () => {
    const counter = appWith(greeting, { ignoredQueryParameters: ['session'] });
    await request(counter.app).get('/page?session=1');
    await request(counter.app).get('/page?session=2');
    expect(counter.runs).toBe(1);
    await request(counter.app).get('/page?utm_source=mail');
    expect(counter.runs).toBe(2);
  });

  it('of one host is never sent for another', async () => {
    const counter = appWith((req, res) => res.send(`<a href="//${req.hostname}/">`), {}, []);
    counter.app.set('trust proxy', true);
    await request(counter.app).get('/page').set('X-Forwarded-Host', 'evil.example');
    const honest = await request(counter.app).get('/page');
    expect(honest.text).not.toContain('evil.example');
    expect(counter.runs).toBe(2);
  });

  it('is gone when one of its tags is invalidated', async () => {
    const counter = appWith(greeting, { tags: (req) => ['countries', `country:${req.url.slice(-2)}`] });
    await request(counter.app).get('/page?code=FR');
    await request(counter.app).get('/page?code=DE');
    await cache.invalidateTags('country:FR');
    expect(statusOf(await request(counter.app).get('/page?code=DE'))).toContain('hit');
    expect(statusOf(await request(counter.app).get('/page?code=FR'))).toContain('stored');
    await cache.invalidateTags('countries');
    expect(statusOf(await request(counter.app).get('/page?code=DE'))).toContain('stored');
    expect(counter.runs).toBe(4);
  });

  it('takes a plain list of tags too', async () => {
    const counter = appWith(greeting, { tags: ['all'] });
    await request(counter.app).get('/page');
    await cache.invalidateTags('all');
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(2);
  });

  it('keeps the headers of middleware before the cache out of the stored page', async () => {
    const counter = appWith(greeting, {}, [
      (_req, res, next) => {
        res.set('X-Request', randomUUID());
        next();
      },
    ]);
    const first = await request(counter.app).get('/page');
    const hit = await request(counter.app).get('/page');
    expect(statusOf(hit)).toContain('hit');
    expect(hit.get('X-Request')).not.toBe(first.get('X-Request'));
  });

  it('under two page caches is handled by the first, and does not wait for itself', async () => {
    const app = express();
    app.use(cachePage({ cache, ttl: '1m' }));
    app.get('/page', cachePage({ cache, ttl: '1h' }), greeting);
    expect(statusOf(await request(app).get('/page'))).toContain('stored');
    expect(statusOf(await request(app).get('/page'))).toMatch(/ttl=(59|60)$/);
  });
});

describe('the time a page lives', () => {
  const served = async (options: Options, headers: Record<string, string>): Promise<string | undefined> => {
    const counter = appWith((_req, res) => res.set(headers).send('x'), options);
    const first = await request(counter.app).get('/page');
    return statusOf(first)?.includes('stored') ? statusOf(await request(counter.app).get('/page')) : statusOf(first);
  };

  it('is the option when there is one, whatever the response says', async () => {
    const headers = { 'Cache-Control': 'public, max-age=0', Expires: '0' };
    expect(await served({ ttl: '2h' }, headers)).toMatch(/ttl=(7199|7200)$/);
  });

  it.each([
    [{ 'Cache-Control': 'public, max-age=5, s-maxage=600' }, /^memkit; hit; ttl=(599|600)$/],
    [{ 'Cache-Control': 'max-age=900' }, /^memkit; hit; ttl=(899|900)$/],
    [{ 'Cache-Control': 'max-age=0' }, /^memkit; fwd=miss; detail=max-age$/],
    [{ 'Cache-Control': 'max-age=soon' }, /^memkit; fwd=miss; detail=max-age$/],
    [{ Expires: '0' }, /^memkit; fwd=miss; detail=expires$/],
  ])('is else what the response says in %j', async (headers, status) => {
    expect(await served({ ttl: undefined } as unknown as Options, headers as Record<string, string>)).toMatch(status);
  });

  it('is else that of the cache', async () => {
    cache = cache.with({ ttl: '20m' });
    expect(await served({ ttl: undefined } as unknown as Options, {})).toMatch(/ttl=(1199|1200)$/);
  });

  it('ends, and a page within staleFor stands in for a handler that fails', async () => {
    let now = Date.now();
    const timer = () => () => undefined;
    const pass = () => Promise.resolve();
    const clock = { now: () => now, sleep: pass, pause: pass, timer, random: () => 0 };
    cache = createCacheIn(clock, { client, namespace: randomUUID() });
    let broken = false;
    const counter = appWith(
      (_req, res) => {
        if (broken) res.status(503).set('X-Broken', 'yes').send('sorry');
        else res.send('fine');
      },
      { ttl: '1m', staleFor: '5m' },
    );
    await request(counter.app).get('/page');
    now += 61_000;
    broken = true;
    const stale = await request(counter.app).get('/page');
    expect([stale.status, stale.text]).toEqual([200, 'fine']);
    expect(statusOf(stale)).toMatch(/^memkit; hit; ttl=-?\d+; detail=render-failed$/);
    expect(stale.get('X-Broken')).toBeUndefined();
    broken = false;
    expect(statusOf(await request(counter.app).get('/page'))).toBe('memkit; fwd=miss; stored');
    now += 361_000;
    broken = true;
    const late = await request(counter.app).get('/page');
    expect([late.status, late.text]).toEqual([503, 'sorry']);
    expect(counter.runs).toBe(4);
  });
});

describe('what belongs to one person', () => {
  it('is not looked up and not kept when the request has cookies', async () => {
    const counter = appWith(greeting);
    const ada = await request(counter.app).get('/page').set('Cookie', 'sid=ada');
    const bob = await request(counter.app).get('/page').set('Cookie', 'sid=bob');
    const anonymous = await request(counter.app).get('/page');
    expect(ada.text).toContain('sid=ada');
    expect(bob.text).toContain('sid=bob');
    expect(anonymous.text).toContain('everybody');
    expect(statusOf(ada)).toBe('memkit; fwd=bypass; detail=cookie');
    const again = await request(counter.app).get('/page').set('Cookie', 'sid=ada');
    expect(again.text).toContain('sid=ada');
    expect(counter.runs).toBe(4);
  });

  it.each(['Authorization', 'Proxy-Authorization', 'X-Api-Key'])(
    'is not kept when the request has %s',
    async (name) => {
      const counter = appWith((req, res) => res.send(`secret of ${String(req.get(name))}`));
      const ada = await request(counter.app).get('/page').set(name, 'Bearer ada');
      const bob = await request(counter.app).get('/page').set(name, 'Bearer bob');
      expect([ada.text, bob.text]).toEqual(['secret of Bearer ada', 'secret of Bearer bob']);
      expect((await request(counter.app).get('/page')).text).toBe('secret of undefined');
      expect(statusOf(ada)).toBe('memkit; fwd=bypass; detail=authorization');
    },
  );

  it('is not kept when a guard before the cache signed somebody in', async () => {
    const signIn: RequestHandler = (req, _res, next) => {
      Object.assign(req, { user: { name: req.query['name'] } });
      next();
    };
    const counter = appWith(greeting, { ignoredQueryParameters: ['name'] }, [signIn]);
    expect(statusOf(await request(counter.app).get('/page?name=ada'))).toBe('memkit; fwd=bypass; detail=user');
    await request(counter.app).get('/page?name=bob');
    expect(counter.runs).toBe(2);
  });

  it('is not kept when the handler itself signs somebody in', async () => {
    const counter = appWith((req, res) => {
      Object.assign(req, { user: { name: 'ada' } });
      res.send('hello ada');
    });
    expect(statusOf(await request(counter.app).get('/page'))).toBe('memkit; fwd=miss; detail=user');
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(2);
  });

  it.each(['Authorization', 'X-Api-Key'])(
    'is not kept with %s by a varyBy that does not tell people apart',
    async (name) => {
      const counter = appWith((req, res) => res.send(`secret of ${String(req.get(name))}`), {
        varyBy: (req) => req.get('accept-language') ?? 'en',
      });
      const ada = await request(counter.app).get('/page').set(name, 'Bearer ada');
      const bob = await request(counter.app).get('/page').set(name, 'Bearer bob');
      expect([ada.text, bob.text]).toEqual(['secret of Bearer ada', 'secret of Bearer bob']);
      expect(statusOf(bob)).toBe('memkit; fwd=bypass; detail=authorization');
      await request(counter.app).get('/page');
      expect(statusOf(await request(counter.app).get('/page'))).toContain('memkit; hit');
    },
  );

  it('is not kept with varyBy when a guard signed somebody in, before the cache or behind it', async () => {
    const signIn: RequestHandler = (req, _res, next) => {
      Object.assign(req, { user: { name: 'ada' } });
      next();
    };
    const varyBy = (): string => 'en';
    const before = appWith(greeting, { varyBy }, [signIn]);
    expect(statusOf(await request(before.app).get('/page'))).toBe('memkit; fwd=bypass; detail=user');
    const behind = appWith((req, res) => signIn(req, res, () => res.send('hello ada')), { varyBy });
    expect(statusOf(await request(behind.app).get('/page'))).toBe('memkit; fwd=miss; detail=user');
  });

  it("is kept for each apart with varyBy and credentials: 'vary'", async () => {
    const counter = appWith(greeting, {
      varyBy: (req) => req.get('authorization') ?? 'anonymous',
      credentials: 'vary',
    });
    const ada = await request(counter.app).get('/page').set('Authorization', 'Bearer ada');
    const bob = await request(counter.app).get('/page').set('Authorization', 'Bearer bob');
    const adaAgain = await request(counter.app).get('/page').set('Authorization', 'Bearer ada');
    expect(bob.text).toContain('Bearer bob');
    expect(adaAgain.text).toBe(ada.text);
    expect(counter.runs).toBe(2);
  });

  it('does not show the part of varyBy in keys', async () => {
    const { app } = appWith(greeting, { varyBy: () => 'secret-token' });
    const messages = await messagesDuring(() => request(app).get('/page'));
    expect(messages[0]?.key).toMatch(/^page:http:\/\/shop\.example\/page#[\w-]{43}$/);
  });

  it('is not kept when varyBy cannot tell who it is', async () => {
    const counter = appWith(greeting, { varyBy: (req) => req.get('x-user') });
    expect(statusOf(await request(counter.app).get('/page'))).toBe('memkit; fwd=bypass; detail=vary-by');
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(2);
  });

  it('is not assumed behind cookies when the page says they do not matter', async () => {
    const counter = appWith((_req, res) => res.send('same for all'), { cookies: 'ignore' });
    await request(counter.app).get('/page').set('Cookie', 'theme=dark');
    expect(statusOf(await request(counter.app).get('/page').set('Cookie', 'theme=light'))).toContain('hit');
    expect(counter.runs).toBe(1);
  });

  it('is kept apart by Vary: Cookie even when cookies are said not to matter', async () => {
    const counter = appWith((req, res) => res.vary('Cookie').send(req.get('cookie')), { cookies: 'ignore' });
    await request(counter.app).get('/page').set('Cookie', 'sid=ada');
    expect((await request(counter.app).get('/page').set('Cookie', 'sid=bob')).text).toBe('sid=bob');
    expect((await request(counter.app).get('/page').set('Cookie', 'sid=ada')).text).toBe('sid=ada');
    expect(counter.runs).toBe(2);
  });
});

describe('a response', () => {
  it.each<[string, Record<string, string>, string]>([
    ['that sets a cookie', { 'Set-Cookie': 'sid=new' }, 'set-cookie'],
    ['that is private', { 'Cache-Control': 'max-age=60, private' }, 'private'],
    ['that is private in part', { 'Cache-Control': 'private="X-Name", max-age=60' }, 'private'],
    ['that says no-store', { 'Cache-Control': 'No-Store' }, 'no-store'],
    ['that says no-cache', { 'Cache-Control': 'no-cache' }, 'no-cache'],
    ['that varies by everything', { Vary: 'Accept, *' }, 'vary'],
    ['that varies by cookie', { Vary: 'Accept, Cookie' }, 'vary-cookie'],
    ['that is compressed for some clients without saying so', { 'Content-Encoding': 'dcz' }, 'content-encoding'],
    ['that announces trailers', { Trailer: 'X-Sum' }, 'trailer'],
  ])('%s is answered as it is and not stored', async (_title, headers, detail) => {
    const counter = appWith((_req, res) => void res.writeHead(200, headers).end('mine'));
    const first = await request(counter.app).get('/page').buffer(true).parse(asText);
    const second = await request(counter.app).get('/page').buffer(true).parse(asText);
    expect(first.body).toBe('mine');
    expect(statusOf(first)).toBe(`memkit; fwd=miss; detail=${detail}`);
    for (const [name, value] of Object.entries(headers)) expect(first.get(name)?.toString()).toBe(value);
    expect(statusOf(second)).toBe(statusOf(first));
    expect(counter.runs).toBe(2);
  });

  it('whose cookie is set at the last moment, by a session behind the cache, is not stored', async () => {
    const counter = appWith((_req, res) => {
      onHeaders(res, () => void res.setHeader('Set-Cookie', `sid=${randomUUID()}`));
      res.send('your token');
    });
    const first = await request(counter.app).get('/page');
    const second = await request(counter.app).get('/page');
    expect(statusOf(first)).toBe('memkit; fwd=miss; detail=set-cookie');
    expect(first.get('Set-Cookie')).toHaveLength(1);
    expect(second.get('Set-Cookie')).not.toEqual(first.get('Set-Cookie'));
  });

  it('gets the cookie of a session before the cache on every answer, and it is not stored', async () => {
    const session: RequestHandler = (_req, res, next) => {
      onHeaders(res, () => void res.setHeader('Set-Cookie', `sid=${randomUUID()}`));
      next();
    };
    const counter = appWith(greeting, {}, [session]);
    const first = await request(counter.app).get('/page');
    const hit = await request(counter.app).get('/page');
    expect(statusOf(hit)).toContain('hit');
    expect(hit.get('Set-Cookie')).not.toEqual(first.get('Set-Cookie'));
  });

  it.each([500, 503, 404, 302, 201])('of status %d is not stored', async (status) => {
    const counter = appWith((_req, res) => res.status(status).send('x'));
    expect((await request(counter.app).get('/page')).status).toBe(status);
    const second = await request(counter.app).get('/page');
    expect([second.status, statusOf(second)]).toEqual([status, `memkit; fwd=miss; detail=status-${String(status)}`]);
    expect(counter.runs).toBe(2);
  });

  it('of status 404 is stored when the options allow it', async () => {
    const counter = appWith((_req, res) => res.status(404).send('none'), { statuses: [200, 404] });
    await request(counter.app).get('/page');
    const hit = await request(counter.app).get('/page');
    expect([hit.status, hit.text, counter.runs]).toEqual([404, 'none', 1]);
  });

  it('to an error that the handler threw is the application’s own', async () => {
    const counter = appWith(() => {
      throw new TypeError('boom');
    });
    counter.app.use(((error: Error, _req, res, next) => {
      if (res.headersSent) next(error);
      else res.status(500).send(`handled ${error.message}`);
    }) as express.ErrorRequestHandler);
    const first = await request(counter.app).get('/page');
    expect([first.status, first.text]).toEqual([500, 'handled boom']);
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(2);
  });

  it.each<[string, (res: ServerResponse) => unknown]>([
    ['write', (res) => res.write(['no body'])],
    ['end', (res) => res.end(42 as unknown as string)],
  ])('whose %s is given no body is the error page, and that is not stored', async (_method, answer) => {
    const counter = appWith((_req, res) => void answer(res));
    counter.app.use(((error, _req, res, next) => {
      if (res.headersSent) next(error);
      else res.status(500).send('sorry');
    }) as ErrorRequestHandler);
    for (const run of [1, 2]) {
      const response = await request(counter.app).get('/page');
      expect([response.status, response.text]).toEqual([500, 'sorry']);
      expect(statusOf(response)).toBe('memkit; fwd=miss; detail=status-500');
      expect(counter.runs).toBe(run);
    }
  });

  it('to an error that is thrown past the middleware reaches next, and nothing is kept', async () => {
    const middleware = cachePage({ cache, ttl: '1m' });
    const boom = new TypeError('boom');
    const server = createServer((req, res) => {
      middleware(req, res, (error?: unknown) => {
        if (error === undefined) throw boom;
        res.writeHead(500).end(error === boom ? 'its own error' : 'another error');
      });
    });
    for (let visit = 0; visit < 2; visit += 1) {
      const answer = await request(server).get('/');
      expect([answer.status, answer.text]).toEqual([500, 'its own error']);
    }
  });

  it('with a tag that cannot be one is not stored, and says so', async () => {
    const counter = appWith(greeting, { tags: () => [''] });
    expect(statusOf(await request(counter.app).get('/page'))).toBe('memkit; fwd=bypass; detail=invalid-key');
  });

  it('with tags that are no list is an error of the application', async () => {
    const counter = appWith(greeting, { tags: () => 'countries' as never });
    counter.app.use(((error: MemcacheError, _req, res, next) => {
      if (res.headersSent) next(error);
      else res.status(500).send(error.code);
    }) as express.ErrorRequestHandler);
    const answer = await request(counter.app).get('/page');
    expect([answer.status, answer.text, counter.runs]).toEqual([500, 'MEMCACHE_INVALID_OPTION', 0]);
  });

  it('of a handler that looks at If-None-Match afterwards finds it again', async () => {
    let seen: unknown;
    const conditions = { 'if-none-match': '"a"', 'if-modified-since': 'Tue, 01 Jan 2019 00:00:00 GMT' };
    const counter = appWith((req, res) => {
      seen = req.get('if-none-match');
      res.on('finish', () => (seen = [seen, req.get('if-none-match'), req.get('if-modified-since')]));
      res.send('x');
    });
    await request(counter.app).get('/page').set(conditions);
    expect(seen).toEqual([undefined, ...Object.values(conditions)]);
  });

  it('that is larger than maxBytes is sent whole and not stored', async () => {
    const counter = appWith((_req, res) => res.send('x'.repeat(2001)), { maxBytes: 2000 });
    const first = await request(counter.app).get('/page');
    expect(first.text).toHaveLength(2001);
    expect(statusOf(first)).toBe('memkit; fwd=miss; detail=too-large');
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(2);
  });

  it('that is larger than an item may be is sent whole, not stored, and says so', async () => {
    const counter = appWith((_req, res) => res.type('bin').send(randomBytes(1_200_000)));
    const first = await request(counter.app).get('/page');
    expect((first.body as Buffer).length).toBe(1_200_000);
    expect(statusOf(first)).toBe('memkit; fwd=miss; detail=too-large');
  });

  it('that ends before its Content-Length is not stored', async () => {
    const counter = appWith((_req, res) => {
      res.writeHead(200, { 'Content-Length': '10' });
      res.write('half');
      res.destroy();
    });
    await request(counter.app)
      .get('/page')
      .catch(() => undefined);
    await request(counter.app)
      .get('/page')
      .catch(() => undefined);
    expect(counter.runs).toBe(2);
  });

  it('of events without end reaches the client at once and holds nobody up', async () => {
    const streams: { end: () => void }[] = [];
    const counter = appWith((_req, res) => {
      res.type('text/event-stream').write('data: 1\n\n');
      streams.push(res);
    });
    const server = counter.app.listen(0);
    const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}/page`;
    const readers = await Promise.all([fetch(url), fetch(url)]);
    expect(readers.map((reader) => reader.headers.get('cache-status'))).toEqual([
      'memkit; fwd=miss; detail=event-stream',
      'memkit; fwd=miss; detail=event-stream',
    ]);
    for (const stream of streams) stream.end();
    await Promise.all(readers.map((reader) => reader.text()));
    await new Promise((resolve) => server.close(resolve));
    expect(counter.runs).toBe(2);
  });

  it('looks sent to the handler as soon as it has answered', async () => {
    let seen: unknown;
    const counter = appWith((_req, res) => {
      res.send('once');
      seen = [res.headersSent, res.writableEnded];
      res.end('twice');
    });
    expect((await request(counter.app).get('/page')).text).toBe('once');
    expect(seen).toEqual([true, true]);
  });
});

describe('Vary', () => {
  const languages: RequestHandler = (req, res) => {
    res.vary('Accept-Language').send(req.get('accept-language') ?? 'none');
  };

  it('gives each variant its own page', async () => {
    const counter = appWith(languages);
    const ask = (language: string) => request(counter.app).get('/page').set('Accept-Language', language);
    for (let round = 0; round < 2; round += 1) {
      for (const language of ['fr', 'de', 'en']) expect((await ask(language)).text).toBe(language);
    }
    expect((await request(counter.app).get('/page')).text).toBe('none');
    expect(counter.runs).toBe(4);
  });

  it('is followed when a variant names further headers', async () => {
    const counter = appWith((req, res) => {
      res.vary('Accept-Language');
      if (req.get('accept-language') === 'fr') res.vary('X-Region');
      res.send(`${String(req.get('accept-language'))} ${String(req.get('x-region'))}`);
    });
    const ask = (language: string, region: string) =>
      request(counter.app).get('/page').set('Accept-Language', language).set('X-Region', region);
    expect((await ask('de', '1')).text).toBe('de 1');
    expect((await ask('fr', '1')).text).toBe('fr 1');
    expect((await ask('fr', '2')).text).toBe('fr 2');
    expect((await ask('fr', '1')).text).toBe('fr 1');
    expect((await ask('de', '2')).text).toBe('de 1');
    expect(counter.runs).toBe(3);
  });

  it('gives HEAD the variant it asks for', async () => {
    const counter = appWith(languages);
    await request(counter.app).get('/page').set('Accept-Language', 'fr');
    await request(counter.app).get('/page').set('Accept-Language', 'Deutsch');
    const head = await request(counter.app).head('/page').set('Accept-Language', 'Deutsch');
    expect([head.get('Content-Length'), counter.runs]).toEqual(['7', 2]);
  });
});

describe('requests other than GET', () => {
  it('HEAD is answered from the page of GET, without a body', async () => {
    const counter = appWith(greeting);
    const page = await request(counter.app).get('/page');
    const head = await request(counter.app).head('/page');
    expect(head.text).toBeFalsy();
    expect(head.get('Content-Length')).toBe(page.get('Content-Length'));
    expect(head.get('ETag')).toBe(page.get('ETag'));
    expect(statusOf(head)).toBe('memkit; hit');
    expect(counter.runs).toBe(1);
  });

  it('HEAD of a page that is not there runs the handler and stores nothing', async () => {
    const counter = appWith(greeting);
    expect(statusOf(await request(counter.app).head('/page'))).toBe('memkit; fwd=miss; detail=head');
    expect((await request(counter.app).get('/page')).text).toContain('everybody');
    expect(counter.runs).toBe(2);
  });

  it.each(['post', 'put', 'delete'] as const)('%s always runs the handler', async (method) => {
    const counter = appWith(greeting);
    await request(counter.app).get('/page');
    expect(statusOf(await request(counter.app)[method]('/page'))).toBe('memkit; fwd=method');
    expect(counter.runs).toBe(2);
  });

  it.each([
    ['a range', { Range: 'bytes=0-1' }, 'range'],
    ['a precondition', { 'If-Match': '"a"' }, 'range'],
    ['a body', { 'Content-Length': '2' }, 'request-body'],
  ] as const)('GET with %s goes past the cache', async (_title, headers, detail) => {
    const counter = appWith(greeting);
    await request(counter.app).get('/page');
    const sent = request(counter.app).get('/page').set(headers);
    expect(statusOf(await ('Content-Length' in headers ? sent.send('{}') : sent))).toBe(
      `memkit; fwd=bypass; detail=${detail}`,
    );
    expect(counter.runs).toBe(2);
  });
});

describe('a client that has the page already', () => {
  it('gets 304 with its tag and without anything that describes a body', async () => {
    const counter = appWith((_req, res) => res.set('Cache-Control', 'max-age=60').type('html').send('<p>same</p>'));
    const page = await request(counter.app).get('/page');
    const etag = String(page.get('ETag'));
    for (const tags of [etag, `W/${etag}`, `"a,b", ${etag}`, '*']) {
      const answer = await request(counter.app).get('/page').set('If-None-Match', tags);
      expect([tags, answer.status, answer.text]).toEqual([tags, 304, '']);
      expect(answer.get('ETag')).toBe(etag);
      expect(answer.get('Cache-Control')).toBe('max-age=60');
      expect(answer.get('Cache-Status')).toContain('hit');
      for (const name of ['Content-Length', 'Content-Type', 'Last-Modified']) expect(answer.get(name)).toBeUndefined();
    }
    expect(counter.runs).toBe(1);
  });

  it('gets the page when its tag is an old one, whatever the date says', async () => {
    const counter = appWith((_req, res) => res.set('Last-Modified', 'Tue, 01 Jan 2019 00:00:00 GMT').send('new'));
    await request(counter.app).get('/page');
    const conditions = { 'If-None-Match': '"old"', 'If-Modified-Since': 'Fri, 01 Jan 2100 00:00:00 GMT' };
    expect((await request(counter.app).get('/page').set(conditions)).text).toBe('new');
  });

  it('gets 304 by date when it sends no tag', async () => {
    const counter = appWith((_req, res) => res.set('Last-Modified', 'Tue, 01 Jan 2019 00:00:00 GMT').send('old'));
    await request(counter.app).get('/page');
    const since = (date: string) => request(counter.app).get('/page').set('If-Modified-Since', date);
    expect((await since('Tue, 01 Jan 2019 00:00:00 GMT')).status).toBe(304);
    expect((await since('Mon, 31 Dec 2018 00:00:00 GMT')).status).toBe(200);
  });

  it('does not keep a cold cache cold: the whole page is stored, and 304 sent', async () => {
    const counter = appWith(greetingFixed);
    const etag = String((await request(counter.app).get('/page')).get('ETag'));
    await cache.clear();
    const cold = await request(counter.app).get('/page').set('If-None-Match', etag);
    expect([cold.status, statusOf(cold)]).toEqual([304, 'memkit; fwd=miss; stored']);
    expect((await request(counter.app).get('/page')).text).toBe('fixed');
    expect(counter.runs).toBe(2);
  });

  it('sees the application’s own strong tag', async () => {
    const counter = appWith((_req, res) => res.set('ETag', '"v7"').send('x'));
    expect((await request(counter.app).get('/page')).get('ETag')).toBe('"v7"');
    expect((await request(counter.app).get('/page').set('If-None-Match', '"v7"')).status).toBe(304);
  });
});

describe('many requests at once for one page', () => {
  it('render it once', async () => {
    const { opened, open } = gate();
    const counter = appWith(async (_req, res) => {
      await opened;
      res.send(`<p>${randomUUID()}</p>`);
    });
    const responses = await together(counter, open);
    const texts = new Set(await Promise.all(responses.map((response) => response.text())));
    expect(texts.size).toBe(1);
    expect(counter.runs).toBe(1);
    const statuses = responses.map((response) => response.headers.get('cache-status') ?? '');
    expect(statuses.filter((status) => status === 'memkit; fwd=miss; stored')).toHaveLength(1);
    expect(statuses.filter((status) => status === 'memkit; fwd=miss; collapsed')).toHaveLength(7);
    expect(responses.map((response) => response.headers.get('age'))).toEqual(Array.from({ length: 8 }, () => null));
  });

  it('never share a response that turned out to belong to one person', async () => {
    const { opened, open } = gate();
    const counter = appWith(async (_req, res) => {
      await opened;
      const id = randomUUID();
      res.set('Set-Cookie', `sid=${id}`).send(id);
    });
    const responses = await together(counter, open);
    const texts = new Set(await Promise.all(responses.map((response) => response.text())));
    expect(texts.size).toBe(8);
    expect(counter.runs).toBe(8);
    for (const response of responses) {
      expect(response.headers.get('cache-status')).toBe('memkit; fwd=miss; detail=set-cookie');
    }
  });

  it('run their own handlers when the first one fails', async () => {
    const { opened, open } = gate();
    const counter = appWith(async (_req, res) => {
      const isFirst = counter.runs === 1;
      await opened;
      res.status(isFirst ? 500 : 200).send('x');
    });
    const responses = await together(counter, open);
    expect(responses.map(({ status }) => status).sort()).toEqual([...Array.from({ length: 7 }, () => 200), 500]);
  });

  it('render it again when the client of the first one goes away', async () => {
    const arrivals: (() => void)[] = [];
    const arrived = (): Promise<void> => new Promise((resolve) => arrivals.push(resolve));
    const counter = appWith((_req, res) => {
      arrivals.shift()?.();
      // The first one is never answered.
      if (counter.runs > 1) res.send('second');
    });
    const server = counter.app.listen(0);
    const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}/page`;
    const impatient = new AbortController();
    const handlerRuns = arrived();
    const first = fetch(url, { signal: impatient.signal }).catch((error: unknown) => error);
    await handlerRuns;
    const secondIn = new Promise((resolve) => server.once('request', () => setImmediate(resolve)));
    const second = fetch(url);
    await secondIn;
    impatient.abort();
    await first;
    const response = await second;
    expect([await response.text(), response.headers.get('cache-status')]).toEqual([
      'second',
      'memkit; fwd=miss; stored',
    ]);
    expect(counter.runs).toBe(2);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('a client that is gone before the page is looked up', () => {
  it('does not hold up those who come later', async () => {
    const { opened: arrived, open } = gate();
    // As a slow guard or a slow look into the cache would: it goes on when the first client has left.
    const untilGone: RequestHandler = (req, res, next) => {
      if (req.get('x-first') === undefined) return next();
      res.once('close', () => next());
      open();
    };
    const counter = appWith((_req, res) => void Readable.from(['page']).pipe(res), {}, [untilGone]);
    const server = counter.app.listen(0);
    const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}/page`;
    const impatient = new AbortController();
    const first = fetch(url, { signal: impatient.signal, headers: { 'x-first': '1' } }).catch(() => undefined);
    await arrived;
    const [message] = await messagesDuring(async () => {
      const told = nextMessage();
      impatient.abort();
      await first;
      await told;
    });
    expect(message).toMatchObject({ outcome: 'miss', reason: 'aborted' });
    expect(await (await fetch(url)).text()).toBe('page');
    expect(counter.runs).toBe(1);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
});

describe('without the cache', () => {
  it('many requests at once still render the page once, and say so', async () => {
    const gone = createMemcache({ environment: {} });
    cache = createCache({ client: gone });
    await gone.close();
    const { opened, open } = gate();
    const counter = appWith(async (_req, res) => {
      await opened;
      res.send(randomUUID());
    });
    const responses = await together(counter, open);
    const statuses = new Set(responses.map((response) => response.headers.get('cache-status')));
    expect([counter.runs, ...statuses]).toEqual([1, 'memkit; fwd=bypass; detail=unavailable']);
  });

  it('pages are rendered, also for a cache that throws elsewhere', async () => {
    const gone = createMemcache({ environment: {} });
    cache = createCache({ client: gone, whenUnavailable: 'throw' });
    const counter = appWith(greeting);
    await gone.close();
    const page = await request(counter.app).get('/page');
    expect([page.status, statusOf(page)]).toEqual([200, 'memkit; fwd=bypass; detail=unavailable']);
    expect((await request(counter.app).head('/page')).status).toBe(200);
    expect(counter.runs).toBe(2);
  });
});

describe('compression', () => {
  /** What compression middleware does: encodes what is ended on the response. */
  const compress: RequestHandler = (req, res, next) => {
    const end = res.end.bind(res) as (chunk?: unknown) => typeof res;
    res.end = ((chunk?: unknown) => {
      if (!req.get('accept-encoding')?.includes('gzip') || chunk === undefined) return end(chunk);
      const packed = gzipSync(chunk as Buffer);
      res.vary('Accept-Encoding').set({ 'Content-Encoding': 'gzip', 'Content-Length': String(packed.length) });
      return end(packed);
    }) as typeof res.end;
    next();
  };
  const raw = (app: Express, encoding: string) =>
    request(app).get('/page').set('Accept-Encoding', encoding).buffer(true).parse(asText);
  const page = '<p>squeeze me</p>'.repeat(50);

  it('before the cache works on every answer, and the page is kept as it was before', async () => {
    const counter = appWith((_req, res) => res.send(page), {}, [compress]);
    for (const encoding of ['gzip', 'identity', 'gzip']) {
      const answer = await request(counter.app).get('/page').set('Accept-Encoding', encoding);
      expect(answer.text).toBe(page);
      expect(answer.get('Content-Encoding')).toBe(encoding === 'gzip' ? 'gzip' : undefined);
    }
    expect(counter.runs).toBe(1);
  });

  it('behind the cache gives one page per encoding, by Vary', async () => {
    const counter = appWith((req, res) => {
      res.vary('Accept-Encoding');
      if (req.get('accept-encoding') === 'gzip') res.set('Content-Encoding', 'gzip').end(gzipSync(page));
      else res.end(page);
    });
    for (let round = 0; round < 2; round += 1) {
      expect((await request(counter.app).get('/page').set('Accept-Encoding', 'gzip')).text).toBe(page);
      expect((await raw(counter.app, 'identity')).body).toBe(page);
    }
    expect(counter.runs).toBe(2);
    expect(gunzipSync(gzipSync(page)).toString()).toBe(page);
  });
});

describe('what is told', () => {
  it('is one message per request, before its headers go out', async () => {
    const { app } = appWith(greeting);
    const messages = await messagesDuring(async () => {
      await request(app).get('/page?b=1&a=2');
      await request(app).get('/page?b=1&a=2');
      await request(app).get('/page').set('Cookie', 'a=b');
      await request(app).post('/page');
    });
    expect(messages.map(({ path, outcome, reason }) => [path, outcome, reason])).toEqual([
      ['/page?b=1&a=2', 'miss', undefined],
      ['/page?b=1&a=2', 'hit', undefined],
      ['/page', 'bypass', 'cookie'],
      ['/page', 'bypass', 'method'],
    ]);
    expect(messages[0]?.key).toMatch(/^page:http:\/\/shop\.example\/page\?a=2&b=1$/);
    expect(messages[2]?.key).toBeUndefined();
    for (const { durationMs } of messages) expect(durationMs).toBeGreaterThanOrEqual(0);
  });

  it('is that a switched-off cache passes everything', async () => {
    cache = createCache({ disabled: true });
    const counter = appWith(greeting);
    expect(statusOf(await request(counter.app).get('/page'))).toBe('memkit; fwd=bypass; detail=disabled');
    await request(counter.app).get('/page');
    expect(counter.runs).toBe(2);
  });

  it('goes behind the Cache-Status of a cache the handler asked', async () => {
    const { app } = appWith((_req, res) => res.set('Cache-Status', 'origin; hit').send('x'));
    expect(statusOf(await request(app).get('/page'))).toBe('origin; hit, memkit; fwd=miss; stored');
    expect(statusOf(await request(app).get('/page'))).toMatch(/^memkit; hit/);
  });
});

describe('options that cannot be used', () => {
  const failureOf = (options: object): { code: string; message: string } => {
    try {
      cachePage({ cache, ...options });
    } catch (error) {
      return error as { code: string; message: string };
    }
    throw new TypeError('the options were accepted');
  };

  it.each([
    ['a misspelled one', { ttll: '1m' }, 'MEMCACHE_INVALID_OPTION', /"ttll".*"ttl"/],
    ['a bare number as ttl', { ttl: 60 }, 'MEMCACHE_INVALID_TTL', /'60s'.*'60ms'/],
    ['a bare number as staleFor', { staleFor: 60 }, 'MEMCACHE_INVALID_OPTION', /staleFor.*'60s'/],
    ['an unknown word for cookies', { cookies: 'allow' }, 'MEMCACHE_INVALID_OPTION', /cookies.*'bypass' or 'ignore'/],
    ['an unknown word for credentials', { credentials: 'ignore' }, 'MEMCACHE_INVALID_OPTION', /'bypass' or 'vary'/],
    ['credentials without varyBy', { credentials: 'vary' }, 'MEMCACHE_INVALID_OPTION', /credentials.*Give varyBy/],
    ['a status that may not be kept', { statuses: [200, 206] }, 'MEMCACHE_INVALID_OPTION', /206.*Choose from 200/],
    ['no bytes at all', { maxBytes: 0 }, 'MEMCACHE_INVALID_OPTION', /maxBytes.*1 or more/],
    ['no cache', { cache: undefined }, 'MEMCACHE_INVALID_OPTION', /"cache".*missing.*createCache\(\)/],
  ])('%s is refused at once, with what to write', (_title, options, code, message) => {
    const failure = failureOf(options);
    expect(failure.code).toBe(code);
    expect(failure.message).toMatch(message);
  });
});

/** How session middleware sets its cookie: in the moment the headers are written. */
function onHeaders(response: ServerResponse, hook: () => void): void {
  const writeHead = response.writeHead.bind(response) as (...args: unknown[]) => ServerResponse;
  let isDone = false;
  response.writeHead = (...args: unknown[]) => {
    if (!isDone) hook();
    isDone = true;
    return writeHead(...args);
  };
}

/** Handlers wait until `count` requests have come in, or the first one has been let go. */
function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => (open = resolve));
  return { opened, open };
}

async function together(counter: { app: Express }, open: () => void, count = 8): Promise<Response[]> {
  const server = counter.app.listen(0);
  const url = `http://127.0.0.1:${String((server.address() as { port: number }).port)}/page`;
  let arrived = 0;
  const everybody = new Promise<void>((resolve) => {
    server.on('request', () => {
      arrived += 1;
      if (arrived === count) resolve();
    });
  });
  const answers = Array.from({ length: count }, () => fetch(url));
  await everybody;
  // The requests have arrived; one turn of the loop later all of them are at the cache.
  await new Promise((resolve) => setImmediate(resolve));
  open();
  const responses = await Promise.all(answers);
  await new Promise((resolve) => server.close(resolve));
  return responses;
}

const greetingFixed: RequestHandler = (_req, res) => void res.send('fixed');

/** The bytes of the body as they are, decoded by nobody. */
function asText(response: supertest.Response, done: (error: Error | null, body: string) => void): void {
  const chunks: Buffer[] = [];
  const stream = response as unknown as NodeJS.ReadableStream;
  stream.on('data', (chunk: Buffer) => chunks.push(Buffer.from(chunk)));
  stream.on('end', () => done(null, Buffer.concat(chunks).toString()));
}
