/** What a client does beside get, set, delete and counting; the same on every protocol. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from './memcache.js';
import type { CloseOptions } from './cache-client.js';
import type { MemcacheOptions } from './options/memcache-options.js';
import type { OperationMessage } from './telemetry/operation-channel.js';

let servers: RealMemcached[];
const clients: Memcache[] = [];

function client(options: MemcacheOptions): Memcache {
  const memcache = createMemcache({ timeout: '5s', ...options });
  clients.push(memcache);
  return memcache;
}

const addresses = (): string[] => servers.map(({ address }) => address);

beforeAll(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
});

afterAll(async () => {
  await Promise.all(clients.map((memcache) => memcache.close()));
  await Promise.all(servers.map((server) => server.stop()));
});

describe.each<[string, () => MemcacheOptions]>([
  ['three memcacheds, meta protocol', () => ({ servers: addresses(), protocol: 'meta' })],
  ['three memcacheds, text protocol', () => ({ servers: addresses(), protocol: 'text' })],
  ['three memcacheds, binary protocol', () => ({ servers: addresses(), protocol: 'binary' })],
  ['the embedded server', () => ({ environment: {} })],
])('on %s', (name, options) => {
  let memcache: Memcache;

  beforeAll(() => {
    memcache = client({ keyPrefix: `${name.replaceAll(/\W/g, '-')}:`, ...options() });
  });

  it('append and prepend › add text and bytes to what is there', async () => {
    await memcache.set('log', 'b');
    expect(await memcache.append('log', 'c')).toBe(true);
    expect(await memcache.prepend('log', Buffer.from('a'))).toBe(true);
    expect(await memcache.get('log')).toBe('abc');
  });

  it('append and prepend › are false when the key is absent', async () => {
    expect(await memcache.append('absent', 'x')).toBe(false);
    expect(await memcache.prepend('absent', 'x')).toBe(false);
  });

  it('append › refuses what is neither text nor bytes', async () => {
    await expect(memcache.append('log', 5 as unknown as string)).rejects.toMatchObject({
      code: 'MEMCACHE_NOT_SERIALIZABLE',
    });
  });

  it('getIfChanged › tells what is new since a CAS token', async () => {
    await memcache.set('prices', { ham: 3 });
    const copy = await memcache.gets('prices');
    expect(await memcache.getIfChanged('prices', copy?.cas ?? 0n)).toBe('unchanged');
    await memcache.set('prices', { ham: 4 });
    expect(await memcache.getIfChanged('prices', copy?.cas ?? 0n)).toMatchObject({ value: { ham: 4 } });
    expect(await memcache.getIfChanged('nobody', 1n)).toBeUndefined();
  });

  it('getIfChanged › takes a token for that of another value where it came over another connection', async () => {
    await memcache.set('prices', { ham: 5 });
    const copy = await memcache.getIfChanged('prices', 0n);
    if (copy === undefined || copy === 'unchanged') throw new TypeError('There is no item.');
    const { cas, connection } = copy;
    expect(await memcache.getIfChanged('prices', cas, { connection })).toBe('unchanged');
    expect(await memcache.getIfChanged('prices', cas, { connection: 0 })).toEqual(copy);
  });

  it('getIfChanged › takes a token of gets, and 0 for none', async () => {
    await memcache.set('prices', 'now');
    expect(await memcache.getIfChanged('prices', 0n)).toMatchObject({ value: 'now' });
    await expect(memcache.getIfChanged('prices', -1n)).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
  });

  it('getAndTouch › returns the value and moves its end', async () => {
    await memcache.set('session', { user: 42 }, { ttl: '100s' });
    expect(await memcache.getAndTouch('session', '1d')).toEqual({ user: 42 });
    expect(await memcache.getAndTouch('nobody', '1d')).toBeUndefined();
  });

  it('setMany, getMany and deleteMany › go through all servers at once', async () => {
    const items = new Map(Array.from({ length: 100 }, (_, at) => [`many:${String(at)}`, { at }] as const));
    const stored = await memcache.setMany(items, { ttl: '10m' });
    expect([...stored]).toEqual([...items.keys()].map((key) => [key, true]));
    expect(await memcache.getMany([...items.keys()])).toEqual(items);
    const deleted = await memcache.deleteMany(['many:0', 'nobody', 'many:99', 'many:0']);
    expect([...deleted]).toEqual([
      ['many:0', true],
      ['nobody', false],
      ['many:99', true],
    ]);
    expect(await memcache.getMany(['many:0', 'many:1', 'many:99'])).toEqual(new Map([['many:1', { at: 1 }]]));
  });

  it('setMany › takes an object, pairs, and nothing', async () => {
    expect(await memcache.setMany({ one: 1 })).toEqual(new Map([['one', true]]));
    expect(await memcache.setMany([['two', 2]])).toEqual(new Map([['two', true]]));
    expect(await memcache.setMany([])).toEqual(new Map());
    expect(await memcache.getMany(['one', 'two'])).toEqual(
      new Map([
        ['one', 1],
        ['two', 2],
      ]),
    );
  });

  it('setMany › stores nothing when one key or value cannot be stored', async () => {
    await expect(memcache.setMany({ fine: 1, 'not fine': 2 })).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_KEY' });
    await expect(memcache.setMany({ fine: 1, bad: undefined })).rejects.toMatchObject({
      code: 'MEMCACHE_NOT_SERIALIZABLE',
    });
    expect(await memcache.get('fine')).toBeUndefined();
  });

  it('set › stores flags of the caller, which gets returns with the bytes', async () => {
    await memcache.set('flagged', 'text', { flags: 0xffff });
    expect(await memcache.gets('flagged')).toMatchObject({ flags: 0xffff, value: Buffer.from('text') });
  });

  it('increment › starts a counter that get reads as a number', async () => {
    await memcache.delete('visits');
    expect(await memcache.increment('visits')).toBeUndefined();
    expect(await memcache.increment('visits', 5, { initial: 100 })).toBe(100);
    expect(await memcache.increment('visits', 5, { initial: 100 })).toBe(105);
    expect(await memcache.decrement('visits', 100)).toBe(5);
    expect(await memcache.get('visits')).toBe(5);
  });

  it('signal › rejects with its reason, before and after the request was sent', async () => {
    await expect(memcache.get('k', { signal: AbortSignal.abort() })).rejects.toMatchObject({ name: 'AbortError' });
    const controller = new AbortController();
    const calls = [
      memcache.get('k', { signal: controller.signal }),
      memcache.getMany(['a', 'b', 'c'], { signal: controller.signal }),
      memcache.set('aborted', 1, { signal: controller.signal }),
      memcache.setMany({ x: 1 }, { signal: controller.signal }),
      memcache.deleteMany(['x'], { signal: controller.signal }),
      memcache.increment('visits', 1, { signal: controller.signal }),
      memcache.stats('', { signal: controller.signal }),
    ];
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    for (const outcome of await Promise.allSettled(calls)) expect(outcome).toEqual({ status: 'rejected', reason });
    expect(await memcache.get('k')).toBeUndefined();
  });

  it('calls on one key keep their order while a large value is packed', async () => {
    const large = 'large '.repeat(100_000);
    const calls = [
      memcache.set('order', large),
      memcache.get('order'),
      memcache.set('order', 'small'),
      memcache.getMany(['order', 'other']),
      memcache.set('order', large),
      memcache.delete('order'),
      memcache.get('order'),
    ];
    expect(await Promise.all(calls)).toEqual([true, large, true, new Map([['order', 'small']]), true, true, undefined]);
  });

  it('servers › counts what went to each server', async () => {
    await memcache.set('counted', 1);
    const before = memcache.servers();
    await memcache.get('counted');
    const after = memcache.servers();
    const sum = (reports: typeof after, field: 'requests' | 'replies' | 'bytesRead' | 'bytesWritten') =>
      [...reports.values()].reduce((total, report) => total + report[field], 0);
    expect(sum(after, 'requests') - sum(before, 'requests')).toBe(1);
    expect(sum(after, 'replies') - sum(before, 'replies')).toBe(1);
    expect(sum(after, 'bytesRead')).toBeGreaterThan(sum(before, 'bytesRead'));
    expect(sum(after, 'bytesWritten')).toBeGreaterThan(sum(before, 'bytesWritten'));
    expect(
      [...after.values()].every(({ isDown, pending, queuedBytes }) => !isDown && pending + queuedBytes === 0),
    ).toBe(true);
  });
});

describe('memkit:core:operation', () => {
  const seen: [string, OperationMessage][] = [];
  const listeners = new Map<string, (message: unknown) => void>();

  beforeAll(() => {
    for (const step of ['start', 'end', 'asyncStart', 'asyncEnd', 'error']) {
      const listener = (message: unknown): void => {
        seen.push([step, { ...(message as OperationMessage) }]);
      };
      listeners.set(`tracing:memkit:core:operation:${step}`, listener);
      subscribe(`tracing:memkit:core:operation:${step}`, listener);
    }
  });

  afterAll(() => {
    for (const [name, listener] of listeners) unsubscribe(name, listener);
  });

  it('tells of a call that goes well, without its value', async () => {
    const [server] = servers;
    const memcache = client({ servers: server?.address ?? '', keyPrefix: 'traced:' });
    await memcache.set('user:42', 'secret-value');
    seen.length = 0;
    expect(await memcache.get('user:42')).toBe('secret-value');
    expect(seen.map(([step]) => step)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(seen.at(-1)?.[1]).toEqual({
      command: 'get',
      key: 'user:42',
      keyCount: 1,
      server: server?.address,
      hits: 1,
    });
    expect(JSON.stringify(seen)).not.toContain('secret-value');
    await memcache.getMany(['user:42', 'user:43']);
    expect(seen.at(-1)?.[1]).toMatchObject({ command: 'getMany', keyCount: 2, hits: 1 });
    await memcache.get('nobody');
    expect(seen.at(-1)?.[1]).toMatchObject({ command: 'get', hits: 0 });
  });

  it('tells of stores, each by its name, and takes their options as ever', async () => {
    const [server] = servers;
    const memcache = client({ servers: server?.address ?? '', keyPrefix: 'traced:' });
    await memcache.set('stored', 'text', { flags: 7 });
    expect(seen.at(-1)?.[1]).toMatchObject({ command: 'set', key: 'stored', keyCount: 1, hits: 1 });
    expect(await memcache.gets('stored')).toMatchObject({ value: Buffer.from('text'), flags: 7 });
    expect(await memcache.add('stored', 'other')).toBe(false);
    expect(seen.at(-1)?.[1]).toMatchObject({ command: 'add', key: 'stored', hits: 0 });
    await memcache.set('stored', 'text', { ttl: 'soon' as never }).catch(() => undefined);
    expect(seen.at(-1)?.[1]).toMatchObject({ command: 'set', error: { code: 'MEMCACHE_INVALID_TTL' } });
  });

  it('tells of a call that fails, and of a bad argument', async () => {
    const memcache = client({ servers: '127.0.0.1:1' });
    seen.length = 0;
    const error: unknown = await memcache.get('k').catch((reason: unknown) => reason);
    expect(seen.map(([step]) => step)).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
    expect(seen.at(-1)?.[1].error).toBe(error);
    await memcache.get('a b').catch(() => undefined);
    expect(seen.at(-1)?.[1].error).toMatchObject({ code: 'MEMCACHE_INVALID_KEY' });
  });
});

describe('setServers', () => {
  it('moves to other servers without losing a call that is under way', async () => {
    const [first, second] = servers;
    const memcache = client({ servers: first?.address ?? '' });
    await memcache.set('moved', 'there');
    const underWay = Array.from({ length: 50 }, () => memcache.get('moved'));
    await memcache.setServers(second?.address ?? '');
    expect(await Promise.all(underWay)).toEqual(Array.from({ length: 50 }, () => 'there'));
    expect(await memcache.get('moved')).toBeUndefined();
    expect([...memcache.servers().keys()]).toEqual([second?.address]);
    expect(memcache.explain().servers).toEqual([second?.address]);
  });

  it('leaves the embedded server for a real one', async () => {
    const [first] = servers;
    const memcache = client({ environment: {}, keyPrefix: 'left:' });
    await memcache.set('k', 'embedded');
    await memcache.setServers(first?.address ?? '');
    expect(await memcache.get('k')).toBeUndefined();
    expect([...(await memcache.version()).keys()]).toEqual([first?.address]);
  });

  it('refuses a list that cannot be read, and keeps the old one', async () => {
    const [first] = servers;
    const memcache = client({ servers: first?.address ?? '' });
    await expect(memcache.setServers('redis://h:1')).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
    expect([...memcache.servers().keys()]).toEqual([first?.address]);
  });
});

describe('close', () => {
  it('waits for calls that are under way as long as it is told, and refuses later ones', async () => {
    const [server] = servers;
    const memcache = client({ servers: server?.address ?? '' });
    await memcache.get('k');
    server?.pause();
    const call = memcache.get('k');
    const closing = memcache.close({ drain: '4s' });
    await expect(memcache.get('k')).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
    server?.resume();
    expect(await call).toBeUndefined();
    await closing;
  });

  it.each([
    [{ drain: 5 }, 'drain 5 is ambiguous'],
    [{ drian: '5s' }, 'Did you mean "drain"?'],
    [5, 'the parameter "options" is a number'],
  ])('rejects options it cannot use, and the client stays open (%j)', async (options, message) => {
    const memcache = client({ servers: servers[0]?.address ?? '' });
    const outcome = Promise.resolve().then(() => memcache.close(options as CloseOptions));
    await expect(outcome).rejects.toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringContaining(message),
    });
    expect(await memcache.get('k')).toBeUndefined();
  });

  it('gives a promise for whatever it is told', async () => {
    const memcache = client({ servers: servers[0]?.address ?? '' });
    await expect(memcache.close({ drain: '0s' })).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_OPTION' });
  });

  it('rejects what is unanswered when the time is over', async () => {
    const [server] = servers;
    const memcache = client({ servers: server?.address ?? '' });
    await memcache.get('k');
    server?.pause();
    try {
      const call = memcache.get('k');
      const [outcome] = await Promise.allSettled([call, memcache.close({ drain: '20ms' })]);
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'MEMCACHE_CLIENT_CLOSED' } });
    } finally {
      server?.resume();
    }
  });
});
