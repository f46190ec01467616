/** Servers that come and go while a client works. */
import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import {
  startFaultProxy,
  startMemcached,
  startScriptedServer,
  testCertificates,
  type RealMemcached,
  type ScriptedServer,
} from '@memkit/testing';
import { Dispatcher } from '../commands/dispatcher.js';
import { GetCommand } from '../commands/get.js';
import { discoverServers } from '../discovery/discover-servers.js';
import type { MemcacheOptions } from '../options/memcache-options.js';
import { resolveOptions } from '../options/resolve-options.js';
import { connectServers } from './connect-servers.js';
import type { DnsResolver } from './lookups/dns-lookups.js';
import type { Router } from './router.js';
import { ClusterClients, until } from './spec-support/cluster-clients.js';

let clients: ClusterClients;
let servers: RealMemcached[];
let addresses: string[];
let routers: Router[];

beforeEach(() => {
  servers = [];
  addresses = [];
  routers = [];
  clients = new ClusterClients();
});

afterEach(async () => {
  await clients.close();
  await Promise.all(routers.map((router) => router.close()));
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
});

async function start(count: number): Promise<void> {
  servers = await Promise.all(Array.from({ length: count }, () => startMemcached()));
  addresses = servers.map(({ address }) => address);
}

describe('setServers', () => {
  it('under load › no operation is lost, and the new list serves', async () => {
    await start(4);
    const beside = clients.create(addresses.slice(0, 1));
    const connections = async (): Promise<unknown> => [...(await beside.stats()).values()][0]?.['curr_connections'];
    const before = await connections();
    const memcache = clients.create(addresses.slice(0, 2), { timeout: '5s' });
    const [, two = '', three = '', four = ''] = addresses;
    let isOver = false;
    let operations = 0;
    const work = async (worker: number): Promise<void> => {
      for (let round = 0; !isOver; round += 1) {
        const key = `${String(worker)}-${String(round % 50)}`;
        await memcache.set(key, round);
        await memcache.getMany([key, `${String(worker)}-0`]);
        operations += 2;
      }
    };
    const workers = Promise.all(Array.from({ length: 20 }, (_, worker) => work(worker)));
    for (const list of [addresses.slice(0, 3), [two, three], [two, three, four], [four]]) {
      await memcache.setServers(list);
      const done = operations;
      await until(() => operations > done + 200);
    }
    isOver = true;
    await workers;
    expect([...memcache.servers().keys()]).toEqual([four]);
    expect(clients.warnings.map(({ event }) => event)).toEqual(Array(4).fill('servers-changed'));
    expect(await connections()).toBe(before);
  });

  it('getMany whose removed server is lost › asks the new one', async () => {
    await start(2);
    const proxy = await startFaultProxy(servers[0]?.port ?? 0);
    const memcache = clients.create([proxy.address], { timeout: '5s' });
    await memcache.get('key');
    await proxy.fault.set('silence');
    const values = memcache.getMany(['key', 'other']);
    await until(() => [...memcache.servers().values()][0]?.pending === 1);
    await memcache.setServers(addresses.slice(1));
    await memcache.set('key', 'new');
    proxy.redirect(0);
    await expect(values).resolves.toEqual(new Map([['key', 'new']]));
    await proxy.stop();
  });

  it('servers that cannot be found › explain() goes on naming those in use', async () => {
    const memcache = clients.create(['localhost:1'], { discovery: { method: 'dns' } });
    await expect(memcache.setServers('none.invalid')).rejects.toMatchObject({ code: 'MEMCACHE_CONNECT_FAILED' });
    expect(memcache.explain().servers).toEqual(['localhost:1']);
  });

  it('requests under way on a removed server › are answered', async () => {
    await start(2);
    const [one = '', two = ''] = addresses;
    const memcache = clients.create([one], { timeout: '10s' });
    await memcache.set('key', 1);
    servers[0]?.pause();
    const reading = memcache.get('key');
    await memcache.setServers([two]);
    servers[0]?.resume();
    expect(await reading).toBe(1);
    expect(await memcache.get('key')).toBeUndefined();
  });

  it('close() › does not wait for what a removed server still owes', async () => {
    await start(2);
    const [one = '', two = ''] = addresses;
    const memcache = clients.create([one], { timeout: '1h' });
    await memcache.set('key', 1);
    servers[0]?.pause();
    const reading = memcache.increment('key');
    await memcache.setServers([two]);
    const closing = memcache.close({ drain: '20ms' });
    await expect(reading).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
    await closing;
    servers[0]?.resume();
  });
});

interface Client {
  readonly router: Router;
  get(key: string, timeoutMs?: number): Promise<string | undefined>;
}

/** A client whose DNS is the test's. */
function client(options: MemcacheOptions, resolver: Partial<DnsResolver>): Client {
  const missing = (): Promise<never> =>
    Promise.reject(Object.assign(new Error('no such name'), { code: 'ENOTFOUND', syscall: 'getaddrinfo' }));
  const router = connectServers(discoverServers(options, {}), resolveOptions(options), () => performance.now(), {
    addressesOf: missing,
    servicesOf: missing,
    ...resolver,
  });
  routers.push(router);
  const dispatcher = new Dispatcher(router, () => performance.now());
  return {
    router,
    get: (key, timeoutMs = 5000) =>
      dispatcher.run(new GetCommand(key, ({ data }) => data.toString()), {
        at: performance.now() + timeoutMs,
        isImpatient: false,
      }),
  };
}

function names({ router }: Client): string[] {
  return router.servers.map(({ link }) => link.name);
}

describe('discovery dns', () => {
  it('every address is a server, and a refresh follows the DNS', async () => {
    const server = await startMemcached({ args: ['-l', '127.0.0.2', '-l', '127.0.0.3'] });
    servers = [server];
    let found = ['127.0.0.2', '127.0.0.1'];
    const memcache = client(
      { servers: `cache.example:${String(server.port)}`, discovery: { method: 'dns', refresh: '1s' } },
      { addressesOf: () => Promise.resolve(found.map((address) => ({ address }))) },
    );
    expect(await memcache.get('key')).toBeUndefined();
    expect(names(memcache)).toEqual([`127.0.0.1:${String(server.port)}`, `127.0.0.2:${String(server.port)}`]);
    const [staying] = memcache.router.servers;

    found = ['127.0.0.1', '127.0.0.3'];
    await until(() => names(memcache).includes(`127.0.0.3:${String(server.port)}`));
    expect(memcache.router.servers[0]).toBe(staying);
    expect(await memcache.get('key')).toBeUndefined();
  });

  it("the certificate has to be the name's, though the address is connected to", async () => {
    const server = await startMemcached({ tls: { certificate: 'wrongName' } });
    servers = [server];
    const connected = (name: string): Promise<string | undefined> =>
      client(
        {
          servers: `${name}:${String(server.port)}`,
          tls: { ca: testCertificates().ca },
          discovery: { method: 'dns' },
        },
        { addressesOf: () => Promise.resolve([{ address: '127.0.0.1' }]) },
      ).get('key');
    expect(await connected('wrong.example')).toBeUndefined();
    await expect(connected('cache.example')).rejects.toMatchObject({ code: 'MEMCACHE_TLS_FAILED' });
  });

  it('a name that does not exist › CONNECT_FAILED names it within the deadline', async () => {
    const memcache = client({ servers: 'cache.example', discovery: { method: 'dns' } }, {});
    await expect(memcache.get('key')).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: 'cache.example:11211',
      message: expect.stringContaining('getaddrinfo ENOTFOUND'),
    });
  });

  it('a DNS that does not answer › rejects at the deadline', async () => {
    const memcache = client(
      { servers: 'cache.example', timeout: '5s', discovery: { method: 'dns' } },
      { addressesOf: () => new Promise(() => undefined) },
    );
    await expect(memcache.get('key', 20)).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringContaining('cache.example:11211'),
    });
  });
});

describe('discovery srv', () => {
  it('the records are the servers', async () => {
    await start(2);
    const memcache = client(
      { servers: '_memcache._tcp.example', discovery: { method: 'srv' } },
      {
        servicesOf: () =>
          Promise.resolve(servers.map(({ port }) => ({ name: '127.0.0.1', port, priority: 1, weight: 1 }))),
      },
    );
    expect(await memcache.get('key')).toBeUndefined();
    expect(names(memcache)).toEqual([...addresses].sort());
  });
});

describe('discovery static', () => {
  it('a name whose DNS fails › CONNECT_FAILED names it', async () => {
    const memcache = clients.create(['memkit-test.invalid'], { discovery: { method: 'static' } });
    await expect(memcache.get('key', { timeout: '5s' })).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: 'memkit-test.invalid:11211',
      message: expect.stringMatching(/getaddrinfo E/),
    });
  });
});

describe('discovery elasticache', () => {
  let endpoint: ScriptedServer;
  let configuration: string;

  beforeEach(async () => {
    endpoint = await startScriptedServer((socket: Socket) => {
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
  });

  afterEach(async () => {
    await endpoint.stop();
  });

  /** Nodes are called as AWS calls them, and connected to by address. */
  function nodes(...places: readonly number[]): string {
    return places
      .map((place) => `demo.000${String(place)}.cache.amazonaws.com|127.0.0.1|${String(servers[place]?.port)}`)
      .join(' ');
  }

  function nodeNames(...places: readonly number[]): string[] {
    return places.map((place) => `demo.000${String(place)}.cache.amazonaws.com:${String(servers[place]?.port)}`);
  }

  it('the nodes are the servers; a newer version wins and an older one does not', async () => {
    await start(3);
    configuration = `7\n${nodes(0, 1)}\n`;
    const memcache = clients.create([endpoint.address], {
      timeout: '5s',
      discovery: { method: 'elasticache', refresh: '1s' },
    });
    await memcache.set('key', 1);
    expect([...memcache.servers().keys()]).toEqual(nodeNames(0, 1));

    configuration = `6\n${nodes(2)}\n`;
    await new Promise((resolve) => setTimeout(resolve, 1100));
    expect([...memcache.servers().keys()]).toEqual(nodeNames(0, 1));

    configuration = `8\n${nodes(1, 2)}\n`;
    await until(() => memcache.servers().has(nodeNames(2)[0] ?? ''));
    expect([...memcache.servers().keys()]).toEqual(nodeNames(1, 2));
    await memcache.set('key', 2);
    expect(await memcache.get('key')).toBe(2);

    configuration = 'nonsense';
    await until(() => clients.serversOf('discovery-failed').includes(endpoint.address));
    expect(await memcache.get('key')).toBe(2);
  });

  it('an endpoint that is none › CONNECT_FAILED names it', async () => {
    await start(1);
    const memcache = clients.create(addresses, { timeout: '5s', discovery: { method: 'elasticache' } });
    await expect(memcache.get('key')).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: addresses[0],
      message: expect.stringContaining('configuration endpoint of an ElastiCache cluster'),
    });
  });
});
