/** Other clients for Node.js behind one face, so that one test can be written for all of them. */
import { createRequire } from 'node:module';

export interface OtherClient {
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

export function memcached(addresses: readonly string[]): OtherClient {
  const Client = load('memcached') as new (servers: readonly string[]) => CallbackClient;
  const client = new Client(addresses);
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

/** Sends each command to any of its servers, by chance. */
export function memcacheClient(addresses: readonly string[]): OtherClient {
  const { MemcacheClient } = load('memcache-client') as {
    MemcacheClient: new (options: {
      server: { servers: readonly { server: string; maxConnections: number }[] };
    }) => PromiseClient & { shutdown(): void };
  };
  const servers = addresses.map((server) => ({ server, maxConnections: 1 }));
  const client = new MemcacheClient({ server: { servers } });
  return {
    set: (key, value) => client.set(key, value),
    get: async (key) => (await client.get(key))?.value,
    close: () => {
      client.shutdown();
    },
  };
}

export function memjs(addresses: readonly string[]): OtherClient {
  const { Client } = load('memjs') as { Client: { create(servers: string): PromiseClient & { close(): void } } };
  const client = Client.create(addresses.join(','));
  return {
    set: (key, value) => client.set(key, value, { expires: 0 }),
    get: async (key) => (await client.get(key))?.value,
    close: () => {
      client.close();
    },
  };
}
