/** Health, gutter and replicas against real servers. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PartialFailureError, isMemcacheError } from '@memkit/protocol';
import { startFaultProxy, startMemcached, type FaultProxy, type RealMemcached } from '@memkit/testing';
import type { Memcache } from '../memcache.js';
import type { Ttl } from '../options/duration.js';
import { ClusterClients, keyOf, keysOf, until } from './spec-support/cluster-clients.js';
import { rawCommand } from './spec-support/raw-command.js';

let clients: ClusterClients;
let servers: RealMemcached[];
let addresses: string[];

beforeEach(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  addresses = servers.map(({ address }) => address);
  clients = new ClusterClients();
});

afterEach(async () => {
  await clients.close();
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
});

/** A client of one server alone. */
function beside(place: number): Memcache {
  return clients.create([addresses[place] ?? '']);
}

describe('many keys', () => {
  it.each<[string, (memcache: Memcache, keys: string[]) => Promise<unknown>, boolean]>([
    ['getMany', (memcache, keys) => memcache.getMany(keys), true],
    ['setMany', (memcache, keys) => memcache.setMany(new Map(keys.map((key) => [key, 2]))), false],
    ['deleteMany', (memcache, keys) => memcache.deleteMany(keys), false],
  ])('%s › names exactly the keys of a server that hangs, and tells about the others', async (_, call, hasValues) => {
    const memcache = clients.create(addresses, { failover: 'none' });
    const [orphans, others] = [keysOf(addresses, 0), [...keysOf(addresses, 1), ...keysOf(addresses, 2)]];
    const keys = [...orphans, ...others];
    await memcache.setMany(new Map(keys.map((key) => [key, 1])));
    servers[0]?.pause();
    const error: unknown = await call(memcache, keys).catch((reason: unknown) => reason);
    servers[0]?.resume();
    expect(error).toBeInstanceOf(PartialFailureError);
    const { failures, values } = error as PartialFailureError;
    expect([...failures.keys()].sort()).toEqual([...orphans].sort());
    if (hasValues) expect([...values].sort()).toEqual(others.map((key) => [key, 1]).sort());
    expect([...failures.values()].map(({ code, server }) => `${code} ${String(server)}`)).toEqual(
      orphans.map(() => `MEMCACHE_TIMEOUT ${String(addresses[0])}`),
    );
  });
});

describe('health', () => {
  let proxy: FaultProxy | undefined;

  afterEach(async () => {
    await proxy?.stop();
    proxy = undefined;
  });

  it('a server that is back › is noticed without any request for it', async () => {
    const memcache = clients.create(addresses);
    const key = keyOf(addresses, 0);
    await servers[0]?.stop('SIGKILL');
    for (let tries = 0; tries < 2; tries += 1) await memcache.get(key);
    expect(clients.serversOf('server-down')).toEqual([addresses[0]]);
    await servers[0]?.restart();
    await until(() => clients.serversOf('server-up').length > 0);
    expect(clients.serversOf('server-up')).toEqual([addresses[0]]);
    await memcache.set(key, 1);
    expect(await beside(0).get(key)).toBe(1);
  });

  it('a server that hangs › costs a few operations their time, and the others none', async () => {
    const memcache = clients.create(addresses);
    const key = keyOf(addresses, 0);
    await memcache.set(key, 1);
    servers[0]?.pause();
    const outcomes: unknown[] = [];
    for (let tries = 0; tries < 6; tries += 1) {
      outcomes.push(
        await memcache.get(key).then(
          () => 'answered',
          (error: unknown) => (isMemcacheError(error) ? error.code : error),
        ),
      );
    }
    servers[0]?.resume();
    expect(outcomes).toEqual(['MEMCACHE_TIMEOUT', 'MEMCACHE_TIMEOUT', ...Array<string>(4).fill('answered')]);
  });

  it('health.failures › decides how many failures take a server down', async () => {
    const memcache = clients.create(addresses, { health: { failures: 5 } });
    await servers[0]?.stop('SIGKILL');
    const key = keyOf(addresses, 0);
    for (let tries = 0; tries < 4; tries += 1) await memcache.get(key);
    expect(clients.serversOf('server-down')).toEqual([]);
    await memcache.get(key);
    expect(clients.serversOf('server-down')).toEqual([addresses[0]]);
  });

  it('health.downTime › decides when a server is asked again', async () => {
    const memcache = clients.create(addresses, { health: { failures: 1, downTime: '1h' } });
    const key = keyOf(addresses, 0);
    await servers[0]?.stop('SIGKILL');
    await memcache.set(key, 1);
    await servers[0]?.restart();
    // With the downTime of the other clients here it would be up by then.
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(clients.serversOf('server-up')).toEqual([]);
    expect(await memcache.get(key)).toBe(1);
  });

  it('one lost connection › is one failure, whatever was on it', async () => {
    const cut = (proxy = await startFaultProxy(servers[0]?.port ?? 0));
    const behind = [cut.address, ...addresses.slice(1)];
    const memcache = clients.create(behind, { health: { failures: 3 } });
    const keys = keysOf(behind, 0);
    await Promise.all(keys.map((key) => memcache.set(key, 1)));
    servers[0]?.pause();
    const reading = Promise.all(keys.map((key) => memcache.get(key, { timeout: '5s' })));
    await until(() => (memcache.servers().get(cut.address)?.pending ?? 0) === keys.length);
    cut.redirect(servers[0]?.port ?? 0);
    servers[0]?.resume();
    expect(await reading).toEqual(keys.map(() => 1));
    expect(clients.serversOf('server-down')).toEqual([]);
  });

  it('error replies › never take a server down', async () => {
    const memcache = clients.create(addresses);
    const key = keyOf(addresses, 0);
    await memcache.set(key, 'no number');
    for (let tries = 0; tries < 4; tries += 1) {
      await expect(memcache.increment(key)).rejects.toMatchObject({ code: 'MEMCACHE_NOT_A_NUMBER' });
    }
    expect(clients.warnings).toEqual([]);
  });
});

describe('gutter', () => {
  let gutter: RealMemcached;

  beforeEach(async () => {
    gutter = await startMemcached();
  });

  afterEach(async () => {
    await gutter.stop('SIGKILL');
  });

  function client(ttl: Ttl): Memcache {
    return clients.create(addresses, { failover: { gutter: { servers: gutter.address, ttl } } });
  }

  it('takes the keys of a dead server for a short time, and nothing else', async () => {
    const memcache = client('1s');
    const [orphan, other] = [keyOf(addresses, 0), keyOf(addresses, 1)];
    await memcache.set(orphan, 'at home');
    const spare = clients.create([gutter.address]);
    expect((await spare.stats()).get(gutter.address)?.['cmd_set']).toBe('0');

    await servers[0]?.stop('SIGKILL');
    for (const key of [orphan, other]) expect(await memcache.set(key, 'away', { ttl: 'forever' })).toBe(true);
    expect(await memcache.get(orphan)).toBe('away');
    expect([...(await spare.getMany([orphan, other])).keys()]).toEqual([orphan]);
    expect(clients.serversOf('gutter')).toEqual([gutter.address, gutter.address]);
    await until(async () => (await memcache.get(orphan)) === undefined);
  });

  it('gutter.ttl › is the longest life of an item there', async () => {
    const memcache = client('1h');
    const key = keyOf(addresses, 0);
    await servers[0]?.stop('SIGKILL');
    await memcache.set(key, 1, { ttl: '40d' });
    const stored = await rawCommand(gutter.port, `mg ${key} t\r\n`);
    const seconds = Number(/^HD t(\d+)/.exec(stored)?.[1]);
    expect(seconds).toBeGreaterThan(3590);
    expect(seconds).toBeLessThanOrEqual(3600);
  });
});

describe('replicas', () => {
  it('after the owner died › the next server shows what was stored', async () => {
    const memcache = clients.create(addresses, { replicas: 1, failover: 'none' });
    const keys = keysOf(addresses, 0);
    await memcache.setMany(new Map(keys.map((key) => [key, key])));
    await servers[0]?.stop('SIGKILL');
    await memcache.get(keys[0] ?? '');
    await memcache.get(keys[0] ?? '');
    expect([...(await memcache.getMany(keys)).values()]).toEqual(keys);
  });

  it('hold what was stored, and nothing that was changed or deleted', async () => {
    const memcache = clients.create(addresses, { replicas: 2 });
    const key = keyOf(addresses, 0, 1, 2);
    const shown = (): Promise<unknown[]> => Promise.all([0, 1, 2].map((place) => beside(place).get(key)));
    await memcache.set(key, 1);
    expect(await shown()).toEqual([1, 1, 1]);
    await memcache.increment(key);
    expect(await shown()).toEqual([2, undefined, undefined]);
    expect(await memcache.add(key, 5)).toBe(false);
    expect(await shown()).toEqual([2, undefined, undefined]);
    const { cas = 0n } = (await memcache.gets(key)) ?? {};
    expect(await memcache.set(key, 3, { cas })).toBe(true);
    expect(await shown()).toEqual([3, 3, 3]);
    await memcache.delete(key);
    expect(await shown()).toEqual([undefined, undefined, undefined]);
  });

  it('a dead replica › fails no write and shows nothing old when it is back', async () => {
    const memcache = clients.create(addresses, { replicas: 1 });
    const key = keyOf(addresses, 0, 1);
    await memcache.set(key, 'old');
    servers[1]?.pause();
    expect(await memcache.set(key, 'new')).toBe(true);
    expect(clients.serversOf('replica-failed')).toEqual([addresses[1]]);
    servers[1]?.resume();
    await until(
      async () =>
        (await beside(1)
          .get(key)
          .catch(() => 'old')) !== 'old',
    );
  });

  it('a write that was aborted on its way › leaves no old copy behind', async () => {
    const memcache = clients.create(addresses, { replicas: 1, timeout: '5s' });
    const key = keyOf(addresses, 0, 1);
    await memcache.set(key, 'old');
    const before = memcache.servers().get(addresses[0] ?? '')?.bytesWritten ?? 0;
    servers[0]?.pause();
    const controller = new AbortController();
    const writing = memcache.set(key, 'new', { signal: controller.signal });
    await until(() => (memcache.servers().get(addresses[0] ?? '')?.bytesWritten ?? 0) > before);
    controller.abort(new Error('the visitor left'));
    await expect(writing).rejects.toThrow('the visitor left');
    servers[0]?.resume();
    await until(async () => (await beside(0).get(key)) === 'new');
    await servers[0]?.stop('SIGKILL');
    await until(async () => (await memcache.get(key)) === undefined);
  });
});
