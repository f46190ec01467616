import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memcachedBuilds, startMemcached } from '@memkit/testing';
import { createDriver } from './create-driver.js';
import {
  unchanged,
  type OutgoingItem,
  type ProtocolDriver,
  type ProtocolName,
  type StoreMode,
} from './protocol-driver.js';
import { DriverWire } from './spec-support/driver-wire.js';

/** An absolute time, one second later than the longest relative one. */
const IN_1970 = 2_592_001;

interface Running {
  readonly port: number;
  stop(): Promise<unknown>;
}

async function startEmbedded(): Promise<Running> {
  const { createServer } = await import('@memkit/server');
  const server = createServer();
  const { port } = await server.listen();
  return { port, stop: () => server.close() };
}

const servers: [name: string, version: string, start: () => Promise<Running>][] = [
  ...memcachedBuilds().map(({ name, version, program }): [string, string, () => Promise<Running>] => [
    `memcached (${name})`,
    version,
    () => startMemcached({ binary: program }),
  ]),
  ['embedded server', '1.6.18', startEmbedded],
];
const protocols: [ProtocolName, version: string | undefined][] = [
  ['meta', undefined],
  ['meta', 'its own'],
  ['text', undefined],
  ['text', 'its own'],
  ['binary', undefined],
];

const item = (data: string, more: Partial<OutgoingItem> = {}): OutgoingItem => ({
  data,
  dataBytes: Buffer.byteLength(data),
  flags: 0,
  exptime: 0,
  cas: 0n,
  ...more,
});

describe.each(servers)('on the %s', (_, ownVersion, start) => {
  let running: Running;
  beforeAll(async () => {
    running = await start();
  });
  afterAll(() => running.stop());

  describe.each(protocols)('the %s driver, told that the version is %s', (name, told) => {
    let driver: ProtocolDriver;
    let wire: DriverWire;
    beforeEach(async () => {
      const version = told === undefined ? undefined : ownVersion;
      driver = createDriver(name, `127.0.0.1:${String(running.port)}`, { isLoggedIn: false, version });
      wire = await DriverWire.open(running.port, driver);
      await wire.ask(driver.flush());
    });
    afterEach(() => {
      wire.close();
    });

    const store = (mode: StoreMode, key: string, data: string, more?: Partial<OutgoingItem>) =>
      wire.ask(driver.store(mode, key, item(data, more)));
    const get = (key: string) => wire.ask(driver.get(key));

    it('gets what was set, with flags, and undefined for what is absent', async () => {
      expect(await store('set', 'key', 'välue', { flags: 4_294_967_295 })).toBe('stored');
      expect(await get('key')).toMatchObject({ data: Buffer.from('välue'), flags: 4_294_967_295, cas: 0n });
      expect(await get('absent')).toBeUndefined();
    });

    it('gets with a CAS token, and stores only over the item the token is of', async () => {
      await store('set', 'key', 'one');
      const read = await wire.ask(driver.gets('key'));
      const cas = read?.cas ?? 0n;
      expect(cas).toBeGreaterThan(0n);
      expect(await store('set', 'key', 'two', { cas })).toBe('stored');
      expect(await store('set', 'key', 'three', { cas })).toBe('exists');
      expect(await store('set', 'absent', 'four', { cas })).toBe('not_found');
      expect((await get('key'))?.data.toString()).toBe('two');
    });

    it('adds only what is absent, replaces only what is present', async () => {
      expect(await store('replace', 'key', 'one')).toBe('not_stored');
      expect(await store('add', 'key', 'two')).toBe('stored');
      expect(await store('add', 'key', 'three')).toBe('not_stored');
      expect(await store('replace', 'key', 'four')).toBe('stored');
      expect((await get('key'))?.data.toString()).toBe('four');
    });

    it('appends and prepends to what is present, and keeps its flags', async () => {
      expect(await store('append', 'key', '!')).toBe('not_stored');
      expect(await store('prepend', 'key', '!')).toBe('not_stored');
      await store('set', 'key', 'middle', { flags: 7 });
      expect(await store('append', 'key', '>', { flags: 9, exptime: 1 })).toBe('stored');
      expect(await store('prepend', 'key', '<', { flags: 9, exptime: 1 })).toBe('stored');
      expect(await get('key')).toMatchObject({ data: Buffer.from('<middle>'), flags: 7 });
    });

    it('gets an item only when it changed since its CAS token', async () => {
      await store('set', 'key', 'one');
      const cas = (await wire.ask(driver.gets('key')))?.cas ?? 0n;
      expect(await wire.ask(driver.getIfChanged('key', cas))).toBe(unchanged);
      expect(await wire.ask(driver.getIfChanged('key', 0n))).toMatchObject({ data: Buffer.from('one'), cas });
      await store('set', 'key', 'two');
      expect(await wire.ask(driver.getIfChanged('key', cas))).toMatchObject({ data: Buffer.from('two') });
      expect(await wire.ask(driver.getIfChanged('absent', cas))).toBeUndefined();
    });

    it('takes a CAS token that came over another connection for none', async () => {
      await store('set', 'key', 'one');
      const item = await wire.ask(driver.getIfChanged('key', 0n));
      if (item === undefined || item === unchanged) throw new TypeError('There is no item.');
      const { cas, connection } = item;
      expect(await wire.ask(driver.getIfChanged('key', cas, connection))).toBe(unchanged);
      expect(await wire.ask(driver.getIfChanged('key', cas, connection + 1))).toEqual(item);
    });

    it('gets many keys in one request: those that are present, each under the key it was asked with', async () => {
      await Promise.all(['a', 'c', 'ключ'].map((key, place) => store('set', key, `value of ${key}`, { flags: place })));
      const items = await wire.ask(driver.getMany(['absent', 'ключ', 'a', 'b', 'c', 'a']));
      expect(items.map((item) => item && [item.data.toString(), item.flags, item.cas])).toEqual([
        undefined,
        ['value of ключ', 2, 0n],
        ['value of a', 0, 0n],
        undefined,
        ['value of c', 1, 0n],
        ['value of a', 0, 0n],
      ]);
      expect(await wire.ask(driver.getMany(['nothing', 'here']))).toEqual([undefined, undefined]);
    });

    it('gets 500 keys of 200 bytes in the order they were asked for, between other requests', async () => {
      const keys = Array.from({ length: 500 }, (_value, place) => `${String(place)}-`.padEnd(200, 'k'));
      await Promise.all(keys.map((key) => store('set', key, key)));
      const [before, items, after] = await Promise.all([
        get('absent'),
        wire.ask(driver.getMany(keys)),
        wire.ask(driver.gets(keys[1] ?? '')),
      ]);
      expect(items.map((item) => item?.data.toString())).toEqual(keys);
      expect([before, after?.data.toString()]).toEqual([undefined, keys[1]]);
    });

    it('deletes, and says whether there was something', async () => {
      await store('set', 'key', 'one');
      expect(await wire.ask(driver.delete('key'))).toBe(true);
      expect(await wire.ask(driver.delete('key'))).toBe(false);
      expect(await get('key')).toBeUndefined();
    });

    it('counts up and down, wraps, and stops at 0', async () => {
      const count = (direction: 'increment' | 'decrement', by: bigint) =>
        wire.ask(driver.arithmetic('key', { direction, by }));
      expect(await count('increment', 1n)).toBeUndefined();
      await store('set', 'key', '18446744073709551614');
      expect(await count('increment', 1n)).toBe(18_446_744_073_709_551_615n);
      expect(await count('increment', 2n)).toBe(1n);
      await store('set', 'key', '100');
      expect(await count('decrement', 91n)).toBe(9n);
      expect(await count('decrement', 10n)).toBe(0n);
    });

    it('touches what is present', async () => {
      expect(await wire.ask(driver.touch('key', 100))).toBe(false);
      await store('set', 'key', 'one');
      expect(await wire.ask(driver.touch('key', 100))).toBe(true);
      expect(await get('key')).toBeDefined();
      expect(await wire.ask(driver.touch('key', IN_1970))).toBe(true);
      expect(await get('key')).toBeUndefined();
    });

    it('gets and touches', async () => {
      expect(await wire.ask(driver.getAndTouch('key', 100))).toBeUndefined();
      await store('set', 'key', 'one', { flags: 3 });
      expect(await wire.ask(driver.getAndTouch('key', 100))).toMatchObject({ data: Buffer.from('one'), flags: 3 });
      const past = wire.ask(driver.getAndTouch('key', IN_1970));
      expect([await past.then((read) => read?.data.toString()), await get('key')]).toEqual([
        driver.name === 'text' && told === undefined ? undefined : 'one',
        undefined,
      ]);
    });

    it('reads version and statistics, and empties the server', async () => {
      expect(await wire.ask(driver.version())).toBe(ownVersion);
      expect(await wire.ask(driver.stats(''))).toMatchObject({ version: ownVersion, pid: expect.any(String) });
      expect(await wire.ask(driver.stats('settings'))).toMatchObject({ item_size_max: '1048576' });
      await store('set', 'key', 'one');
      await wire.ask(driver.flush());
      expect(await get('key')).toBeUndefined();
    });

    it('reports errors of the server and goes on', async () => {
      await store('set', 'key', 'text');
      const input = { direction: 'increment', by: 1n, initial: undefined, exptime: 0 } as const;
      await expect(wire.ask(driver.arithmetic('key', input))).rejects.toMatchObject({ code: 'MEMCACHE_NOT_A_NUMBER' });
      await expect(store('set', 'large', 'x'.repeat(2_000_000))).rejects.toMatchObject({
        code: 'MEMCACHE_ITEM_TOO_LARGE',
        key: 'large',
      });
      await expect(wire.ask(driver.clusterConfiguration())).rejects.toMatchObject({ code: 'MEMCACHE_UNKNOWN_COMMAND' });
      expect((await get('key'))?.data.toString()).toBe('text');
    });
  });
});
