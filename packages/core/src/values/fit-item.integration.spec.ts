import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { isMemcacheError } from '@memkit/protocol';
import { startMemcached, type RealMemcached, type RealMemcachedOptions } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';
import type { MemcacheOptions } from '../options/memcache-options.js';

const PROTOCOLS = ['meta', 'text', 'binary'] as const;
const STRING = 0;
const BYTES = 0x20000;

const servers: RealMemcached[] = [];
const clients: Memcache[] = [];
let standard: RealMemcached;

async function start(...args: string[]): Promise<RealMemcached> {
  const options: RealMemcachedOptions = { args };
  const server = await startMemcached(options);
  servers.push(server);
  return server;
}

function client(server: RealMemcached, options: MemcacheOptions = {}): Memcache {
  // The specs are about what is stored as it is.
  const memcache = createMemcache({ servers: server.address, timeout: '10s', compression: false, ...options });
  clients.push(memcache);
  return memcache;
}

beforeAll(async () => {
  standard = await start();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((memcache) => memcache.close()));
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

/** What the server itself answers to the item, without our client. */
function storeDirectly(port: number, key: string, flags: number, bytes: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => {
      socket.write(`set ${key} ${String(flags)} 0 ${String(bytes)}\r\n${'x'.repeat(bytes)}\r\n`);
    });
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString().trim());
    });
  });
}

async function retried<Result>(call: () => Promise<Result>): Promise<Result> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      if (!isMemcacheError(error) || !error.retryable) throw error;
    }
  }
}

const tooLarge = expect.objectContaining({ code: 'MEMCACHE_ITEM_TOO_LARGE' });

describe.each(PROTOCOLS)('the limit of an item on the %s protocol', (protocol) => {
  it.each([
    [1, STRING, 1_048_516],
    [3, STRING, 1_048_514],
    [100, STRING, 1_048_417],
    [250, STRING, 1_048_267],
    [1, BYTES, 1_048_512],
    [3, BYTES, 1_048_510],
    [100, BYTES, 1_048_413],
    [250, BYTES, 1_048_263],
  ])('is the one of memcached: a key of %d bytes and flags %d leave %d bytes', async (keyBytes, flags, most) => {
    const memcache = client(standard, { protocol });
    const key = 'k'.repeat(keyBytes);
    const value = (bytes: number) => (flags === BYTES ? Buffer.alloc(bytes, 'x') : 'x'.repeat(bytes));
    expect(await memcache.set(key, value(most - 1))).toBe(true);
    expect(await memcache.set(key, value(most))).toBe(true);
    await expect(memcache.set(key, value(most + 1))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE', key });
    expect(await storeDirectly(standard.port, key, flags, most)).toBe('STORED');
    expect(await storeDirectly(standard.port, key, flags, most + 1)).toBe('SERVER_ERROR object too large for cache');
  });

  it('holds for what append and prepend make of an item, whose refusal is no absent key', async () => {
    const memcache = client(standard, { protocol });
    await memcache.set('log', 'x'.repeat(1_048_514 - 10));
    expect(await memcache.append('log', '0123456789')).toBe(true);
    await expect(memcache.append('log', '!')).rejects.toThrow(
      `Cannot append to key "log" on server ${standard.address}: the item needs 1,048,577 bytes and the server's limit is ` +
        `1,048,576 (key, value and 59 bytes of bookkeeping). Store less, split the value over several keys, or raise memcached -I.`,
    );
    await expect(memcache.prepend('log', 'x'.repeat(600))).rejects.toThrow(tooLarge);
    await expect(memcache.append('log', 'x'.repeat(1_048_515))).rejects.toThrow(tooLarge);
    expect(await memcache.append('absent', '!')).toBe(false);
    expect(await memcache.prepend('absent', 'x'.repeat(600))).toBe(false);
  });
});

describe('the limit of a server', () => {
  it.each([
    ['-I 512k', ['-I', '512k'], 524_288 - 62],
    ['-I 2m', ['-I', '2m'], 2_097_152 - 62],
    ['-I 5m and small slab chunks', ['-I', '5m', '-m', '256', '-o', 'slab_chunk_max=131072'], 5_242_880 - 62],
    ['-C, which saves the 8 bytes of the CAS token', ['-C'], 1_048_576 - 54],
  ])('is learned: %s', async (_, args, most) => {
    const server = await start(...args);
    for (const protocol of PROTOCOLS) {
      const memcache = client(server, { protocol });
      expect(await memcache.set('key', 'x'.repeat(most))).toBe(true);
      await expect(memcache.set('key', 'x'.repeat(most + 1))).rejects.toMatchObject({
        code: 'MEMCACHE_ITEM_TOO_LARGE',
        message: expect.stringContaining(
          `the server's limit is ${(args.includes('-C') ? 1_048_576 : most + 62).toLocaleString('en')}`,
        ),
      });
    }
  });

  it('is learned again from a server that was started with another one', async () => {
    const before = await start('-I', '512k');
    const memcache = client(before);
    await expect(memcache.set('key', 'x'.repeat(1_500_000))).rejects.toThrow('limit is 524,288');
    await before.stop();
    servers.push(await startMemcached({ port: before.port, args: ['-I', '2m'] }));
    // The first calls may still meet the connection that is gone.
    await expect(retried(() => memcache.set('key', 'x'.repeat(1_500_000)))).resolves.toBe(true);
  });

  it('is taken from itemSizeMax without asking', async () => {
    const memcache = client(standard, { itemSizeMax: 4096 });
    expect(await memcache.set('key', 'x'.repeat(4096 - 62))).toBe(true);
    await expect(memcache.set('key', 'x'.repeat(4096 - 61))).rejects.toMatchObject({
      message: expect.stringContaining("the server's limit is 4,096"),
    });
  });

  it('is asked for once, and no byte of an item that is too large is sent', async () => {
    const memcache = client(standard);
    const received = async () => Number([...(await memcache.stats()).values()][0]?.['bytes_read']);
    await memcache.set('key', 'x'.repeat(2_000_000)).catch(() => undefined);
    const before = await received();
    await memcache.set('key', 'x'.repeat(2_000_000)).catch(() => undefined);
    expect((await received()) - before).toBeLessThan('stats settings\r\n'.length + 'stats\r\n'.length);
  });
});

describe("onTooLarge: 'skip'", () => {
  it('stores nothing, says false, publishes why and leaves no old value behind', async () => {
    const warnings: unknown[] = [];
    const listen = (message: unknown) => warnings.push(message);
    subscribe('memkit:core:warning', listen);
    try {
      const memcache = client(standard, { onTooLarge: 'skip' });
      await memcache.set('feed', 'old');
      expect(await memcache.set('feed', 'x'.repeat(1_100_000))).toBe(false);
      expect(await memcache.get('feed')).toBeUndefined();
      expect(await memcache.add('feed', 'x'.repeat(1_100_000))).toBe(false);
    } finally {
      unsubscribe('memkit:core:warning', listen);
    }
    const skipped = { event: 'value-skipped', server: standard.address, error: { code: 'MEMCACHE_ITEM_TOO_LARGE' } };
    expect(warnings).toMatchObject([
      { ...skipped, command: 'set' },
      { ...skipped, command: 'add' },
    ]);
  });

  it('does the same where only the server knew', async () => {
    const memcache = client(await start('-I', '512k'), { onTooLarge: 'skip' });
    expect(await memcache.set('feed', 'x'.repeat(600_000))).toBe(false);
    expect(await memcache.get('feed')).toBeUndefined();
  });
});

describe('the size of an item', () => {
  it('counts the key in bytes, not in letters', async () => {
    const memcache = client(standard);
    const key = 'é'.repeat(125);
    expect(await memcache.set(key, 'x'.repeat(1_048_267))).toBe(true);
    await expect(memcache.set(key, 'x'.repeat(1_048_268))).rejects.toThrow(tooLarge);
  });

  it('counts text in bytes, not in letters', async () => {
    const memcache = client(standard);
    await expect(memcache.set('k', 'é'.repeat(524_259))).rejects.toThrow(tooLarge);
    expect(await memcache.set('k', 'é'.repeat(524_258))).toBe(true);
  });

  it('is told with the size before compression', async () => {
    const memcache = client(standard, { compression: true });
    // Hexadecimal digits of random bytes: half of it can be saved, whatever they are.
    const noise = Buffer.from(randomBytes(2_000_000).toString('hex'));
    await expect(memcache.set('feed:42', noise)).rejects.toThrow(
      /^Cannot store key "feed:42" on server [\d.:]+: the item needs [\d,]+ bytes after compression \(4,000,070 before\) and the server's limit is 1,048,576 \(key, value and 63 bytes of bookkeeping\)\. Store less, turn on chunking \(onTooLarge: 'chunk'\), or raise memcached -I\.$/,
    );
  });
});
