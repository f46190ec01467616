import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';

let standard: RealMemcached;
let larger: RealMemcached;
let memcache: Memcache;

beforeAll(async () => {
  [standard, larger] = await Promise.all([startMemcached(), startMemcached({ args: ['-I', '2m'] })]);
  memcache = createMemcache({ servers: standard.address, timeout: '10s' });
});

afterAll(async () => {
  await memcache.close();
  await Promise.all([standard.stop(), larger.stop()]);
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

const STRING = 0;
const BYTES = 0x20000;

describe('the size guard', () => {
  it.each([
    [1, STRING, 1_048_516],
    [3, STRING, 1_048_514],
    [250, STRING, 1_048_267],
    [1, BYTES, 1_048_512],
    [3, BYTES, 1_048_510],
    [250, BYTES, 1_048_263],
  ])('agrees with memcached for a key of %d bytes and flags %d: %d bytes fit', async (keyBytes, flags, most) => {
    const key = 'k'.repeat(keyBytes);
    const value = (bytes: number) => (flags === BYTES ? Buffer.alloc(bytes, 'x') : 'x'.repeat(bytes));
    expect(await memcache.set(key, value(most))).toBe(true);
    await expect(memcache.set(key, value(most + 1))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE', key });
    expect(await storeDirectly(standard.port, key, flags, most)).toBe('STORED');
    expect(await storeDirectly(standard.port, key, flags, most + 1)).toBe('SERVER_ERROR object too large for cache');
  });

  it('counts the key in bytes, not in letters', async () => {
    const key = 'é'.repeat(125);
    expect(await memcache.set(key, 'x'.repeat(1_048_267))).toBe(true);
    await expect(memcache.set(key, 'x'.repeat(1_048_268))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
  });

  it('counts text in bytes, not in letters', async () => {
    await expect(memcache.set('k', 'é'.repeat(524_259))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
    expect(await memcache.set('k', 'é'.repeat(524_258))).toBe(true);
  });

  it('sends no byte of an item that is too large', async () => {
    const received = async () => Number([...(await memcache.stats()).values()][0]?.['bytes_read']);
    const before = await received();
    await memcache.set('k', 'x'.repeat(2_000_000)).catch(() => undefined);
    expect((await received()) - before).toBeLessThan(1000);
  });

  it('takes the limit from itemSizeMax', async () => {
    const roomy = createMemcache({ servers: larger.address, itemSizeMax: 2_097_152, timeout: '10s' });
    try {
      expect(await roomy.set('key', 'x'.repeat(2_097_152 - 62))).toBe(true);
      await expect(roomy.set('key', 'x'.repeat(2_097_152 - 61))).rejects.toMatchObject({
        message: expect.stringContaining("the server's limit is 2,097,152"),
      });
    } finally {
      await roomy.close();
    }
  });
});
