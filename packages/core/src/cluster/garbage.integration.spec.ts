/** Servers that answer what no memcached answers: one odd reply is the caller's trouble, several in a row the server's. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMemcached, startScriptedServer, type RealMemcached, type ScriptedServer } from '@memkit/testing';
import type { MemcacheOptions } from '../options/memcache-options.js';
import { ClusterClients, keyOf, until } from './spec-support/cluster-clients.js';

const GARBAGE = 'no line of a memcached\r\n';

let clients: ClusterClients;
let memcached: RealMemcached;
let odd: ScriptedServer;
let addresses: string[];
/** What the odd server answers to a line; a memcached without items says that nothing is there. */
let answer: (line: string) => string;

function likeMemcached(line: string): string {
  if (line.startsWith('mn')) return 'ERROR\r\n';
  if (line.startsWith('version')) return 'VERSION 1.4.0\r\n';
  return line.startsWith('delete') ? 'NOT_FOUND\r\n' : 'END\r\n';
}

beforeEach(async () => {
  answer = likeMemcached;
  odd = await startScriptedServer((socket) => {
    socket.on('data', (chunk) => {
      for (const line of chunk.toString().split('\r\n').slice(0, -1)) socket.write(answer(line));
    });
  });
  memcached = await startMemcached();
  addresses = [odd.address, memcached.address];
  clients = new ClusterClients();
});

afterEach(async () => {
  await clients.close();
  await odd.stop();
  await memcached.stop('SIGKILL');
});

/** What calls bring, one after the other; each waits until a connection may be tried again. */
async function outcomes(call: () => Promise<unknown>, times: number): Promise<unknown[]> {
  const all: unknown[] = [];
  for (let at = 0; at < times; at += 1) {
    all.push(await call().catch((error: unknown) => (error as { code?: unknown }).code));
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  return all;
}

describe.each<[string, (line: string) => string, MemcacheOptions]>([
  ['to everything', () => GARBAGE, {}],
  ['to the first request', () => GARBAGE, { protocol: 'text' }],
  ['to requests', (line) => (line.startsWith('get') ? GARBAGE : likeMemcached(line)), {}],
  ['of another command', (line) => (line.startsWith('get') ? 'STORED\r\n' : likeMemcached(line)), {}],
])('a server that answers garbage %s', (_, answers, options) => {
  it('is down after the configured number of failures, and next takes its keys', async () => {
    answer = answers;
    const memcache = clients.create(addresses, {
      health: { failures: 3, downTime: '1h', maxDownTime: '1h' },
      ...options,
    });
    const key = keyOf(addresses, 0);
    const seen = await outcomes(() => memcache.get(key), 3);
    expect(new Set(seen)).toEqual(new Set(['MEMCACHE_UNEXPECTED_REPLY']));
    expect(clients.serversOf('server-down')).toEqual([odd.address]);
    expect(await memcache.set(key, 'elsewhere')).toBe(true);
    expect(await memcache.get(key)).toBe('elsewhere');
  });
});

it('requests that share one odd reply › are one failure', async () => {
  const memcache = clients.create(addresses, { health: { failures: 2 } });
  const key = keyOf(addresses, 0);
  await memcache.get(key);
  answer = (line) => (line.startsWith('get') ? GARBAGE : likeMemcached(line));
  await Promise.allSettled([memcache.get(key), memcache.delete(key), memcache.delete(key)]);
  expect(clients.serversOf('server-down')).toEqual([]);
});

it('odd replies with right ones between them › never take a server down', async () => {
  let count = 0;
  answer = (line) => (line.startsWith('get') && (count += 1) % 2 === 0 ? GARBAGE : likeMemcached(line));
  const memcache = clients.create(addresses, { health: { failures: 2 } });
  const key = keyOf(addresses, 0);
  const seen = await outcomes(() => memcache.get(key), 6);
  const pair = [undefined, 'MEMCACHE_UNEXPECTED_REPLY'];
  expect(seen).toEqual([...pair, ...pair, ...pair]);
  expect(clients.serversOf('server-down')).toEqual([]);
});

it('a server that stops answering garbage › is asked again', async () => {
  answer = () => GARBAGE;
  const memcache = clients.create(addresses, { health: { failures: 2, downTime: '20ms', maxDownTime: '50ms' } });
  const key = keyOf(addresses, 0);
  await outcomes(() => memcache.get(key), 2);
  answer = likeMemcached;
  await until(() => clients.serversOf('server-up').length > 0);
  expect(clients.serversOf('server-down')).toEqual([odd.address]);
});
