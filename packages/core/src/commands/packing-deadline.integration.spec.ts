/** Calls on a key whose large value is still being compressed have their deadlines and signals all the same. */
import { randomBytes } from 'node:crypto';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';

// Seconds of work for brotli, none of it in the event loop.
const large = randomBytes(40_000_000).toString('hex');

let memcached: RealMemcached;
let memcache: Memcache;

beforeEach(async () => {
  memcached = await startMemcached();
  memcache = createMemcache({
    servers: memcached.address,
    timeout: '20s',
    onTooLarge: 'skip',
    compression: { algorithm: 'brotli' },
  });
  await memcache.set('key', 'old');
});

afterEach(async () => {
  await memcache.close();
  await memcached.stop('SIGKILL');
});

it.each<[string, () => Promise<unknown>]>([
  ['get', () => memcache.get('key', { timeout: '20ms' })],
  ['getMany', () => memcache.getMany(['key'], { timeout: '20ms' })],
  ['set', () => memcache.set('key', 'small', { timeout: '20ms' })],
  ['delete', () => memcache.delete('key', { timeout: '20ms' })],
])('%s › rejects at its deadline', async (_, call) => {
  let isPacked = false;
  const packing = memcache.set('key', large).then(() => (isPacked = true));
  await expect(call()).rejects.toMatchObject({
    code: 'MEMCACHE_TIMEOUT',
    message: expect.stringContaining('still being compressed'),
  });
  expect(isPacked).toBe(false);
  await packing;
});

it('the large value itself rejects at its deadline, and the old one is not read any more', async () => {
  await expect(memcache.set('key', large, { timeout: '20ms' })).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
  await expect(memcache.get('key')).resolves.toBeUndefined();
});

it('an aborted call rejects with the reason of its signal', async () => {
  let isPacked = false;
  const packing = memcache.set('key', large).then(() => (isPacked = true));
  const controller = new AbortController();
  const call = memcache.get('key', { signal: controller.signal });
  controller.abort(new Error('enough'));
  await expect(call).rejects.toThrow('enough');
  expect(isPacked).toBe(false);
  await packing;
});
