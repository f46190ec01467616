import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import fc from 'fast-check';
import { createMemcache, type Memcache } from '../memcache.js';
import type { CompressionAlgorithm, MemcacheOptions } from '../options/memcache-options.js';
import { compressionFlags, valueFlags } from './value-flags.js';

const ALGORITHMS: readonly CompressionAlgorithm[] = ['deflate', 'gzip', 'brotli'];

let server: RealMemcached;
const clients: Memcache[] = [];

beforeAll(async () => {
  server = await startMemcached();
});

afterEach(async () => {
  await Promise.all(clients.splice(0).map((memcache) => memcache.close()));
});

afterAll(async () => {
  await server.stop();
});

function client(options: MemcacheOptions = {}): Memcache {
  const memcache = createMemcache({ servers: server.address, timeout: '10s', ...options });
  clients.push(memcache);
  return memcache;
}

describe.each(ALGORITHMS)('any value, compressed with %s', (algorithm) => {
  it('comes back from a memcached as it was, to every client', async () => {
    const memcache = client({ compression: { algorithm, threshold: 0 } });
    const other = client({ compression: false });
    const value = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.uint8Array({ maxLength: 2000 }).map((bytes) => Buffer.from(bytes)),
      fc.jsonValue().map((json) => JSON.parse(JSON.stringify(json)) as unknown),
      fc.tuple(fc.string({ unit: 'grapheme', minLength: 1 }), fc.nat(2000)).map(([word, times]) => word.repeat(times)),
    );
    await fc.assert(
      fc.asyncProperty(value, async (original) => {
        await memcache.set('any', original);
        expect(await other.get('any')).toEqual(original);
        expect((await other.getMany(['any'])).get('any')).toEqual(original);
      }),
      { numRuns: 100 },
    );
  });

  it('is what the option asks for, from its threshold on', async () => {
    const memcache = client({ compression: { algorithm, threshold: 200 } });
    await memcache.setMany(
      new Map([
        ['below', 'x'.repeat(199)],
        ['from', 'x'.repeat(200)],
      ]),
    );
    expect((await memcache.gets('below'))?.flags).toBe(valueFlags.string);
    expect((await memcache.gets('from'))?.flags).toBe(compressionFlags[algorithm]);
    expect((await memcache.gets('from'))?.value).toBe('x'.repeat(200));
  });
});

describe('the options about values', () => {
  it('compress from 4 KiB on unless told otherwise', async () => {
    await client().set('large', 'x'.repeat(4096));
    expect((await client().gets('large'))?.flags).toBe(compressionFlags.deflate);
    await client({ compression: false }).set('large', 'x'.repeat(4096));
    expect((await client().gets('large'))?.flags).toBe(valueFlags.string);
  });

  it('hand values to a serializer', async () => {
    const memcache = client({
      serializer: {
        serialize: (value) => (value as Date).toISOString(),
        deserialize: (data) => new Date(data.toString()),
      },
    });
    const launch = new Date(Date.UTC(2026, 10, 21));
    await memcache.set('launch', launch);
    expect(await memcache.get('launch')).toEqual(launch);
    await expect(client().get('launch')).rejects.toMatchObject({ code: 'MEMCACHE_VALUE_CORRUPT', key: 'launch' });
  });

  it('read large compressed values with every call', async () => {
    const memcache = client();
    const large = Array.from({ length: 50_000 }, (_, at) => `line ${String(at)}`);
    const text = large.join();
    await memcache.set('large', text);
    expect(await memcache.get('large')).toBe(text);
    expect((await memcache.gets('large'))?.value).toBe(text);
    expect(await memcache.getAndTouch('large', '1m')).toBe(text);
    expect((await memcache.getMany(['large'])).get('large')).toBe(text);
    expect(await memcache.append('large', ' and more')).toBe(true);
    expect(await memcache.get('large')).toBe(`${text} and more`);
    expect(await memcache.prepend('large', 'first ')).toBe(true);
    await expect(memcache.get('large')).rejects.toMatchObject({ code: 'MEMCACHE_VALUE_CORRUPT' });
  });
});
