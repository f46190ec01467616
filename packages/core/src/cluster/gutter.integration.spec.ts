/** The gutter beside servers that are in the ring too, and beside servers that are found by discovery. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMemcached, startScriptedServer, type RealMemcached } from '@memkit/testing';
import type { Memcache } from '../memcache.js';
import { ClusterClients, keyOf, keysOf, until } from './spec-support/cluster-clients.js';
import { rawCommand } from './spec-support/raw-command.js';

let clients: ClusterClients;
let servers: RealMemcached[];
let addresses: string[];

beforeEach(async () => {
  clients = new ClusterClients();
  servers = await Promise.all([startMemcached(), startMemcached(), startMemcached()]);
  addresses = servers.map(({ address }) => address);
});

afterEach(async () => {
  await clients.close();
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
});

const isUp = (memcache: Memcache): boolean => [...memcache.servers().values()].every(({ isDown }) => !isDown);

/** How many clients a server has. */
async function connectionsOf(place: number): Promise<number> {
  const stats = await rawCommand(servers[place]?.port ?? 0, 'stats\r\n');
  return Number(/curr_connections (\d+)/.exec(stats)?.[1]);
}

describe('a gutter of servers that are in the ring as well', () => {
  it('uses the connections there are, and takes nothing from a server that is back', async () => {
    const memcache = clients.create(addresses, { failover: { gutter: { servers: addresses } }, timeout: '5s' });
    const orphans = Array.from({ length: 60 }, (_, at) => `orphan-${String(at)}`);
    await memcache.setMany(new Map(orphans.map((key) => [key, 'old'])));
    const before = await Promise.all([connectionsOf(1), connectionsOf(2)]);
    await servers[0]?.stop('SIGKILL');
    for (const value of ['one', 'two', 'three']) {
      await Promise.all(orphans.map((key) => memcache.set(key, value)));
    }
    expect(await memcache.getMany(orphans)).toEqual(new Map(orphans.map((key) => [key, 'three'])));
    expect(await Promise.all([connectionsOf(1), connectionsOf(2)])).toEqual(before);
    await servers[0]?.restart();
    await until(() => isUp(memcache));
    await memcache.setMany(new Map(orphans.map((key) => [key, 'new'])));
    // One connection more would be a second link, with deletes of its own that come later.
    expect(await connectionsOf(0)).toBe(before[0]);
    expect(await memcache.getMany(orphans)).toEqual(new Map(orphans.map((key) => [key, 'new'])));
  });
});

describe('servers found by discovery', () => {
  let configuration = '';
  let version = 1;

  async function startEndpoint() {
    return startScriptedServer((socket: Socket) => {
      socket.on('data', (chunk) => {
        for (const line of chunk.toString('latin1').split('\r\n')) {
          if (line.startsWith('version')) socket.write('VERSION 1.6.22\r\n');
          else if (line === 'mn') socket.write('MN\r\n');
          else if (line === 'config get cluster')
            socket.write(`CONFIG cluster 0 ${String(configuration.length)}\r\n${configuration}\r\nEND\r\n`);
          else if (line !== '') socket.write('ERROR\r\n');
        }
      });
    });
  }

  /** From now on these are the nodes, called by their addresses. */
  function list(...places: readonly number[]): void {
    const nodes = places.map((place) => `127.0.0.1|127.0.0.1|${String(servers[place]?.port)}`);
    configuration = `${String((version += 1))}\n${nodes.join(' ')}\n`;
  }

  it('are left for the gutter, which is not one of them, and taken up again', async () => {
    const endpoint = await startEndpoint();
    list(0, 1);
    const [, , spare = ''] = addresses;
    const memcache = clients.create([endpoint.address], {
      timeout: '5s',
      discovery: { method: 'elasticache', refresh: '1s' },
      failover: { gutter: { servers: spare } },
    });
    const key = keyOf(addresses.slice(0, 2), 0);
    await memcache.set(key, 'at home');
    await servers[0]?.stop('SIGKILL');
    expect(await memcache.set(key, 'away')).toBe(true);
    expect(await memcache.get(key)).toBe('away');
    expect(await clients.create([spare]).get(key)).toBe('away');
    expect([...memcache.servers().keys()]).toEqual(addresses.slice(0, 2));
    await servers[0]?.restart();
    await until(() => isUp(memcache));
    expect(await memcache.get(key)).toBeUndefined();
    await until(async () => (await clients.create([spare]).get(key)) === undefined);
    await endpoint.stop();
  });

  it('that are left out while they are ill › delete what they missed when they are named again', async () => {
    const memcache = clients.create(addresses.slice(0, 2), { failover: 'none', timeout: '100ms' });
    const key = keyOf(addresses.slice(0, 2), 0);
    await memcache.set(key, 'old', { timeout: '5s' });
    servers[0]?.pause();
    await expect(memcache.delete(key)).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
    await memcache.setServers(addresses.slice(1, 2));
    await memcache.setServers(addresses.slice(0, 2));
    expect(memcache.servers().get(addresses[0] ?? '')?.pendingInvalidations).toBe(1);
    servers[0]?.resume();
    await until(async () => (await memcache.get(key).catch(() => 'old')) !== 'old');
    expect(await memcache.get(key)).toBeUndefined();
  });

  it('that left for good › have their keys deleted by who stood in for them, unless those own them now', async () => {
    const memcache = clients.create(addresses.slice(0, 2));
    const [first = '', second = '', third = ''] = addresses;
    const orphans = keysOf([first, second], 0);
    const [inherited = ''] = orphans.filter((key) => keysOf([second, third], 0).includes(key));
    const [moved = ''] = orphans.filter((key) => keysOf([second, third], 1).includes(key));
    await servers[0]?.stop('SIGKILL');
    await Promise.all([inherited, moved].map((key) => memcache.set(key, 'stood in')));
    const standIn = clients.create([second]);
    expect((await standIn.getMany([inherited, moved])).size).toBe(2);
    await memcache.setServers([second, third]);
    await until(async () => (await standIn.get(moved)) === undefined);
    expect(await memcache.get(inherited)).toBe('stood in');
  });
});
