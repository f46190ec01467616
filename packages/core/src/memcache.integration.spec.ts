import { connect } from 'node:net';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from './memcache.js';
import type { MemcacheOptions } from './options/memcache-options.js';
import type { ConnectionMessage } from './telemetry/channels.js';

let plain: RealMemcached;
let sasl: RealMemcached;
const clients: Memcache[] = [];
const auth = { username: 'alice', password: 's3cret' };

function client(options: MemcacheOptions): Memcache {
  const memcache = createMemcache({ timeout: '5s', ...options });
  clients.push(memcache);
  return memcache;
}

function inspectAll(...things: unknown[]): string {
  return things.map((thing) => inspect(thing, { depth: 10, showHidden: true })).join('\n');
}

/** The remaining seconds as the server counts them. */
function ttlOf(port: number, key: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`mg ${key} t\r\n`));
    socket.once('error', reject);
    socket.once('data', (data) => {
      socket.destroy();
      resolve(Number(/ t(-?\d+)/.exec(data.toString())?.[1]));
    });
  });
}

beforeAll(async () => {
  [plain, sasl] = await Promise.all([startMemcached(), startMemcached({ sasl: auth })]);
});

afterAll(async () => {
  await Promise.all(clients.map((memcache) => memcache.close()));
  await Promise.all([plain.stop(), sasl.stop()]);
});

// The same behaviour on every server and protocol.
describe.each<[string, () => MemcacheOptions]>([
  ['the embedded server, meta protocol', () => ({ environment: {} })],
  ['the embedded server, binary protocol', () => ({ environment: {}, protocol: 'binary' })],
  ['memcached, meta protocol', () => ({ servers: plain.address })],
  ['memcached, binary protocol', () => ({ servers: plain.address, protocol: 'binary' })],
  ['memcached with SASL', () => ({ servers: sasl.address, auth })],
  ['memcached without SASL, with credentials', () => ({ servers: plain.address, auth })],
])('on %s', (name, options) => {
  let memcache: Memcache;

  beforeAll(() => {
    memcache = client({ keyPrefix: `${name.replaceAll(/\W/g, '-')}:`, ...options() });
  });

  it('get › resolves to undefined when the key is absent', async () => {
    expect(await memcache.get('absent')).toBeUndefined();
  });

  it.each([['text'], ['END\r\n'], [''], [7], [null], [false], [{ name: 'Ada', list: [1] }]])(
    'set › stores %j for get to return',
    async (value) => {
      expect(await memcache.set('value', value)).toBe(true);
      expect(await memcache.get('value')).toStrictEqual(value);
    },
  );

  it('set › stores bytes as they are, larger than one chunk of a socket', async () => {
    const bytes = Buffer.from(Array.from({ length: 300_000 }, (_, at) => at % 256));
    await memcache.set('bytes', bytes);
    expect(bytes.equals((await memcache.get('bytes')) as Buffer)).toBe(true);
  });

  it('set › with a token stores only an unchanged item', async () => {
    await memcache.set('cas', 1);
    const item = await memcache.gets('cas');
    expect(item).toMatchObject({ value: 1, flags: 0x40000 });
    expect(await memcache.set('cas', 2, { cas: item?.cas ?? 0n })).toBe(true);
    expect(await memcache.set('cas', 3, { cas: item?.cas ?? 0n })).toBe(false);
    await memcache.delete('cas');
    expect(await memcache.set('cas', 4, { cas: item?.cas ?? 0n })).toBe(false);
    expect(await memcache.gets('cas')).toBeUndefined();
  });

  it('add and replace › say whether the condition held', async () => {
    await memcache.delete('condition');
    expect(await memcache.replace('condition', 'a')).toBe(false);
    expect(await memcache.add('condition', 'b')).toBe(true);
    expect(await memcache.add('condition', 'c')).toBe(false);
    expect(await memcache.replace('condition', 'd')).toBe(true);
    expect(await memcache.get('condition')).toBe('d');
  });

  it('delete and touch › say whether the key was there', async () => {
    await memcache.set('there', 1);
    expect(await memcache.touch('there', '10m')).toBe(true);
    expect(await memcache.delete('there')).toBe(true);
    expect(await memcache.delete('there')).toBe(false);
    expect(await memcache.touch('there', 'forever')).toBe(false);
  });

  it('a ttl of more than 30 days › keeps the item', async () => {
    await memcache.set('long', 'kept', { ttl: '40d' });
    expect(await memcache.get('long')).toBe('kept');
  });

  it('increment › counts what set stored, and get returns a number', async () => {
    await memcache.set('count', 9);
    expect(await memcache.increment('count')).toBe(10);
    expect(await memcache.get('count')).toBe(10);
    expect(await memcache.decrement('count', 3n)).toBe(7);
    expect(await memcache.get('count')).toBe(7);
    expect(await memcache.decrement('count', 100)).toBe(0);
  });

  it('increment › leaves an absent counter absent without initial', async () => {
    await memcache.delete('none');
    expect(await memcache.increment('none')).toBeUndefined();
    expect(await memcache.get('none')).toBeUndefined();
  });

  it('increment › creates the counter with initial, which get returns as a number', async () => {
    await memcache.delete('fresh');
    expect(await memcache.increment('fresh', 5, { initial: 1, ttl: '1h' })).toBe(1);
    expect(await memcache.get('fresh')).toBe(1);
    expect(await memcache.increment('fresh', 5, { initial: 1 })).toBe(6);
  });

  it('increment › returns a bigint beyond 2^53 - 1 and wraps after 2^64 - 1', async () => {
    await memcache.delete('large');
    const most = 18446744073709551615n;
    expect(await memcache.increment('large', 1, { initial: most })).toBe(most);
    expect(await memcache.get('large')).toBe(most);
    expect(await memcache.increment('large', 1)).toBe(0);
  });

  it('increment › says that the value is not a number', async () => {
    await memcache.set('text', 'abc');
    await expect(memcache.increment('text')).rejects.toMatchObject({ code: 'MEMCACHE_NOT_A_NUMBER' });
  });

  it('getMany › returns what is there, in the order of the keys, each key once', async () => {
    await Promise.all(['m1', 'm2', 'm3'].map((key) => memcache.set(key, key.toUpperCase())));
    const values = await memcache.getMany(['m3', 'absent', 'm1', 'm3']);
    expect([...values]).toEqual([
      ['m3', 'M3'],
      ['m1', 'M1'],
    ]);
  });

  it('stats, version and explain › answer for each server by its name', async () => {
    const [server] = memcache.explain().servers;
    const [version] = await memcache.version();
    const [stats] = await memcache.stats();
    expect(version).toEqual([server, expect.stringMatching(/^\d+\.\d+/)]);
    expect(stats?.[0]).toBe(server);
    expect(Number(stats?.[1]?.['cmd_get'])).toBeGreaterThan(0);
  });

  it('key prefix › is what keeps clients apart', async () => {
    const other = client({ ...options(), keyPrefix: 'other:' });
    await memcache.set('mine', 1);
    expect(await other.get('mine')).toBeUndefined();
  });

  it('close › rejects later calls with CLIENT_CLOSED', async () => {
    const short = client(options());
    await short.set('closing', 1);
    await short.close();
    await expect(short.get('closing')).rejects.toMatchObject({
      code: 'MEMCACHE_CLIENT_CLOSED',
      message: expect.stringMatching(/^Cannot get/),
    });
  });
});

describe('a client', () => {
  it('flushes every server', async () => {
    const memcache = client({ servers: [plain.address] });
    await memcache.set('flushed', 1);
    await memcache.flush();
    expect(await memcache.get('flushed')).toBeUndefined();
  });

  it('uses the default ttl of the client', async () => {
    const memcache = client({ servers: plain.address, ttl: '100s' });
    await memcache.set('default-ttl', 1);
    const [slab] = await memcache.stats('settings');
    expect(slab?.[1]['item_size_max']).toBe('1048576');
    const raw = await ttlOf(plain.port, 'default-ttl');
    expect(raw).toBeGreaterThan(90);
    expect(raw).toBeLessThanOrEqual(100);
  });

  it('shares the items of the embedded server with every other client of the process', async () => {
    const [one, two] = [client({ environment: {} }), client({ environment: {} })];
    await one.set('shared', 'seen');
    expect(await two.get('shared')).toBe('seen');
  });

  it('says that the password is wrong, names the server and shows no credential', async () => {
    const memcache = client({ servers: `alice:wr0ng@${sasl.address}` });
    const error: unknown = await memcache.get('key').catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'MEMCACHE_AUTH_FAILED', server: sasl.address, retryable: false });
    expect((error as Error).message).toContain('Check the credentials');
    expect(inspectAll(memcache, error)).not.toMatch(/alice|wr0ng/);
  });

  it('publishes what happens to its connections', async () => {
    const messages: ConnectionMessage[] = [];
    const listen = (message: unknown): void => void messages.push(message as ConnectionMessage);
    subscribe('memkit:core:connection', listen);
    try {
      const memcache = client({ servers: plain.address, auth });
      await memcache.get('key');
      await memcache.close();
    } finally {
      unsubscribe('memkit:core:connection', listen);
    }
    const ours = messages.filter(({ server }) => server === plain.address).map(({ event }) => event);
    expect(ours.slice(0, 2).sort()).toEqual(['auth-skipped', 'connected']);
  });

  it('shows no credential when inspected', () => {
    const memcache = client({ servers: plain.address, auth });
    expect(inspectAll(memcache)).not.toMatch(/s3cret|alice/);
    expect(inspectAll(memcache)).toContain(plain.address);
  });

  it('applies the options of a URL', async () => {
    const memcache = client({ servers: `memcached://${plain.address}?keyPrefix=url%3A` });
    await memcache.set('prefixed', 'x');
    expect(await client({ servers: plain.address }).get('url:prefixed')).toBe('x');
  });
});
