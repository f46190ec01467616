/** Trouble with a real memcached, and every annotation: the method runs once, its result is returned, the trouble published. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startFaultProxy, startMemcached, type FaultProxy, type RealMemcached } from '@memkit/testing';
import { createCache } from '../engine/create-cache.js';
import { setDefaultCache } from '../operations/default-cache.js';
import { EveryAnnotation, everyCall } from '../spec-support/every-annotation.js';
import { heardOn } from '../spec-support/heard.js';
import type { CacheTroubleMessage } from '../telemetry/channels.js';

// Starting processes takes seconds on a busy machine; no assertion depends on how long.
jest.setTimeout(30_000);

describe('with every annotation, when memcached', () => {
  let server: RealMemcached;
  let proxy: FaultProxy;
  let client: Memcache;
  let methods: EveryAnnotation;

  beforeEach(async () => {
    server = await startMemcached();
    proxy = await startFaultProxy(server.port);
    client = createMemcache({ servers: proxy.address, environment: {}, timeout: '10s' });
    setDefaultCache(createCache({ client, namespace: 'app' }));
    methods = new EveryAnnotation();
  });
  afterEach(async () => {
    setDefaultCache(undefined);
    await client.close();
    await proxy.stop();
    await server.stop('SIGKILL');
  });

  /** Calls each method and tells which were in trouble. */
  async function callAll(): Promise<readonly string[]> {
    const troubled: string[] = [];
    for (const { name, call, result } of everyCall(methods)) {
      methods.ran.length = 0;
      const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
        expect(await call()).toEqual(result());
      });
      expect(methods.ran).toEqual([name]);
      if (troubles.length > 0) troubled.push(name);
    }
    return troubled;
  }
  const names = () => everyCall(methods).map(({ name }) => name);
  const storing = () => everyCall(methods).flatMap(({ name, stores }) => (stores ? [name] : []));

  it('works, nothing is in trouble', async () => {
    expect(await callAll()).toEqual([]);
  });

  it('is killed', async () => {
    await client.set('k', 1);
    await server.stop('SIGKILL');
    expect(await callAll()).toEqual(names());
  });

  it('is frozen', async () => {
    const hasty = createMemcache({ servers: proxy.address, environment: {}, timeout: '100ms' });
    setDefaultCache(createCache({ client: hasty, namespace: 'app' }));
    server.pause();
    const troubled = await callAll();
    server.resume();
    await hasty.close();
    expect(troubled).toEqual(names());
  });

  it('is full', async () => {
    await client.set('k', 1);
    await proxy.fault.set('server-full');
    expect(await callAll()).toEqual(storing());
  });

  it.each([
    ['is given too much', randomBytes(1_200_000).toString('base64'), 'MEMCACHE_ITEM_TOO_LARGE'],
    ['is given what cannot be stored', { amount: 1n }, 'MEMCACHE_NOT_SERIALIZABLE'],
    ['is given a cycle', cycle(), 'MEMCACHE_NOT_SERIALIZABLE'],
  ])('%s', async (_what, value, code) => {
    methods.value = value;
    const troubles = await heardOn<CacheTroubleMessage>('memkit:cache:trouble', async () => {
      expect(await callAll()).toEqual(['read', 'readAssigned', 'readMulti', 'update', 'updateAssigned', 'updateMulti']);
    });
    expect(new Set(troubles.map(({ error }) => error.code))).toEqual(new Set([code]));
  });

  it.each([
    [
      'by MEMKIT_DISABLED=1',
      () => createCache({ memcache: { servers: proxy.address, environment: { MEMKIT_DISABLED: '1' } } }),
    ],
    ['by the option', () => createCache({ memcache: { servers: proxy.address, environment: {} }, disabled: true })],
    ['by the option, with a client', () => createCache({ client, disabled: true })],
  ])('is switched off %s: no connection is opened, and every method always runs', async (_what, create) => {
    setDefaultCache(create());
    expect(await callAll()).toEqual([]);
    expect(await callAll()).toEqual([]);
    expect(proxy.accepted).toBe(0);
  });
});

function cycle(): object {
  const self: { itself?: object } = {};
  self.itself = self;
  return self;
}
