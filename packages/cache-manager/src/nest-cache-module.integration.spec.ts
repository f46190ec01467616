import 'reflect-metadata';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { CACHE_MANAGER, CacheInterceptor, CacheModule, type Cache } from '@nestjs/cache-manager';
import { Controller, Get, Param, UseInterceptors, type INestApplication } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import request, { type Response } from 'supertest';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createKeyv } from './create-keyv.js';
import { MemkitStore } from './memkit-store.js';

let served = 0;

@Controller('countries')
@UseInterceptors(CacheInterceptor)
class CountriesController {
  @Get(':code')
  find(@Param('code') code: string): object {
    served += 1;
    return { code, served };
  }
}

describe.each([
  ['createKeyv({ client })', (client: Memcache) => createKeyv({ client })],
  ['new MemkitStore({ client })', (client: Memcache) => new MemkitStore({ client })],
])('CacheModule with stores: [%s]', (_how, open) => {
  let memcached: RealMemcached | undefined;
  let client: Memcache;
  let app: INestApplication;

  async function start(servers?: string): Promise<void> {
    served = 0;
    const patient = { timeout: '500ms', reconnect: { initialDelay: '10ms', maxDelay: '20ms' } } as const;
    client = createMemcache(servers === undefined ? { environment: {} } : { servers, ...patient });
    const module = await Test.createTestingModule({
      imports: [CacheModule.register({ stores: [open(client)], ttl: 60_000 })],
      controllers: [CountriesController],
    }).compile();
    app = module.createNestApplication();
    await app.init();
  }

  const get = (path: string): Promise<Response> => Promise.resolve(request(app.getHttpServer() as never).get(path));

  beforeEach(() => {
    memcached = undefined;
  });

  afterEach(async () => {
    await app.close();
    await client.close();
    await memcached?.stop('SIGKILL');
  });

  it.each(['the embedded server', 'a real memcached'])('answers the second request from %s', async (kind) => {
    if (kind === 'a real memcached') memcached = await startMemcached();
    await start(memcached?.address);

    const first = await get('/countries/at');
    // The interceptor answers before it stores.
    await until(async () => (await app.get<Cache>(CACHE_MANAGER).get('/countries/at')) !== undefined);
    const second = await get('/countries/at');
    const other = await get('/countries/ch');
    expect([first, second, other].map(({ headers }) => headers['x-cache'] as string)).toEqual(['MISS', 'HIT', 'MISS']);
    expect(second.body).toEqual({ code: 'at', served: 1 });
    expect(other.body).toEqual({ code: 'ch', served: 2 });
  });

  it('reaches memcache from an injected cache, and not a store in memory', async () => {
    await start();
    const cache = app.get<Cache>(CACHE_MANAGER);
    await cache.set('a', { kept: true });
    await client.flush();
    expect(await cache.get('a')).toBeUndefined();
  });

  it('answers while memcached is stopped and hits again when it is back', async () => {
    memcached = await startMemcached();
    await start(memcached.address);
    await get('/countries/at');
    await memcached.stop('SIGKILL');

    const during = await get('/countries/at');
    expect(during.status).toBe(200);
    expect(during.headers['x-cache']).toBe('MISS');
    expect(during.body).toEqual({ code: 'at', served: 2 });

    await memcached.restart();
    await until(async () => (await get('/countries/at')).headers['x-cache'] === 'HIT');
  });

  it('leaves the client open when the application ends, because it was passed in', async () => {
    await start();
    await app.close();
    expect(await client.set('a', 1)).toBe(true);
  });
});

/** Waits for what happens behind an answer: the interceptor's store, the client's new connection. */
async function until(isDone: () => Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 300; attempt += 1) {
    if (await isDone()) return;
    await delay(10);
  }
  throw new Error('It did not come true within 300 attempts.');
}
