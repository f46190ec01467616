import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { OutgoingItem } from '../drivers/protocol-driver.js';
import type { WarningMessage } from '../telemetry/channels.js';
import { DeleteCommand } from './delete.js';
import { GetCommand } from './get.js';
import { ClusterInMemory, type Setup } from './spec-support/cluster-in-memory.js';
import { StoreCommand } from './store.js';

const keys = Array.from({ length: 30 }, (_, at) => `key-${String(at)}`);

let client: ClusterInMemory;
let warnings: WarningMessage[];

const listen = (message: unknown): void => {
  warnings.push(message as WarningMessage);
};

beforeEach(() => {
  warnings = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(async () => {
  unsubscribe('memkit:core:warning', listen);
  await client.router.close();
});

function item(text: string): OutgoingItem {
  return { data: text, dataBytes: text.length, flags: 0, exptime: 0, cas: 0n };
}

async function filled(setup: Setup = {}): Promise<ClusterInMemory> {
  client = new ClusterInMemory(setup);
  const stores = keys.map((key) => new StoreCommand('set', key, item(key)));
  const { failures } = await client.dispatcher.runAll('setMany', stores, client.deadline());
  expect(failures.size).toBe(0);
  return client;
}

function keysOf(name: string): string[] {
  return keys.filter((key) => client.order(key)[0]?.name === name);
}

describe('getMany', () => {
  it('asks each server once, for its own keys in the order they were given', async () => {
    await filled();
    const { items, failures } = await client.dispatcher.getMany(['absent', ...keys], client.deadline());
    expect(items.map((item) => item?.data.toString())).toEqual([undefined, ...keys]);
    expect(failures.size).toBe(0);
    for (const name of ['server-0', 'server-1', 'server-2']) {
      const requests = client.server(name).seen.filter((request) => request.startsWith('getMany'));
      expect(requests.map((request) => request.replace('absent,', ''))).toEqual([`getMany ${keysOf(name).join(',')}`]);
    }
  });

  it('cuts long lists of keys into requests of about 16 KiB', async () => {
    client = new ClusterInMemory({ servers: 1 });
    const long = Array.from({ length: 200 }, (_, at) => String(at).padStart(250, 'k'));
    await client.dispatcher.getMany(long, client.deadline());
    const sizes = client.server('server-0').seen.map((request) => request.split(',').length);
    expect(sizes).toEqual([65, 65, 65, 5]);
  });

  it('names exactly the keys of a server that failed, and holds the items of the others', async () => {
    await filled();
    client.server('server-1').failure = 'TIMEOUT';
    const { items, failures } = await client.dispatcher.getMany(keys, client.deadline());
    expect([...failures.keys()].sort()).toEqual(keysOf('server-1').sort());
    expect(items.map((item) => item?.data.toString())).toEqual(
      keys.map((key) => (failures.has(key) ? undefined : key)),
    );
    expect([...failures.values()][0]).toMatchObject({ code: 'MEMCACHE_TIMEOUT', server: 'server-1' });
  });

  it('failover next › asks the next server for the keys of one that is gone', async () => {
    await filled({ failsOverToNext: true });
    client.server('server-1').failure = 'CONNECT_FAILED';
    const orphans = keysOf('server-1');
    for (const key of orphans) client.order(key)[1]?.items.set(key, { text: 'taken over', exptime: 0 });
    const { items, failures } = await client.dispatcher.getMany(keys, client.deadline());
    expect(failures.size).toBe(0);
    expect(items.map((item) => item?.data.toString())).toEqual(
      keys.map((key) => (orphans.includes(key) ? 'taken over' : key)),
    );
    expect(warnings.map(({ event, server }) => `${event} ${server}`).sort()).toEqual([
      'failover server-0',
      'failover server-2',
    ]);
  });

  it('failover next › with all servers down › each key says so', async () => {
    await filled({ failsOverToNext: true });
    for (const server of ['server-0', 'server-1', 'server-2']) client.takeDown(client.server(server));
    const { items, failures } = await client.dispatcher.getMany(keys, client.deadline());
    expect(items.every((item) => item === undefined)).toBe(true);
    expect([...failures.keys()]).toEqual(keys);
    expect(failures.get('key-3')).toMatchObject({ code: 'MEMCACHE_NO_SERVER_AVAILABLE', key: 'key-3' });
  });

  it('after a lost connection › is repeated once', async () => {
    await filled({ servers: 1 });
    client.server('server-0').failure = 'CONNECTION_LOST';
    const { failures } = await client.dispatcher.getMany(['key-1', 'key-2'], client.deadline());
    expect([...failures.values()].map(({ code }) => code)).toEqual([
      'MEMCACHE_CONNECTION_LOST',
      'MEMCACHE_CONNECTION_LOST',
    ]);
    expect(warnings).toMatchObject([{ event: 'retry', command: 'getMany' }]);
  });

  it('rejects with the reason of an aborted signal, not with failures', async () => {
    await filled();
    const reason = new Error('the visitor left');
    const reading = client.dispatcher.getMany(keys, { ...client.deadline(), signal: AbortSignal.abort(reason) });
    await expect(reading).rejects.toBe(reason);
  });

  it('of no keys › asks nobody', async () => {
    client = new ClusterInMemory();
    expect((await client.dispatcher.getMany([], client.deadline())).items).toEqual([]);
    expect(client.server('server-0').seen).toEqual([]);
  });
});

describe('runAll', () => {
  it('tells for each key what came of it', async () => {
    await filled();
    client.server('server-2').failure = 'TIMEOUT';
    const deletes = keys.map((key) => new DeleteCommand(key));
    const { values, failures } = await client.dispatcher.runAll('deleteMany', deletes, client.deadline());
    expect([...failures.keys()]).toEqual(keysOf('server-2'));
    expect([...values.keys()]).toEqual(keys.filter((key) => !failures.has(key)));
    expect([...values.values()].every(Boolean)).toBe(true);
  });
});

describe('run', () => {
  it('rejects with what the reader of the item throws', async () => {
    await filled();
    const reading = client.run(
      new GetCommand('key-1', () => {
        throw new RangeError('no such value');
      }),
    );
    await expect(reading).rejects.toThrow(RangeError);
  });

  it('waits for a reader that takes a while', async () => {
    await filled();
    expect(await client.run(new GetCommand('key-1', ({ data }) => Promise.resolve(data.toString())))).toBe('key-1');
  });

  it('a command whose server left the list meanwhile › goes to the new one', async () => {
    await filled({ servers: 1 });
    const leaving = client.server('server-0');
    const reading = client.run(new GetCommand('key-1', ({ data }) => data.toString()));
    await client.setServers('server-9');
    expect(leaving.isClosed).toBe(true);
    expect(await reading).toBeUndefined();
    expect(client.server('server-9').seen).toEqual(['get key-1']);
  });
});
