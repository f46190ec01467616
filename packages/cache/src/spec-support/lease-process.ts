/**
 * Another process with a cache, for specs about leases. Arguments: the server's address, what to do.
 * `race`: 50 cold reads at once when told to. `hang`: takes the lease and never finishes.
 */
import { createMemcache } from '@memkit/core';
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from '../engine/create-cache.js';

const [address = '', mode] = process.argv.slice(2);
const client = createMemcache({ servers: address, environment: {} });
const cache = createCache({ client, namespace: 'app' });

async function slowLoader(): Promise<string> {
  await client.increment('loads', 1, { initial: 1 });
  await delay(100);
  return `loaded by ${String(process.pid)}`;
}

async function race(): Promise<void> {
  const values = await Promise.all(Array.from({ length: 50 }, () => cache.getOrLoad('k', slowLoader)));
  process.send?.([...new Set(values)]);
  await client.close();
  process.disconnect();
}

async function hang(): Promise<void> {
  await cache.getOrLoad('k', () => {
    process.send?.('loading');
    return delay(60_000);
  });
}

process.once('message', () => void (mode === 'race' ? race() : hang()));
// The first answer shows that the connection stands, so that all processes really start together.
await client.get('nothing');
process.send?.('ready');
