import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import {
  refusedAddress,
  startMemcached,
  startScriptedServer,
  type RealMemcached,
  type ScriptedServer,
} from '@memkit/testing';
import type { CacheOptions } from '../engine/cache-options.js';
import { createCache } from '../engine/create-cache.js';
import { embeddedMemcache, setStage, type Stage } from '../spec-support/stage.js';

describe('a scope', () => {
  let memcache: Memcache;
  beforeAll(() => {
    memcache = embeddedMemcache();
  });
  afterAll(() => memcache.close());

  const read = ({ cache }: Stage, value: unknown = 1) => cache.read('k', () => value);

  it('reads each key once, whatever other requests and processes do', async () => {
    const stage = setStage(memcache);
    const { cache, client, otherProcess } = stage;
    await cache.set('k', 'first');
    await cache.scope(async () => {
      expect(await read(stage)).toMatchObject({ value: 'first', source: 'memcache' });
      await otherProcess().set('k', 'second');
      client.commands.length = 0;
      expect(await read(stage)).toMatchObject({ value: 'first', outcome: 'hit', source: 'scope' });
      expect(await cache.get('k')).toBe('first');
      expect(await cache.getOrLoadMany(['k'], String, () => new Map())).toEqual(['first']);
      expect(client.commands).toEqual([]);
    });
    expect(await cache.get('k')).toBe('second');
  });

  it.each<[string, (cache: Stage['cache']) => Promise<unknown>]>([
    ['set', (cache) => cache.set('k', 'new')],
    ['touch', (cache) => cache.touch('k')],
    ['delete', (cache) => cache.delete('k')],
    ['invalidateTags', (cache) => cache.invalidateTags('t')],
    ['clear', (cache) => cache.clear()],
  ])('sees what it changes itself with %s', async (_name, change) => {
    const stage = setStage(memcache);
    const { cache, otherProcess } = stage;
    await cache.set('k', 'old', { tags: ['t'] });
    await cache.scope(async () => {
      await read(stage);
      await otherProcess().set('k', 'theirs', { tags: ['t'] });
      await change(cache);
      expect((await read(stage, 'loaded')).value).not.toBe('old');
    });
  });

  it('remembers what a loader said, also that there is nothing, but not that it failed', async () => {
    const stage = setStage(memcache);
    await stage.cache.scope(async () => {
      await expect(stage.cache.read('k', () => Promise.reject(new RangeError('down')))).rejects.toThrow('down');
      const none = await stage.cache.read('k', () => undefined);
      expect(none).toMatchObject({ value: undefined, outcome: 'miss' });
      expect(await read(stage, 2)).toMatchObject({ value: undefined, source: 'scope' });
    });
  });

  it('is one scope inside another, and none of another request', async () => {
    const stage = setStage(memcache);
    await stage.cache.scope(async () => {
      await read(stage);
      expect(await stage.cache.scope(() => read(stage))).toMatchObject({ source: 'scope' });
    });
    expect(await stage.cache.scope(() => read(stage))).toMatchObject({ source: 'memcache' });
  });

  it('keeps namespaces and caches apart', async () => {
    const stage = setStage(memcache);
    const other = stage.cache.with({ namespace: `${stage.cache.namespace}-other` });
    await stage.cache.scope(async () => {
      await read(stage, 'mine');
      expect(await other.getOrLoad('k', () => 'theirs')).toBe('theirs');
      expect((await stage.otherProcess().read('k', () => 0)).source).toBe('memcache');
    });
  });

  it("a caller's signal ends its own read and nobody else's", async () => {
    const stage = setStage(memcache);
    const controller = new AbortController();
    await stage.cache.scope(async () => {
      const aborted = stage.cache.read('k', () => new Promise<number>(() => undefined), { signal: controller.signal });
      controller.abort(new RangeError('enough'));
      await expect(aborted).rejects.toThrow('enough');
      expect(await read(stage)).toMatchObject({ value: 1 });
    });
  });

  it('goes to memcached for a read with near: false', async () => {
    const stage = setStage(memcache);
    await stage.cache.scope(async () => {
      await read(stage);
      expect(await stage.cache.read('k', () => 0, { near: false })).toMatchObject({ source: 'memcache' });
    });
  });

  it.each<[string, CacheOptions, (work: () => Promise<void>, stage: Stage) => Promise<void>]>([
    ['in a scope', {}, (work, { cache }) => cache.scope(work)],
    ["with the option 'batch'", { batch: true }, (work) => work()],
  ])('collects the reads of a tick into one multi-get, %s', async (_where, options, within) => {
    const stage = setStage(memcache, options);
    const { cache, client } = stage;
    await Promise.all(Array.from({ length: 50 }, (_, at) => cache.set(String(at), at)));
    client.commands.length = 0;
    await within(async () => {
      const early = Array.from({ length: 25 }, (_, at) => cache.getOrLoad(String(at), () => -1));
      // Who awaited something is still in time.
      await Promise.resolve();
      const late = Array.from({ length: 25 }, (_, at) => cache.get(String(25 + at)));
      expect(await Promise.all([...early, ...late])).toEqual(Array.from({ length: 50 }, (_, at) => at));
    }, stage);
    expect(client.commands.map(([command, keys]) => [command, keys.length])).toEqual([['getMany', 51]]);
  });

  it("refuses a 'batch' that is neither true nor false", () => {
    expect(() => createCache({ client: memcache, batch: 'yes' as unknown as boolean })).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message: expect.stringContaining('"batch"') }),
    );
  });

  it('does not collect outside of scopes without the option', async () => {
    const { cache, client } = setStage(memcache);
    await Promise.all([cache.get('a'), cache.get('b')]);
    expect(client.count('getMany')).toBe(2);
  });
});

describe('on a real memcached, reads of one tick', () => {
  const requests: string[] = [];
  let server: RealMemcached;
  let between: ScriptedServer;
  let client: Memcache;
  beforeAll(async () => {
    server = await startMemcached();
    between = await startScriptedServer((socket) => {
      const upstream = connect({ port: server.port, host: '127.0.0.1', noDelay: true });
      socket.on('data', (bytes) => {
        requests.push(bytes.toString('latin1'));
        upstream.write(bytes);
      });
      upstream.on('data', (bytes) => socket.write(bytes));
    });
    client = createMemcache({ servers: between.address, environment: {} });
  });
  afterAll(async () => {
    await client.close();
    await between.stop();
    await server.stop();
  });

  it('are one command in one packet', async () => {
    const cache = createCache({ client, namespace: 'real' });
    const numbers = Array.from({ length: 50 }, (_, at) => at);
    await Promise.all(numbers.map((at) => cache.set(String(at), at)));
    requests.length = 0;
    const values = await cache.scope(() => Promise.all(numbers.map((at) => cache.getOrLoad(String(at), () => -1))));
    expect(values).toEqual(numbers);
    const names = ['real:@all', ...numbers.map((at) => `real:${String(at)}`)];
    expect(requests).toEqual([`get ${names.join(' ')}\r\n`]);
  });

  it('fail only when their own server does', async () => {
    const servers = [server.address, await refusedAddress()];
    const two = createMemcache({ servers, environment: {}, failover: 'none' });
    try {
      // Which names are on the server that is up.
      const isUp = async (name: string): Promise<boolean> => two.set(name, 'token').catch(() => false);
      const spaces = Array.from({ length: 20 }, (_, at) => `space-${String(at)}`);
      const up = await Promise.all(spaces.map((space) => isUp(`${space}:@all`)));
      const namespace = spaces[up.indexOf(true)] ?? '';
      const cache = createCache({ client: two, namespace, whenUnavailable: 'throw' });
      const keys = Array.from({ length: 20 }, (_, at) => String(at));
      const expected = await Promise.all(keys.map((key) => isUp(`${namespace}:${key}`)));
      expect(new Set(expected)).toEqual(new Set([true, false]));
      const reads = await cache.scope(() => Promise.allSettled(keys.map((key) => cache.get(key))));
      expect(reads.map(({ status }) => status === 'fulfilled')).toEqual(expected);
    } finally {
      await two.close();
    }
  });
});
