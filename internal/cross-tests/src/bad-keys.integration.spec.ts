/** Keys that memcached would take for something else never reach it: not one byte is sent, whatever command they are for. */
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startFaultProxy, startMemcached, type FaultProxy, type RealMemcached } from '@memkit/testing';
import { PROTOCOLS } from './fault-matrix/fault-table.js';

const controlCharacters = Array.from({ length: 32 }, (_, code) => String.fromCharCode(code));
const badText: readonly string[] = [
  '',
  'k'.repeat(251),
  'k'.repeat(1000),
  'é'.repeat(126),
  '€'.repeat(84),
  '🔑'.repeat(63),
  'a'.repeat(249) + 'é',
  ' ',
  ' leading',
  'trailing ',
  'in the middle',
  '\x7f',
  'a\r\nflush_all',
  'a\nb',
  'a\r\nset b 0 0 1\r\nx',
  '\ud800',
  'a\udfffb',
  '\udc00\ud800',
  ...controlCharacters,
  ...controlCharacters.slice(0, 4).map((character) => `before${character}behind`),
];
const noText: readonly unknown[] = [
  undefined,
  null,
  42,
  7n,
  true,
  {},
  [],
  Symbol('key'),
  Buffer.from('key'),
  () => 'key',
];
const badKeys = [...badText, ...noText] as readonly string[];

const commands: Record<string, (memcache: Memcache, key: string) => Promise<unknown>> = {
  get: (memcache, key) => memcache.get(key),
  gets: (memcache, key) => memcache.gets(key),
  getIfChanged: (memcache, key) => memcache.getIfChanged(key, 1n),
  getMany: (memcache, key) => memcache.getMany(['good', key]),
  set: (memcache, key) => memcache.set(key, 'v'),
  add: (memcache, key) => memcache.add(key, 'v'),
  replace: (memcache, key) => memcache.replace(key, 'v'),
  increment: (memcache, key) => memcache.increment(key),
  decrement: (memcache, key) => memcache.decrement(key),
  append: (memcache, key) => memcache.append(key, 'v'),
  prepend: (memcache, key) => memcache.prepend(key, 'v'),
  getAndTouch: (memcache, key) => memcache.getAndTouch(key, '1m'),
  setMany: (memcache, key) =>
    memcache.setMany([
      ['good', 'v'],
      [key, 'v'],
    ]),
  deleteMany: (memcache, key) => memcache.deleteMany(['good', key]),
  touch: (memcache, key) => memcache.touch(key, '1m'),
  delete: (memcache, key) => memcache.delete(key),
};

describe.each(PROTOCOLS)('%s', (protocol) => {
  let server: RealMemcached;
  let proxy: FaultProxy;
  let memcache: Memcache;

  beforeAll(async () => {
    server = await startMemcached();
    proxy = await startFaultProxy(server.port);
    memcache = createMemcache({ servers: proxy.address, protocol, timeout: '5s', environment: {} });
  });
  afterAll(async () => {
    await memcache.close();
    await proxy.stop();
    await server.stop();
  });

  it('64 keys of bad input › are refused by every command and send not one byte', async () => {
    expect(badKeys).toHaveLength(64);
    for (const [name, run] of Object.entries(commands)) {
      for (const [index, key] of badKeys.entries()) {
        const outcome = await run(memcache, key).catch((error: unknown) => error);
        const code = (outcome as { code?: unknown } | undefined)?.code;
        expect(`${name} of bad key ${String(index)}: ${String(code)}`).toMatch(/: MEMCACHE_INVALID_KEY$/);
      }
    }
    expect(proxy).toMatchObject({ receivedBytes: 0, accepted: 0 });
    // What the assertion above rests on: a good key is counted.
    await memcache.get('good');
    expect(proxy.receivedBytes).toBeGreaterThan('good'.length);
  });
});
