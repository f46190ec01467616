/**
 * One of several processes with a cache on the same servers, which does what its parent tells it. Argument: the
 * addresses of the servers, comma-separated.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { createCache } from '@memkit/cache';
import { createMemcache } from '@memkit/core';
import type { Answer, Order } from './orders.js';

const client = createMemcache({ servers: process.argv[2] ?? '', environment: {}, timeout: '10s' });
const cache = createCache({ client, namespace: 'app' });

function answer(message: Answer): void {
  process.send?.(message);
}

async function load(key: string): Promise<string> {
  await client.increment(`loads:${key}`, 1, { initial: 1 });
  await delay(100);
  return `loaded by ${String(process.pid)}`;
}

async function read({ key, callers, lease }: Extract<Order, { do: 'read' }>): Promise<void> {
  const one = (): Promise<string> => cache.getOrLoad(key, () => load(key), { lease });
  const values = await Promise.all(Array.from({ length: callers }, one));
  answer({ values: [...new Set(values)] });
}

/** Takes the lease and never comes back. */
async function hang({ key, lease }: Extract<Order, { do: 'hang' }>): Promise<void> {
  const forever = async (): Promise<never> => {
    await client.increment(`loads:${key}`, 1, { initial: 1 });
    answer('loading');
    return await new Promise(() => undefined);
  };
  await cache.getOrLoad(key, forever, { lease });
}

let isWatching = false;

/** Reads a key whose source changes, and tells what was older than the last change announced before the read. */
async function watch({ key, callers }: Extract<Order, { do: 'watch' }>): Promise<void> {
  isWatching = true;
  let reads = 0;
  const outdated: string[] = [];
  const loadSource = async (): Promise<number> => {
    const source = Number(await client.get('source'));
    await delay(Math.random() * 10);
    return source;
  };
  const readOn = async (): Promise<void> => {
    while (isWatching) {
      const announced = Number(await client.get('announced'));
      const value = await cache.getOrLoad(key, loadSource);
      reads += 1;
      if (value < announced) outdated.push(`${String(value)} after ${String(announced)}`);
    }
  };
  await Promise.all(Array.from({ length: callers }, readOn));
  answer({ reads, outdated });
}

async function obey(order: Order): Promise<void> {
  switch (order.do) {
    case 'read':
      await read(order);
      return;
    case 'hang':
      await hang(order);
      return;
    case 'watch':
      await watch(order);
      return;
    case 'stop':
      isWatching = false;
  }
}

process.on('message', (order: Order) => void obey(order));
// The first answers show that the connections stand, so that all processes really start together.
await client.getMany(Array.from({ length: 50 }, (_, at) => `nothing:${String(at)}`));
answer('ready');
