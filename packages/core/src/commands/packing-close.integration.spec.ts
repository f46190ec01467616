/** What close(), a deadline and delete mean to values that are packed or unpacked off the event loop. */
import { randomBytes } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';
import type { MemcacheOptions } from '../options/memcache-options.js';

// Seconds of work for brotli, none of it in the event loop.
const large = randomBytes(40_000_000).toString('hex');
/** A few milliseconds of work, and the item fits. */
const middling = JSON.stringify(Array.from({ length: 10_000 }, (_, at) => ({ id: at, name: `user ${String(at)}` })));

let memcached: RealMemcached;
let clients: Memcache[];

beforeEach(async () => {
  clients = [];
  memcached = await startMemcached();
});

afterEach(async () => {
  await Promise.all(clients.map((memcache) => memcache.close()));
  await memcached.stop('SIGKILL');
});

function client(options: MemcacheOptions = {}): Memcache {
  const memcache = createMemcache({ servers: memcached.address, timeout: '20s', ...options });
  clients.push(memcache);
  return memcache;
}

describe('close()', () => {
  it('waits for values that are still packed, and they are stored', async () => {
    const memcache = client();
    const storing = memcache.set('key', middling);
    await memcache.close({ drain: '15s' });
    expect(await storing).toBe(true);
    expect(await client().get('key')).toBe(middling);
  });

  it('ends what is not packed within its time, and whoever waits for its turn', async () => {
    const memcache = client({ onTooLarge: 'skip', compression: { algorithm: 'brotli' } });
    await memcache.set('key', 'old');
    const calls = [memcache.set('key', large), memcache.get('key'), memcache.getMany(['key']), memcache.delete('key')];
    const outcomes = Promise.allSettled(calls);
    await memcache.close({ drain: '20ms' });
    // By then, and not when brotli is done.
    const closed = { status: 'rejected', reason: { code: 'MEMCACHE_CLIENT_CLOSED' } };
    expect(await Promise.race([outcomes, setImmediate()])).toMatchObject(calls.map(() => closed));
  });
});

describe('a value that is still unpacked', () => {
  const forever = { serialize: () => 'text', deserialize: () => new Promise(() => undefined) };
  const late = {
    code: 'MEMCACHE_TIMEOUT',
    key: 'key',
    message: expect.stringContaining('its value was still being unpacked'),
  };

  it.each<[string, (memcache: Memcache) => Promise<unknown>]>([
    ['get', (memcache) => memcache.get('key', { timeout: '300ms' })],
    ['gets', (memcache) => memcache.gets('key', { timeout: '300ms' })],
    ['getAndTouch', (memcache) => memcache.getAndTouch('key', '1h', { timeout: '300ms' })],
    ['getMany', (memcache) => memcache.getMany(['key'], { timeout: '300ms' })],
  ])('%s › rejects at its deadline', async (_, call) => {
    const memcache = client({ serializer: forever });
    await memcache.set('key', {});
    await expect(call(memcache)).rejects.toMatchObject(late);
  });

  it.each<[string, (memcache: Memcache, signal: AbortSignal) => Promise<unknown>]>([
    ['get', (memcache, signal) => memcache.get('key', { signal })],
    ['gets', (memcache, signal) => memcache.gets('key', { signal })],
    ['getAndTouch', (memcache, signal) => memcache.getAndTouch('key', '1h', { signal })],
    ['getMany', (memcache, signal) => memcache.getMany(['key', 'other'], { signal })],
  ])('%s › rejects with the reason of its signal', async (_, call) => {
    const controller = new AbortController();
    const deserialize = (): unknown => {
      queueMicrotask(() => {
        controller.abort('the visitor left');
      });
      return forever.deserialize();
    };
    const memcache = client({ serializer: { ...forever, deserialize } });
    await memcache.setMany({ key: {}, other: 'text' });
    await expect(call(memcache, controller.signal)).rejects.toBe('the visitor left');
  });

  it('getMany › has the other values', async () => {
    const memcache = client({ serializer: forever });
    await memcache.setMany({ key: {}, other: 'text' });
    await expect(memcache.getMany(['key', 'other'], { timeout: '300ms' })).rejects.toMatchObject({
      code: 'MEMCACHE_PARTIAL_FAILURE',
      values: new Map([['other', 'text']]),
      failures: new Map([['key', expect.objectContaining(late)]]),
    });
  });

  it('close() › ends it', async () => {
    const memcache = client({ serializer: forever });
    await memcache.set('key', {});
    const reading = memcache.get('key');
    const outcome = expect(reading).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
    await memcache.close({ drain: '300ms' });
    await outcome;
  });
});

describe('delete of a value in several items', () => {
  it('that waits for another one to be packed › names itself at its deadline', async () => {
    const memcache = client({ onTooLarge: 'chunk', compression: { algorithm: 'brotli' } });
    const storing = memcache.set('key', large);
    await expect(memcache.delete('key', { timeout: '20ms' })).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringMatching(/^Cannot delete key "key"/),
    });
    storing.catch(() => undefined);
    await memcache.close({ drain: '1ms' });
  });

  it('that waits for another one to be packed › deletes its pieces too', async () => {
    const memcache = client({ onTooLarge: 'chunk', itemSizeMax: 65_536 });
    await memcache.set('key', randomBytes(300_000));
    const adding = memcache.add('key', middling);
    expect(await memcache.delete('key')).toBe(true);
    expect(await adding).toBe(false);
    let items = '';
    while (items !== '0') items = (await memcache.stats()).get(memcached.address)?.['curr_items'] ?? '';
  });
});
