/** Every surface on one client: one connection to the server, one outage, one recovery. */
import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCache, type Cache } from '@memkit/cache';
import { createKeyv } from '@memkit/cache-manager';
import { createMemcache, type Memcache } from '@memkit/core';
import { MemkitSessionStore } from '@memkit/express-session';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { cachePage, createFragments } from '@memkit/views';
import { createCache as createCacheManager, type Cache as CacheManager } from 'cache-manager';
import express from 'express';
import session from 'express-session';

declare module 'express-session' {
  interface SessionData {
    visits: number;
  }
}

describe('every surface on one client', () => {
  let memcached: RealMemcached;
  let client: Memcache;
  let cache: Cache;
  let manager: CacheManager;
  let http: Server;
  let url: string;
  let rendered = 0;
  let loaded = 0;

  beforeAll(async () => {
    memcached = await startMemcached();
    client = createMemcache({ servers: memcached.address, timeout: '500ms', environment: {} });
    cache = createCache({ client, namespace: 'app' });
    manager = createCacheManager({ stores: [createKeyv({ client })] });
    const fragments = createFragments({ cache });
    const app = express();
    app.get('/page', cachePage({ cache, ttl: '1m' }), async (_request, response) => {
      const row = await fragments.render('row', { key: 1, ttl: '1m' }, () => `<b>${String(++rendered)}</b>`);
      response.send(row);
    });
    app.use(
      session({
        store: new MemkitSessionStore({ client, whenUnavailable: 'miss' }),
        secret: 'test',
        resave: false,
        saveUninitialized: false,
      }),
    );
    app.get('/visits', (request, response) => {
      request.session.visits = (request.session.visits ?? 0) + 1;
      response.json({ visits: request.session.visits });
    });
    http = createServer(app);
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${String((http.address() as AddressInfo).port)}`;
  });

  afterAll(async () => {
    http.closeAllConnections();
    await new Promise((resolve) => http.close(resolve));
    await client.close();
    await memcached.stop();
  });

  const load = (): Promise<string> => cache.getOrLoad('value', () => `loaded ${String(++loaded)}`);

  async function walk(): Promise<{ page: number; visits: number }> {
    await load();
    await manager.set('k', 'v', 60_000);
    await manager.get('k');
    const page = await fetch(`${url}/page`);
    const visits = await fetch(`${url}/visits`);
    return { page: page.status, visits: visits.status };
  }

  it('opens one connection for all of them', async () => {
    const observer = createMemcache({ servers: memcached.address, environment: {} });
    const openConnections = async (): Promise<number> =>
      Number((await observer.stats()).get(memcached.address)?.['curr_connections']);
    const before = await openConnections();
    expect(await walk()).toEqual({ page: 200, visits: 200 });
    expect((await openConnections()) - before).toBe(1);
    await observer.close();
  });

  it('hits on the second walk', async () => {
    const before = { rendered, loaded };
    await walk();
    expect({ rendered, loaded }).toEqual(before);
  });

  it('lives on when memcached is killed, and hits again when it is back', async () => {
    await memcached.stop('SIGKILL');
    expect(await walk()).toEqual({ page: 200, visits: 200 });
    expect(await manager.get('k')).toBeUndefined();
    await memcached.restart();
    let hit = false;
    // Recovery is the client's own doing; each turn is one attempt with its own deadline.
    for (let attempt = 0; attempt < 200 && !hit; attempt++) {
      await load();
      hit = (await cache.read('value', () => 'again')).outcome === 'hit';
      if (!hit) await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(hit).toBe(true);
  });
});
