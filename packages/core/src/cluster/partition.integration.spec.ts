/** A partition heals, and nothing that was invalidated during it is ever seen again. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFaultProxy, startMemcached, type FaultProxy, type RealMemcached } from '@memkit/testing';
import type { Memcache } from '../memcache.js';
import type { FailoverPolicy } from '../options/memcache-options.js';
import { ClusterClients, keyOf, until } from './spec-support/cluster-clients.js';

let clients: ClusterClients;
let servers: RealMemcached[];
let gutter: RealMemcached;
let proxy: FaultProxy;
/** The first server behind its proxy, and the others. */
let addresses: string[];
/** Speaks to the first server without the proxy. */
let beside: Memcache;
let key: string;

beforeEach(async () => {
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  gutter = await startMemcached();
  proxy = await startFaultProxy(servers[0]?.port ?? 0);
  clients = new ClusterClients();
  addresses = [proxy.address, ...servers.slice(1).map(({ address }) => address)];
  beside = clients.create([servers[0]?.address ?? '']);
  key = keyOf(addresses, 0, 1);
});

afterEach(async () => {
  await clients.close();
  await proxy.stop();
  await Promise.all([...servers, gutter].map((server) => server.stop('SIGKILL')));
});

interface Partition {
  cut(): Promise<void>;
  heal(): Promise<void>;
}

const partitions: Readonly<Record<string, () => Partition>> = {
  'a cut connection': () => ({ cut: () => proxy.fault.set('refuse'), heal: () => proxy.fault.clear() }),
  'a connection that carries nothing': () => ({
    cut: () => proxy.fault.set('stall'),
    heal: () => proxy.fault.clear(),
  }),
  SIGSTOP: () => ({
    cut: () => Promise.resolve(servers[0]?.pause()),
    heal: () => Promise.resolve(servers[0]?.resume()),
  }),
};

const policies: Readonly<Record<string, () => FailoverPolicy>> = {
  none: () => 'none',
  next: () => 'next',
  gutter: () => ({ gutter: { servers: gutter.address } }),
};

/** Every way of the operation to end is fine here; what reads show afterwards is what counts. */
async function attempt(operation: Promise<unknown>): Promise<void> {
  await operation.catch(() => undefined);
}

/** What reads bring until the server itself has none of the given values. */
async function readUntilGone(memcache: Memcache, values: readonly unknown[]): Promise<unknown[]> {
  const seen: unknown[] = [];
  await until(async () => {
    await memcache.get(key).then(
      (value) => seen.push(value),
      () => undefined,
    );
    const left = await beside.get(key).catch(() => values[0]);
    return !values.includes(left);
  });
  return seen;
}

describe.each(Object.keys(policies))('failover %s', (policy) => {
  const client = (): Memcache => clients.create(addresses, { failover: policies[policy]?.() ?? 'none' });

  describe.each(Object.keys(partitions))('%s', (name) => {
    it('a delete › is done before the server is read again', async () => {
      const memcache = client();
      const partition = partitions[name]?.();
      await memcache.set(key, 'old');
      await partition?.cut();
      await attempt(memcache.delete(key));
      await partition?.heal();
      expect(await readUntilGone(memcache, ['old'])).not.toContain('old');
      expect(await memcache.get(key)).toBeUndefined();
    });

    it('a set › leaves nothing of the value before', async () => {
      const memcache = client();
      const partition = partitions[name]?.();
      await memcache.set(key, 'old');
      await partition?.cut();
      // More than it takes for the server to count as down.
      for (let tries = 0; tries < 4; tries += 1) await attempt(memcache.set(key, 'new'));
      await partition?.heal();
      expect(await readUntilGone(memcache, ['old'])).not.toContain('old');
    });

    it('an idle client › deletes by itself, so that other clients see nothing old either', async () => {
      const memcache = client();
      const partition = partitions[name]?.();
      await memcache.set(key, 'old');
      await partition?.cut();
      await attempt(memcache.delete(key));
      await partition?.heal();
      await until(async () => (await beside.get(key).catch(() => 'old')) === undefined);
    });
  });
});

describe.each(['next', 'gutter'])('failover %s', (policy) => {
  it('a second outage › shows nothing that was written elsewhere during the first', async () => {
    const memcache = clients.create(addresses, { failover: policies[policy]?.() ?? 'none' });
    const elsewhere = clients.create([policy === 'next' ? (addresses[1] ?? '') : gutter.address]);
    await proxy.fault.set('refuse');
    await memcache.set(key, 'first outage');
    expect(await elsewhere.get(key)).toBe('first outage');

    await proxy.fault.clear();
    await until(async () => {
      await memcache.set(key, 'between');
      return (await beside.get(key)) === 'between';
    });

    await proxy.fault.set('refuse');
    expect(await memcache.get(key)).toBeUndefined();
    expect(await elsewhere.get(key)).toBeUndefined();
  });
});

describe('failover none', () => {
  it('a set that fails › rejects, and a later one that works is not undone', async () => {
    const memcache = clients.create(addresses, { failover: 'none' });
    await memcache.set(key, 'old');
    await proxy.fault.set('refuse');
    await expect(memcache.set(key, 'lost')).rejects.toMatchObject({ server: proxy.address, retryable: true });
    await proxy.fault.clear();
    await until(() => memcache.set(key, 'new').catch(() => false));
    expect(await memcache.get(key)).toBe('new');
    // Whatever was still to be deleted has been by now.
    await memcache.version();
    expect(await beside.get(key)).toBe('new');
  });

  it('an increment that fails › loses no counter', async () => {
    const memcache = clients.create(addresses, { failover: 'none' });
    await memcache.set(key, 41);
    await proxy.fault.set('refuse');
    await expect(memcache.increment(key)).rejects.toMatchObject({ server: proxy.address });
    await proxy.fault.clear();
    await until(() => memcache.increment(key).then(Boolean, () => false));
    expect(await memcache.get(key)).toBe(42);
  });
});

describe('a pool of connections', () => {
  it('that is idle when its server is back › deletes on each of them', async () => {
    const memcache = clients.create([proxy.address], { pool: 4, failover: 'none' });
    const keys = Array.from({ length: 20 }, (_, at) => `key-${String(at)}`);
    await memcache.setMany(keys.map((one) => [one, 'old'] as const));
    await proxy.fault.set('refuse');
    await attempt(memcache.deleteMany(keys));
    await proxy.fault.clear();
    await until(() => [...memcache.servers().values()][0]?.pendingInvalidations === 0);
    await expect(beside.getMany(keys)).resolves.toEqual(new Map());
  });
});
