/** Pages and fragments while a real memcached is stopped, silent and back again. */
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createCache } from '@memkit/cache';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import express, { type Express } from 'express';
import supertest from 'supertest';
import { cachePage, createFragments } from './index.js';

let memcached: RealMemcached;
let client: Memcache;
let app: Express;

beforeAll(async () => {
  memcached = await startMemcached();
  client = createMemcache({
    servers: memcached.address,
    timeout: '2s',
    reconnect: { initialDelay: '10ms', maxDelay: '20ms' },
    environment: {},
  });
  const cache = createCache({ client, namespace: 'shop' });
  const fragments = createFragments({ cache });
  app = express();
  app.get('/page', cachePage({ cache, ttl: '1h' }), async (_request, response) => {
    const rows = await fragments.renderMany('row', [1, 2], { key: (id) => id }, () => `<b>${randomUUID()}</b>`);
    response.send(rows.join(''));
  });
});
afterAll(async () => {
  await client.close();
  await memcached.stop();
});

const ask = () => supertest.agent(app).get('/page').set('Host', 'shop.example');

async function askUntilHit(): Promise<supertest.Response> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const response = await ask();
    if (response.get('Cache-Status')?.includes('hit')) return response;
    if (Date.now() > deadline) throw new TypeError(`still ${String(response.get('Cache-Status'))}`);
  }
}

describe('on a real memcached', () => {
  it('a page is stored and found again', async () => {
    const first = await ask();
    const second = await ask();
    expect(first.get('Cache-Status')).toBe('memkit; fwd=miss; stored');
    expect(second.get('Cache-Status')).toMatch(/^memkit; hit; ttl=3[56]\d\d$/);
    expect(second.text).toBe(first.text);
  });

  it('pages are rendered while it is stopped, and hits come back after its restart', async () => {
    await memcached.stop('SIGKILL');
    const without = await ask();
    expect([without.status, without.text]).toEqual([200, expect.stringMatching(/^(<b>[\w-]{36}<\/b>){2}$/)]);
    expect(without.get('Cache-Status')).toBe('memkit; fwd=bypass; detail=unavailable');
    await memcached.restart();
    expect((await askUntilHit()).text).not.toBe(without.text);
  });

  it('pages are rendered while it is silent', async () => {
    memcached.pause();
    const without = await ask();
    memcached.resume();
    expect(without.status).toBe(200);
    expect(without.get('Cache-Status')).toBe('memkit; fwd=bypass; detail=unavailable');
    await askUntilHit();
  });
});
