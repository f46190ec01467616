/** Clients for tests about several servers: quick to notice an outage and quick to recover. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { createRing } from '../key-ring.js';
import { createMemcache, type Memcache } from '../../memcache.js';
import type { MemcacheOptions } from '../../options/memcache-options.js';
import type { WarningMessage } from '../../telemetry/channels.js';

export class ClusterClients {
  readonly warnings: WarningMessage[] = [];
  readonly #clients: Memcache[] = [];
  readonly #listen = (message: unknown): void => {
    this.warnings.push(message as WarningMessage);
  };

  constructor() {
    subscribe('memkit:core:warning', this.#listen);
  }

  create(servers: readonly string[], options: MemcacheOptions = {}): Memcache {
    const client = createMemcache({
      servers,
      timeout: '250ms',
      reconnect: { initialDelay: '1ms', maxDelay: '20ms' },
      health: { failures: 2, downTime: '40ms', maxDownTime: '100ms' },
      ...options,
    });
    this.#clients.push(client);
    return client;
  }

  /** Events of one kind so far, by the names of their servers. */
  serversOf(event: WarningMessage['event']): string[] {
    return this.warnings.filter((warning) => warning.event === event).map(({ server }) => server);
  }

  async close(): Promise<void> {
    unsubscribe('memkit:core:warning', this.#listen);
    await Promise.all(this.#clients.map((client) => client.close()));
  }
}

/** Polls; the test's own timeout ends what never happens. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await delay(5);
}

/** The first key whose servers, in the order in which they take it, begin with these. @param addresses `127.0.0.1:port` */
export function keyOf(addresses: readonly string[], ...places: readonly number[]): string {
  return keysOf(addresses, ...places)[0] ?? '';
}

/** Those of 300 keys whose servers begin with these. */
export function keysOf(addresses: readonly string[], ...places: readonly number[]): string[] {
  const ring = createRing(
    'ketama',
    addresses.map((address) => ({ host: '127.0.0.1', port: Number(address.split(':')[1]), weight: 1 })),
  );
  const keys = Array.from({ length: 300 }, (_, at) => `key-${String(at)}`);
  return keys.filter((key) => places.every((place, at) => ring.order(key)[at] === place));
}
