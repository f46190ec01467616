/** A write that is repeated after a lost connection keeps its place before later calls on its key. */
import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startMemcached, startScriptedServer, type RealMemcached, type ScriptedServer } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';

let memcached: RealMemcached;
let way: ScriptedServer;
let last: Socket;
let memcache: Memcache;

beforeEach(async () => {
  memcached = await startMemcached();
  way = await startScriptedServer((socket) => {
    last = socket;
    const behind = connect(memcached.port, '127.0.0.1').on('error', () => undefined);
    socket.on('data', (chunk) => behind.write(chunk));
    behind.on('data', (chunk) => socket.write(chunk));
    socket.once('close', () => behind.destroy());
  });
  memcache = createMemcache({ servers: way.address, timeout: '10s', compression: false });
});

afterEach(async () => {
  await memcache.close();
  await way.stop();
  await memcached.stop('SIGKILL');
});

it.each<[string, string, () => Promise<unknown>, unknown]>([
  ['set', 'x', () => memcache.set('key', 'B'), 'B'],
  ['delete', 'x', () => memcache.delete('key'), undefined],
  ['append', 'x', () => memcache.append('key', 'B'), 'AB'],
])('set, then %s while the connection hangs and is lost', async (_, before, call, after) => {
  await memcache.set('key', before);
  last.pause();
  const first = memcache.set('key', 'A');
  await delay(1);
  // More than the sockets hold, so that what follows waits.
  const filling = Array.from({ length: 30 }, (_one, at) => memcache.set(`filling:${at}`, Buffer.alloc(900_000)));
  await delay(20);
  const second = call();
  await delay(1);
  last.resetAndDestroy();
  await expect(Promise.all([first, second])).resolves.toEqual([true, true]);
  await expect(memcache.get('key')).resolves.toEqual(after);
  await Promise.all(filling);
});
