/** Clients for Node.js and memkit with their profile, on one memcached: each reads what the other wrote. */
import { createRequire } from 'node:module';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';

/** One way to write to all three. */
interface Peer {
  set(key: string, value: unknown): Promise<unknown>;
  get(key: string): Promise<unknown>;
  close(): void;
}

interface CallbackClient {
  set(key: string, value: unknown, lifetime: number, done: (error: unknown) => void): void;
  get(key: string, done: (error: unknown, value: unknown) => void): void;
  end(): void;
}

interface PromiseClient {
  set(key: string, value: unknown, options?: { expires: number }): Promise<unknown>;
  get(key: string): Promise<{ value: unknown } | undefined>;
}

// They have no types, or types of their own kind; these are the parts that are used.
const load = createRequire(import.meta.url);

function memcached(address: string): Peer {
  const Client = load('memcached') as new (server: string) => CallbackClient;
  const client = new Client(address);
  return {
    set: (key, value) =>
      new Promise((resolve, reject) => {
        client.set(key, value, 0, (error) => {
          if (error === undefined) resolve(true);
          else reject(new Error('memcached failed', { cause: error }));
        });
      }),
    get: (key) =>
      new Promise((resolve, reject) => {
        client.get(key, (error, value) => {
          if (error === undefined) resolve(value);
          else reject(new Error('memcached failed', { cause: error }));
        });
      }),
    close: () => {
      client.end();
    },
  };
}

function memcacheClient(address: string): Peer {
  const { MemcacheClient } = load('memcache-client') as {
    MemcacheClient: new (options: { server: string }) => PromiseClient & { shutdown(): void };
  };
  const client = new MemcacheClient({ server: address });
  return {
    set: (key, value) => client.set(key, value),
    get: async (key) => (await client.get(key))?.value,
    close: () => {
      client.shutdown();
    },
  };
}

function memjs(address: string): Peer {
  const { Client } = load('memjs') as { Client: { create(server: string): PromiseClient & { close(): void } } };
  const client = Client.create(address);
  return {
    set: (key, value) => client.set(key, value, { expires: 0 }),
    get: async (key) => (await client.get(key))?.value,
    close: () => {
      client.close();
    },
  };
}

const horse = 'žluť🐎';
const bytes = Buffer.from([0x00, 0xff, 0x10, 0x0d, 0x0a]);
const texts = ['hello', horse, '', 'END\r\n', 'a\\\nb', 'x'.repeat(12_000)];
const data = [[1, 'a'], { a: 1, nested: { list: [null, 1.5] } }];

const peers = [
  ['memcached', memcached, [...texts, bytes, 42, -7, 1.5, true, false, null, ...data]],
  ['memcache-client', memcacheClient, [...texts, bytes, 42, -7, 1.5, null, ...data]],
  ['memjs', memjs, [...texts.map((text) => Buffer.from(text)), bytes]],
] as const;

let server: RealMemcached;

beforeAll(async () => {
  server = await startMemcached();
});

afterAll(async () => {
  await server.stop();
});

describe.each(peers)('the profile %s', (profile, connect, values) => {
  let peer: Peer;
  let memcache: Memcache;

  beforeAll(() => {
    peer = connect(server.address);
    memcache = createMemcache({ servers: server.address, profile, timeout: '10s' });
  });

  afterAll(async () => {
    peer.close();
    await memcache.close();
  });

  it('reads what the client wrote', async () => {
    for (const [place, value] of values.entries()) {
      await peer.set(`${profile}:${String(place)}`, value);
      expect(await memcache.get(`${profile}:${String(place)}`)).toEqual(value);
    }
  });

  it('writes what the client reads', async () => {
    for (const [place, value] of values.entries()) {
      await memcache.set(`memkit:${String(place)}`, value);
      expect(await peer.get(`memkit:${String(place)}`)).toEqual(value);
    }
  });

  it('counts where the client counts', async () => {
    await memcache.set('visits', profile === 'memjs' ? '41' : 41);
    expect(await memcache.increment('visits')).toBe(42);
    expect(String(await peer.get('visits'))).toBe('42');
    expect(await memcache.increment('fresh', 1, { initial: 7 })).toBe(7);
    expect(String(await peer.get('fresh'))).toBe('7');
    await memcache.delete('fresh');
  });
});
