/** What @ReadThroughMulti asks of real memcacheds, seen on the wire. */
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createCache, ReadThroughMulti } from '@memkit/cache';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';

// Starting processes takes seconds on a busy machine; no assertion depends on how long.
jest.setTimeout(30_000);

const SERVERS = 3;
const IDS = Array.from({ length: 1_000 }, (_, at) => `id-${String(at)}`);

/** Passes bytes on to a memcached, and keeps what the client sent. */
interface Relay {
  readonly address: string;
  sent: string;
  stop(): Promise<void>;
}

async function startRelay(port: number): Promise<Relay> {
  const sockets = new Set<Socket>();
  const relay = { sent: '' };
  const server: Server = createServer((client) => {
    const behind = connect(port, '127.0.0.1');
    for (const socket of [client, behind]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => [client, behind].forEach((end) => end.destroy()));
    }
    client.on('data', (bytes) => (relay.sent += bytes.toString('latin1')));
    client.pipe(behind).pipe(client);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port: own } = server.address() as AddressInfo;
  return Object.assign(relay, {
    address: `127.0.0.1:${String(own)}`,
    async stop() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  });
}

/** The requests that wait for an answer: a multi-get is one line with many keys. */
function requests({ sent }: Relay): readonly string[] {
  return sent.split('\r\n').filter((line) => line !== '');
}

function askedFor(relay: Relay): number {
  return relay.sent.match(/ app:article:id-\d+/g)?.length ?? 0;
}

describe('1,000 ids of @ReadThroughMulti over three memcacheds', () => {
  let servers: RealMemcached[];
  let relays: Relay[];
  let client: Memcache;
  let loaded: number[];

  beforeEach(async () => {
    servers = await Promise.all(Array.from({ length: SERVERS }, () => startMemcached()));
    relays = await Promise.all(servers.map(({ port }) => startRelay(port)));
    loaded = [];
  });
  afterEach(async () => {
    await client.close();
    await Promise.all(relays.map((relay) => relay.stop()));
    await Promise.all(servers.map((server) => server.stop('SIGKILL')));
  });

  /** Methods of an application that has just connected to all servers. */
  async function startApplication() {
    client = createMemcache({ servers: relays.map(({ address }) => address), environment: {}, timeout: '10s' });
    await client.getMany(IDS);
    for (const relay of relays) relay.sent = '';
    const cache = createCache({ client, namespace: 'app' });
    class Articles {
      @ReadThroughMulti({ namespace: 'article', ttl: '1h', key: (id: string) => id, cache })
      async find(ids: readonly string[]): Promise<string[]> {
        loaded.push(ids.length);
        return await Promise.resolve(ids.map((id) => `article ${id}`));
      }
    }
    return new Articles();
  }

  /** Another application has stored them. Its last requests are over when its client is closed. */
  async function store(ids: readonly string[]): Promise<void> {
    await (await startApplication()).find(ids);
    await client.close();
    loaded = [];
  }

  it('cost one round trip to each server when all are there', async () => {
    await store(IDS);
    const articles = await startApplication();
    expect(await articles.find(IDS)).toEqual(IDS.map((id) => `article ${id}`));
    expect(loaded).toEqual([]);
    expect(relays.map((relay) => requests(relay).length)).toEqual([1, 1, 1]);
    // All three were asked, for all of the ids.
    const asked = relays.map(askedFor);
    expect(Math.min(...asked)).toBeGreaterThan(100);
    expect(asked.reduce((sum, count) => sum + count)).toBe(IDS.length);
  });

  it('run the method once with what is missing, in order', async () => {
    await store(IDS.slice(0, 900));
    const articles = await startApplication();
    const mixed = [...IDS.slice(450), ...IDS.slice(0, 500)];
    expect(await articles.find(mixed)).toEqual(mixed.map((id) => `article ${id}`));
    expect(loaded).toEqual([100]);
    // The first request to each server asks for everything, each id once.
    const looks = relays.map((relay) => requests(relay)[0]?.match(/ app:article:id-\d+/g)?.length ?? 0);
    expect(looks.reduce((sum, count) => sum + count)).toBe(IDS.length);
  });
});
