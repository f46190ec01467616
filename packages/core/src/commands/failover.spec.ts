/** What each policy does with each kind of command, on servers in memory. */
import { afterEach, describe, expect, it } from '@jest/globals';
import type { OutgoingItem, WireItem } from '../drivers/protocol-driver.js';
import { ArithmeticCommand } from './arithmetic.js';
import { DeleteCommand } from './delete.js';
import { GetAndTouchCommand, GetCommand } from './get.js';
import { ClusterInMemory, GUTTER_TTL_SECONDS, type Setup } from './spec-support/cluster-in-memory.js';
import type { ServerInMemory } from './spec-support/server-in-memory.js';
import { StoreCommand } from './store.js';
import { TouchCommand } from './touch.js';

const KEY = 'key';
const HOUR = 3600;
const DAY_31 = 31 * 86_400;

const asText = ({ data }: WireItem): string => data.toString();

function item(text: string, exptime = 0): OutgoingItem {
  return { data: text, dataBytes: text.length, flags: 0, exptime, cas: 0n };
}

type Run = (cluster: ClusterInMemory, exptime?: number) => Promise<unknown>;

const NAMES = ['get', 'getAndTouch', 'set', 'add', 'replace', 'append', 'increment', 'delete', 'touch'] as const;
type Name = (typeof NAMES)[number];

const commands: Readonly<Record<Name, Run>> = {
  get: (cluster) => cluster.run(new GetCommand(KEY, asText)),
  getAndTouch: (cluster, exptime = HOUR) => cluster.run(new GetAndTouchCommand(KEY, exptime, asText)),
  set: (cluster, exptime) => cluster.run(new StoreCommand('set', KEY, item('20', exptime))),
  add: (cluster, exptime) => cluster.run(new StoreCommand('add', KEY, item('20', exptime))),
  replace: (cluster, exptime) => cluster.run(new StoreCommand('replace', KEY, item('20', exptime))),
  append: (cluster) => cluster.run(new StoreCommand('append', KEY, item('5'))),
  increment: (cluster) => cluster.run(new ArithmeticCommand(KEY, { direction: 'increment', by: 1n })),
  delete: (cluster) => cluster.run(new DeleteCommand(KEY)),
  touch: (cluster, exptime = HOUR) => cluster.run(new TouchCommand(KEY, exptime)),
};

let opened: ClusterInMemory[] = [];

afterEach(async () => {
  await Promise.all(opened.map(({ router }) => router.close()));
  opened = [];
});

/** A cluster, and the key's servers in their order. */
function cluster(setup: Setup): { readonly cluster: ClusterInMemory; readonly own: readonly ServerInMemory[] } {
  const created = new ClusterInMemory(setup);
  opened.push(created);
  return { cluster: created, own: created.order(KEY) };
}

function place(own: readonly ServerInMemory[], at: number): ServerInMemory {
  const server = own[at];
  if (server === undefined) throw new Error(`The key has no server ${String(at)}.`);
  return server;
}

/** What a read would show: a server deletes what it owes first. */
function shown(server: ServerInMemory): string | undefined {
  return server.owed.has(KEY) ? undefined : server.items.get(KEY)?.text;
}

describe('a command that its server does not answer', () => {
  // The answer does not come, so nobody knows what happened. What was to be overwritten or removed must not be seen
  // again; what was to be continued, or replaced on a condition, stays as it is.
  it.each<[Name, 'deleted' | 'kept']>([
    ['get', 'kept'],
    ['getAndTouch', 'kept'],
    ['set', 'deleted'],
    ['add', 'kept'],
    ['replace', 'kept'],
    ['append', 'kept'],
    ['increment', 'kept'],
    ['delete', 'deleted'],
    ['touch', 'kept'],
  ])('%s › rejects, and once the server is back the item is %s', async (name, fate) => {
    for (const setup of [{}, { failsOverToNext: true }, { hasGutter: true }]) {
      const { cluster: client, own } = cluster(setup);
      const owner = place(own, 0);
      await client.run(new StoreCommand('set', KEY, item('10')));
      owner.failure = 'TIMEOUT';
      await expect(commands[name](client)).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
      expect(shown(owner)).toBe(fate === 'kept' ? '10' : undefined);
    }
  });

  it('delete › that the server refused itself › is not done later', async () => {
    const { cluster: client, own } = cluster({});
    place(own, 0).failure = 'SERVER_ERROR';
    await expect(commands.delete(client)).rejects.toMatchObject({ code: 'MEMCACHE_SERVER_ERROR' });
    expect(place(own, 0).owed.size).toBe(0);
  });

  it('delete › with all servers down › is done later on every server that may hold the key', async () => {
    const { cluster: client, own } = cluster({ failsOverToNext: true });
    for (const server of own) client.takeDown(server);
    await expect(commands.delete(client)).rejects.toMatchObject({ code: 'MEMCACHE_NO_SERVER_AVAILABLE', key: KEY });
    expect(own.map(({ owed }) => owed.has(KEY))).toEqual([true, true, true]);
  });

  it('delete › with the only server of the key down › is done later there, and on no other server', async () => {
    const { cluster: client, own } = cluster({});
    client.takeDown(place(own, 0));
    await expect(commands.delete(client)).rejects.toMatchObject({ code: 'MEMCACHE_CONNECT_FAILED' });
    expect(own.map(({ owed }) => owed.has(KEY))).toEqual([true, false, false]);
  });
});

describe.each<[string, Setup]>([
  ['next', { failsOverToNext: true }],
  ['gutter', { hasGutter: true }],
])('failover %s', (_, setup) => {
  function standIn(client: ClusterInMemory, own: readonly ServerInMemory[]): ServerInMemory {
    return client.gutter ?? place(own, 1);
  }

  it.each<[Name, 'deleted' | 'kept', unknown]>([
    ['get', 'kept', '30'],
    ['getAndTouch', 'kept', '30'],
    ['set', 'deleted', true],
    ['add', 'kept', false],
    ['replace', 'deleted', true],
    ['append', 'deleted', true],
    ['increment', 'deleted', 31n],
    ['delete', 'deleted', true],
    ['touch', 'kept', true],
  ])('%s › goes to another server while its own is down; the old item is %s', async (name, fate, result) => {
    const { cluster: client, own } = cluster(setup);
    const owner = place(own, 0);
    const other = standIn(client, own);
    owner.items.set(KEY, { text: '10', exptime: 0 });
    other.items.set(KEY, { text: '30', exptime: 0 });
    client.takeDown(owner);
    const outcome = await commands[name](client);
    expect(typeof outcome === 'number' ? BigInt(outcome) : outcome).toBe(result);
    expect(owner.seen).toEqual([]);
    expect(shown(owner)).toBe(fate === 'kept' ? '10' : undefined);
  });

  it('a command that finds its server gone › goes to the other one at once', async () => {
    const { cluster: client, own } = cluster(setup);
    place(own, 0).failure = 'CONNECT_FAILED';
    expect(await commands.set(client)).toBe(true);
    expect(shown(standIn(client, own))).toBe('20');
  });

  it('a second outage › shows nothing of what the first one left elsewhere', async () => {
    const { cluster: client, own } = cluster(setup);
    const owner = place(own, 0);
    client.takeDown(owner);
    await commands.set(client);
    expect(await commands.get(client)).toBe('20');

    client.bringUp(owner);
    expect(await commands.get(client)).toBeUndefined();
    await client.run(new StoreCommand('set', KEY, item('new')));

    client.takeDown(owner);
    expect(await commands.get(client)).toBeUndefined();
  });

  it('a server that came back while the write was under way › leaves no old copy either', async () => {
    const { cluster: client, own } = cluster(setup);
    const owner = place(own, 0);
    client.takeDown(owner);
    const writing = commands.set(client);
    client.bringUp(owner);
    await writing;
    client.takeDown(owner);
    expect(await commands.get(client)).toBeUndefined();
  });
});

describe('failover next', () => {
  it('two servers down › a copy on the third is gone when the second is back', async () => {
    const { cluster: client, own } = cluster({ failsOverToNext: true });
    client.takeDown(place(own, 0));
    client.takeDown(place(own, 1));
    await commands.set(client);
    expect(own.map(shown)).toEqual([undefined, undefined, '20']);
    client.bringUp(place(own, 1));
    await client.run(new StoreCommand('set', KEY, item('new')));
    client.takeDown(place(own, 1));
    expect(await commands.get(client)).toBeUndefined();
  });
});

describe('failover gutter', () => {
  it('holds nothing while all is well', async () => {
    const { cluster: client } = cluster({ hasGutter: true });
    for (const name of NAMES) await commands[name](client);
    expect(client.gutter?.seen).toEqual([]);
  });

  it.each<[Name, number, number]>([
    ['set', 0, GUTTER_TTL_SECONDS],
    ['set', HOUR, GUTTER_TTL_SECONDS],
    ['set', DAY_31, GUTTER_TTL_SECONDS],
    ['set', 3, 3],
    ['add', HOUR, GUTTER_TTL_SECONDS],
  ])('%s › with exptime %i › lives %i seconds there', async (name, exptime, expected) => {
    const { cluster: client, own } = cluster({ hasGutter: true });
    client.takeDown(place(own, 0));
    await commands[name](client, exptime);
    expect(client.gutter?.items.get(KEY)?.exptime).toBe(expected);
  });

  it.each<[Name]>([['replace'], ['touch'], ['getAndTouch']])('%s › does not let an item live longer', async (name) => {
    const { cluster: client, own } = cluster({ hasGutter: true });
    client.gutter?.items.set(KEY, { text: '30', exptime: 5 });
    client.takeDown(place(own, 0));
    await commands[name](client, HOUR);
    expect(client.gutter?.items.get(KEY)?.exptime).toBe(GUTTER_TTL_SECONDS);
  });

  it('down as well › rejects', async () => {
    const { cluster: client, own } = cluster({ hasGutter: true });
    client.takeDown(place(own, 0));
    if (client.gutter !== undefined) client.gutter.failure = 'CONNECT_FAILED';
    await expect(commands.get(client)).rejects.toMatchObject({ code: 'MEMCACHE_NO_SERVER_AVAILABLE' });
  });
});

describe('replicas', () => {
  it.each<[Name, string | undefined]>([
    ['set', '20'],
    ['replace', '20'],
    ['add', '10'],
    ['append', undefined],
    ['increment', undefined],
    ['delete', undefined],
    ['touch', '10'],
  ])('%s › leaves %s on the replica, and nothing on the server behind it', async (name, text) => {
    const { cluster: client, own } = cluster({ replicas: 1 });
    await client.run(new StoreCommand('set', KEY, item('10')));
    await commands[name](client);
    expect([place(own, 1).items.get(KEY)?.text, place(own, 2).seen]).toEqual([text, []]);
  });

  it('touch and getAndTouch › move the expiry of all copies', async () => {
    const { cluster: client, own } = cluster({ replicas: 2 });
    await commands.set(client, 60);
    await commands.touch(client, HOUR);
    expect(own.map(({ items }) => items.get(KEY)?.exptime)).toEqual([HOUR, HOUR, HOUR]);
    await commands.getAndTouch(client, 2 * HOUR);
    expect(own.map(({ items }) => items.get(KEY)?.exptime)).toEqual([2 * HOUR, 2 * HOUR, 2 * HOUR]);
  });

  it.each<[string, Setup]>([
    ['none', { replicas: 1 }],
    ['next', { replicas: 1, failsOverToNext: true }],
    ['gutter', { replicas: 1, hasGutter: true }],
  ])('failover %s › a replica is read, and written, when the owner is down', async (_, setup) => {
    const { cluster: client, own } = cluster(setup);
    await commands.set(client);
    client.takeDown(place(own, 0));
    expect(await commands.get(client)).toBe('20');
    await client.run(new StoreCommand('set', KEY, item('new')));
    expect(await commands.get(client)).toBe('new');
    client.bringUp(place(own, 0));
    expect(await commands.get(client)).toBeUndefined();
    expect(place(own, 1).items.get(KEY)?.text).toBe('new');
  });

  it.each<['TIMEOUT' | 'CONNECT_FAILED' | 'SERVER_ERROR']>([['TIMEOUT'], ['CONNECT_FAILED'], ['SERVER_ERROR']])(
    'a copy that fails with %s › does not fail the write, and is gone when its server is back',
    async (failure) => {
      const { cluster: client, own } = cluster({ replicas: 1 });
      await client.run(new StoreCommand('set', KEY, item('10')));
      place(own, 1).failure = failure;
      expect(await commands.set(client)).toBe(true);
      expect(own.slice(0, 2).map(shown)).toEqual(['20', undefined]);
    },
  );

  it('a write that fails › leaves no old copy on the replicas', async () => {
    const { cluster: client, own } = cluster({ replicas: 1 });
    await client.run(new StoreCommand('set', KEY, item('10')));
    place(own, 0).failure = 'TIMEOUT';
    await expect(commands.set(client)).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
    client.takeDown(place(own, 0));
    expect(await commands.get(client)).toBeUndefined();
  });

  it('a condition › is decided by the owner alone', async () => {
    const { cluster: client, own } = cluster({ replicas: 1 });
    place(own, 1).items.set(KEY, { text: 'old', exptime: 0 });
    expect(await commands.add(client)).toBe(true);
    expect(place(own, 1).items.get(KEY)?.text).toBe('20');
    expect(await commands.add(client)).toBe(false);
  });
});

describe('a command that its caller gives up after it was sent', () => {
  const abandonment = new Error('the visitor left');

  async function giveUp(name: Name, client: ClusterInMemory, server: ServerInMemory): Promise<void> {
    server.abandonment = abandonment;
    await expect(commands[name](client)).rejects.toBe(abandonment);
    server.abandonment = undefined;
  }

  it.each<[Name, string | undefined, string | undefined]>([
    ['get', '10', '10'],
    ['set', '20', undefined],
    ['replace', '20', undefined],
    ['append', '105', undefined],
    ['increment', '11', undefined],
    ['delete', undefined, undefined],
    ['touch', '10', '10'],
  ])('%s › the owner shows %s and its replica %s', async (name, atOwner, atReplica) => {
    const { cluster: client, own } = cluster({ replicas: 1 });
    await client.run(new StoreCommand('set', KEY, item('10')));
    await giveUp(name, client, place(own, 0));
    expect(own.slice(0, 2).map(shown)).toEqual([atOwner, atReplica]);
  });

  it('set › without copies it leaves what its server made of it', async () => {
    const { cluster: client, own } = cluster({});
    await giveUp('set', client, place(own, 0));
    expect(own.map(shown)).toEqual(['20', undefined, undefined]);
    expect(own.every(({ owed }) => owed.size === 0)).toBe(true);
  });

  it.each<[string, Setup]>([
    ['next', { failsOverToNext: true }],
    ['gutter', { hasGutter: true }],
  ])(
    'set on another server › failover %s › neither the owner nor a second outage shows an old value',
    async (_, setup) => {
      const { cluster: client, own } = cluster(setup);
      const owner = place(own, 0);
      await client.run(new StoreCommand('set', KEY, item('10')));
      client.takeDown(owner);
      await giveUp('set', client, client.gutter ?? place(own, 1));
      client.bringUp(owner);
      expect(await commands.get(client)).toBeUndefined();
      await client.run(new StoreCommand('set', KEY, item('new')));
      client.takeDown(owner);
      expect(await commands.get(client)).toBeUndefined();
    },
  );
});
