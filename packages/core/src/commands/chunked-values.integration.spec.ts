import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import fc from 'fast-check';
import { createMemcache, type Memcache } from '../memcache.js';
import type { MemcacheOptions } from '../options/memcache-options.js';

const PROTOCOLS = ['meta', 'text', 'binary'] as const;

let servers: RealMemcached[];
let clients: Memcache[];

beforeAll(async () => {
  // 16 KiB is small enough to see many pieces, and -I changes nothing else.
  servers = await Promise.all(
    [1, 2, 3].map(() => startMemcached({ args: ['-I', '16384', '-o', 'slab_chunk_max=8192'] })),
  );
});

afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()));
});

beforeEach(() => {
  clients = [];
});

afterEach(async () => {
  await clients[0]?.flush();
  await Promise.all(clients.map((memcache) => memcache.close()));
});

function client(options: MemcacheOptions = {}): Memcache {
  const memcache = createMemcache({
    servers: servers.map(({ address }) => address),
    timeout: '10s',
    compression: false,
    onTooLarge: 'chunk',
    ...options,
  });
  clients.push(memcache);
  return memcache;
}

/** What the servers themselves hold under the key, without our client. */
async function rawText(key: string): Promise<string | undefined> {
  const answers = await Promise.all(servers.map(({ port }) => ask(port, `get ${key}\r\n`)));
  return answers.map((answer) => /^VALUE .*\r\n(.*)\r\n/.exec(answer)?.[1]).find((line) => line !== undefined);
}

function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(command));
    socket.setEncoding('latin1').once('error', reject);
    socket.on('data', (text: string) => {
      answer += text;
      if (!/^(END|EN|HD.*)\r\n$/m.test(answer)) return;
      socket.destroy();
      resolve(answer);
    });
  });
}

/** How long the item lives on, as its server counts. */
async function secondsLeft(key: string): Promise<number> {
  const answers = await Promise.all(servers.map(({ port }) => ask(port, `mg ${key} t\r\n`)));
  return Number(answers.map((answer) => /^HD t(\d+)/.exec(answer)?.[1]).find((seconds) => seconds !== undefined));
}

/** Where the pieces of a value are. */
async function pieceKeys(key: string): Promise<string[]> {
  const [, id = '', count = ''] = /^memkit-chunks 1 (\S+) (\d+) /.exec((await rawText(key)) ?? '') ?? [];
  return Array.from({ length: Number(count) }, (_, place) => `memkit:chunk:${id}:${String(place)}`);
}

const large = randomBytes(40_000);

describe.each(PROTOCOLS)('a value over several items, on the %s protocol', (protocol) => {
  it('is stored, read, read with its token, and replaced only with that token', async () => {
    const memcache = client({ protocol });
    expect(await memcache.set('feed', large)).toBe(true);
    expect(await memcache.get('feed')).toEqual(large);
    const item = await memcache.gets('feed');
    expect(item?.value).toEqual(large);
    const next = { text: 'x'.repeat(50_000), at: 1 };
    expect(await memcache.set('feed', next, { cas: item?.cas ?? 0n })).toBe(true);
    expect(await memcache.set('feed', large, { cas: item?.cas ?? 0n })).toBe(false);
    expect(await memcache.get('feed')).toEqual(next);
  });

  it('follows add and replace', async () => {
    const memcache = client({ protocol });
    expect(await memcache.replace('feed', large)).toBe(false);
    expect(await memcache.add('feed', large)).toBe(true);
    expect(await memcache.add('feed', 'x'.repeat(50_000))).toBe(false);
    expect(await memcache.get('feed')).toEqual(large);
  });

  it('is read in getMany beside small values, in the order of the keys', async () => {
    const memcache = client({ protocol });
    await memcache.setMany(
      new Map<string, unknown>([
        ['a', large],
        ['b', 'small'],
        ['c', 'y'.repeat(40_000)],
      ]),
    );
    expect([...(await memcache.getMany(['c', 'b', 'absent', 'a']))]).toEqual([
      ['c', 'y'.repeat(40_000)],
      ['b', 'small'],
      ['a', large],
    ]);
  });

  it('lives on when it is touched, all of it', async () => {
    const memcache = client({ protocol });
    await memcache.set('feed', large, { ttl: '60s' });
    await memcache.set('news', large, { ttl: '60s' });
    expect(await memcache.touch('feed', '10m')).toBe(true);
    expect(await memcache.getAndTouch('news', '10m')).toEqual(large);
    for (const key of ['feed', 'news']) {
      for (const item of [key, ...(await pieceKeys(key))]) expect(await secondsLeft(item)).toBeGreaterThan(500);
    }
  });

  it('leaves nothing behind when it is deleted', async () => {
    const memcache = client({ protocol });
    await memcache.setMany(
      new Map([
        ['a', large],
        ['b', large],
        ['c', large],
      ]),
    );
    const pieces = (await Promise.all(['a', 'b', 'c'].map(pieceKeys))).flat();
    expect(pieces).toHaveLength(18);
    expect(await memcache.delete('a')).toBe(true);
    expect(await memcache.deleteMany(['b', 'c', 'absent'])).toEqual(
      new Map([
        ['b', true],
        ['c', true],
        ['absent', false],
      ]),
    );
    // The pieces go in the background, on the connections that this asks for the version.
    await memcache.version();
    expect(await Promise.all(pieces.map((key) => rawText(key)))).toEqual(pieces.map(() => undefined));
  });
});

describe('a value over several items', () => {
  it('is read by a client that never splits values itself', async () => {
    await client().set('feed', large);
    expect(await client({ onTooLarge: 'error' }).get('feed')).toEqual(large);
  });

  it('is a miss as soon as one piece is gone', async () => {
    const memcache = client();
    await memcache.set('feed', large, { ttl: '10m' });
    const [, , piece = ''] = await pieceKeys('feed');
    expect(await memcache.delete(piece)).toBe(true);
    expect(await memcache.get('feed')).toBeUndefined();
    expect(await memcache.getMany(['feed'])).toEqual(new Map());
    expect(await memcache.gets('feed')).toBeUndefined();
    expect(await memcache.touch('feed', '1m')).toBe(false);
  });

  it('is never torn, however many write and read at once', async () => {
    // Told, not learned: a server that has to refuse a set deletes what the key held, so that nobody reads stale data.
    const itemSizeMax = 16_384;
    const writers = [client({ itemSizeMax }), client({ itemSizeMax }), client({ itemSizeMax, protocol: 'binary' })];
    const reader = client({ protocol: 'text' });
    const value = (fill: number) => Buffer.alloc(60_000 + fill, fill);
    await writers[0]?.set('feed', value(0));
    const state = { isWriting: true };
    const writing = Promise.all(
      writers.map(async (memcache, place) => {
        for (let round = 0; round < 10; round += 1) await memcache.set('feed', value(place * 50 + round));
      }),
    ).finally(() => {
      state.isWriting = false;
    });
    let reads = 0;
    while (state.isWriting) {
      const read = (await reader.get('feed')) as Buffer;
      expect(read.equals(value(read[0] ?? 255))).toBe(true);
      reads += 1;
    }
    await writing;
    expect(reads).toBeGreaterThan(3);
  });

  it('holds any text, any bytes and any JSON value, compressed or not', async () => {
    const plain = client();
    const packed = [client({ compression: true }), client({ compression: { algorithm: 'brotli', threshold: 0 } })];
    const words = fc.array(fc.string({ unit: 'grapheme', minLength: 1 }), { minLength: 1, maxLength: 100 });
    const value = fc.oneof(
      words.map((few) => few.join(' ').repeat(Math.ceil(20_000 / few.join(' ').length))),
      fc
        .tuple(fc.uint8Array({ minLength: 1 }), fc.integer({ min: 10_000, max: 60_000 }))
        .map(([fill, size]) => Buffer.alloc(size, fill)),
      words.map((few) => ({ list: Array.from({ length: 5000 }, (_, at) => few[at % few.length]) })),
    );
    await fc.assert(
      fc.asyncProperty(value, async (original) => {
        for (const memcache of [plain, ...packed]) {
          await memcache.set('any', original);
          expect(await plain.get('any')).toEqual(original);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is refused where its pieces could not be told apart: append and prepend', async () => {
    const memcache = client();
    await memcache.set('feed', 'x'.repeat(50_000));
    expect(await memcache.append('feed', 'more')).toBe(true);
    await expect(memcache.get('feed')).rejects.toMatchObject({
      code: 'MEMCACHE_VALUE_CORRUPT',
      message: expect.stringContaining('Do not append or prepend'),
    });
  });

  it('is not made of a value with flags of its own', async () => {
    await expect(client().set('feed', large, { flags: 7 })).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
  });
});
