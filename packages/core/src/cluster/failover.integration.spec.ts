import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { PartialFailureError } from '@memkit/protocol';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';
import type { MemcacheOptions } from '../options/memcache-options.js';
import type { WarningMessage } from '../telemetry/channels.js';
import { createRing } from './key-ring.js';

const keys = Array.from({ length: 40 }, (_, at) => `key-${String(at)}`);

let servers: RealMemcached[];
let clients: Memcache[];
let warnings: WarningMessage[];

function listen(message: unknown): void {
  warnings.push(message as WarningMessage);
}

beforeEach(async () => {
  servers = await Promise.all([startMemcached(), startMemcached()]);
  clients = [];
  warnings = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(async () => {
  unsubscribe('memkit:core:warning', listen);
  await Promise.all(clients.map((memcache) => memcache.close()));
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
});

function client(options: MemcacheOptions = {}): Memcache {
  const memcache = createMemcache({
    servers: servers.map(({ address }) => address),
    timeout: '5s',
    reconnect: { initialDelay: '1ms', maxDelay: '20ms' },
    ...options,
  });
  clients.push(memcache);
  return memcache;
}

/** The keys of the first and of the second server. */
function ownedKeys(): [string[], string[]] {
  const ring = createRing(
    'ketama',
    servers.map(({ port }) => ({ host: '127.0.0.1', port, weight: 1 })),
  );
  return [keys.filter((key) => ring.owner(key) === 0), keys.filter((key) => ring.owner(key) === 1)];
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe('several servers', () => {
  it('hold the keys that the ring gives them', async () => {
    const memcache = client();
    await Promise.all(keys.map((key) => memcache.set(key, key)));
    const [first, second] = ownedKeys();
    const counts = [...(await memcache.stats()).values()].map((stats) => Number(stats['curr_items']));
    expect(counts).toEqual([first.length, second.length]);
    expect([...(await memcache.getMany(keys)).keys()]).toEqual(keys);
  });

  it('get more keys the more they weigh', async () => {
    const [light, heavy] = servers.map(({ address }) => address);
    const memcache = client({ servers: `${String(light)}:1,${String(heavy)}:9` });
    await Promise.all(keys.map((key) => memcache.set(key, key)));
    const [few = 0, many = 0] = [...(await memcache.stats()).values()].map((stats) => Number(stats['curr_items']));
    expect(many).toBeGreaterThan(2 * few);
  });

  it('next › takes the keys of a killed server over, and gives them back once it runs again', async () => {
    const memcache = client();
    await Promise.all(keys.map((key) => memcache.set(key, 1)));
    const [orphans, others] = ownedKeys();
    await servers[0]?.stop('SIGKILL');

    for (const key of keys) expect(await memcache.set(key, 2)).toBe(true);
    expect([...(await memcache.getMany(keys)).values()]).toEqual(keys.map(() => 2));
    expect(warnings.map(({ event }) => event)).toContain('server-down');

    await servers[0]?.restart();
    await until(async () => {
      await memcache.get(orphans[0] ?? '');
      return warnings.some(({ event }) => event === 'server-up');
    });
    expect(await memcache.get(orphans[0] ?? '')).toBeUndefined();
    expect(await memcache.get(others[0] ?? '')).toBe(2);
  });

  it('next › never counts twice: an increment moves on only when nothing was written', async () => {
    const memcache = client();
    const [[orphan = '']] = ownedKeys();
    await servers[0]?.stop('SIGKILL');
    expect(await memcache.increment(orphan, 1, { initial: 10 })).toBe(10);
    expect(await memcache.increment(orphan)).toBe(11);
  });

  it('next › takes over from a server that answers nothing after three missed deadlines', async () => {
    const memcache = client({ timeout: '100ms' });
    const [[orphan = '']] = ownedKeys();
    await memcache.set(orphan, 1, { timeout: '5s' });
    servers[0]?.pause();
    for (let tries = 0; tries < 3; tries += 1) {
      await expect(memcache.set(orphan, 2)).rejects.toMatchObject({ retryable: true, server: servers[0]?.address });
    }
    expect(warnings).toMatchObject([{ event: 'server-down', server: servers[0]?.address }]);
    expect(await memcache.set(orphan, 2, { timeout: '5s' })).toBe(true);
    servers[0]?.resume();
  });

  it("next › does not blame a server for deadlines shorter than the client's", async () => {
    const memcache = client();
    const [[orphan = '']] = ownedKeys();
    await memcache.set(orphan, 1);
    servers[0]?.pause();
    for (let tries = 0; tries < 4; tries += 1) {
      await expect(memcache.get(orphan, { timeout: '5ms' })).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
    }
    servers[0]?.resume();
    expect(warnings).toEqual([]);
    expect(await memcache.get(orphan)).toBe(1);
  });

  it('none › fails the keys of a killed server and serves the others', async () => {
    const memcache = client({ failover: 'none' });
    await Promise.all(keys.map((key) => memcache.set(key, 1)));
    const [orphans, others] = ownedKeys();
    await servers[0]?.stop('SIGKILL');
    await expect(memcache.set(orphans[0] ?? '', 2)).rejects.toMatchObject({
      code: expect.stringMatching(/^MEMCACHE_CONNECT/),
      server: servers[0]?.address,
    });
    expect(await memcache.get(others[0] ?? '')).toBe(1);
  });

  it('none › getMany carries what the healthy server answered and why the rest failed', async () => {
    const memcache = client({ failover: 'none' });
    await Promise.all(keys.map((key) => memcache.set(key, 1)));
    const [orphans, others] = ownedKeys();
    await servers[0]?.stop('SIGKILL');
    const error: unknown = await memcache.getMany(keys).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PartialFailureError);
    const { values, failures, message } = error as PartialFailureError;
    expect([...values.keys()]).toEqual(others);
    expect([...failures.keys()].sort()).toEqual([...orphans].sort());
    expect(message).toMatch(new RegExp(`^Cannot get all keys: ${String(orphans.length)} of 40 keys failed`));
  });

  it('all down › rejects with NO_SERVER_AVAILABLE, the list and the remedy', async () => {
    const memcache = client();
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
    await expect(memcache.get('key')).rejects.toMatchObject({
      code: 'MEMCACHE_NO_SERVER_AVAILABLE',
      key: 'key',
      retryable: true,
      message:
        `Cannot get key "key": all 2 servers are down (${servers.map(({ address }) => address).join(', ')}). ` +
        'Check the servers; the client probes them and recovers by itself.',
    });
  });

  it('version › says which server failed and what the other answered', async () => {
    const memcache = client();
    await servers[0]?.stop('SIGKILL');
    const error: unknown = await memcache.version().catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'MEMCACHE_PARTIAL_FAILURE' });
    const { values, failures } = error as PartialFailureError;
    expect([...values.keys()]).toEqual([servers[1]?.address]);
    expect([...failures.keys()]).toEqual([servers[0]?.address]);
  });
});

describe('a single server', () => {
  it('that was restarted › is used again by the same client', async () => {
    const memcache = client({ servers: servers[0]?.address ?? '' });
    await memcache.set('key', 1);
    await servers[0]?.stop('SIGKILL');
    await expect(memcache.set('key', 2)).rejects.toMatchObject({ server: servers[0]?.address, retryable: true });
    await servers[0]?.restart();
    await until(() => memcache.set('key', 3).catch(() => false));
    expect(await memcache.get('key')).toBe(3);
  });

  it('that stops answering › rejects at the deadline of the operation', async () => {
    const memcache = client({ servers: servers[0]?.address ?? '' });
    await memcache.set('key', 1);
    servers[0]?.pause();
    await expect(memcache.get('key', { timeout: '30ms' })).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      key: 'key',
      server: servers[0]?.address,
    });
    servers[0]?.resume();
    await until(() =>
      memcache.get('key').then(
        (value) => value === 1,
        () => false,
      ),
    );
  });
});
