import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { setTimeout as delay } from 'node:timers/promises';
import { queryObjects } from 'node:v8';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MemcacheError } from '@memkit/protocol';
import { listed } from '../commands/spec-support/cluster-in-memory.js';
import { ServerInMemory } from '../commands/spec-support/server-in-memory.js';
import type { ListedServer } from '../discovery/connection-url.js';
import type { WarningMessage } from '../telemetry/channels.js';
import type { ServerLookup } from './lookups/server-lookup.js';
import { Membership } from './membership.js';
import type { RoutedServer } from './routed-server.js';
import { ServerHealth } from './server-health.js';
import { ServerPool } from './server-pool.js';

const now = (): number => performance.now();
const patient = () => ({ at: now() + 60_000 });

let warnings: WarningMessage[];
let opened: ServerInMemory[];
let memberships: Membership[];

const listen = (message: unknown): void => {
  warnings.push(message as WarningMessage);
};

beforeEach(() => {
  warnings = [];
  opened = [];
  memberships = [];
  subscribe('memkit:core:warning', listen);
});

afterEach(async () => {
  unsubscribe('memkit:core:warning', listen);
  await Promise.all(memberships.map((membership) => membership.close()));
});

function createPool(): ServerPool {
  return new ServerPool({
    ring: 'ketama',
    connect: ({ host }) => {
      const link = new ServerInMemory(host, { nowMs: 0 });
      opened.push(link);
      return link;
    },
    createHealth: () => new ServerHealth({ failures: 3, downTimeMs: 1000, maxDownTimeMs: 1000 }, () => 0),
  });
}

/** What is behind each name now; a name without an entry fails. */
type Names = Record<string, readonly ListedServer[]>;

interface Watched {
  readonly membership: Membership;
  /** How often each look was made. */
  readonly looks: () => number;
}

function watch(names: Names, configured: readonly string[], refreshMs = 60_000, timeoutMs = 10_000): Watched {
  let looks = 0;
  const lookup: ServerLookup = {
    concerns: ({ host }) => host.endsWith('.example'),
    async find({ host }) {
      looks += 1;
      await Promise.resolve();
      const found = names[host];
      if (found !== undefined) return found;
      throw new MemcacheError('CONNECT_FAILED', { action: 'Cannot find the servers', server: `${host}:11211` });
    },
    close: () => Promise.resolve(),
  };
  const membership = new Membership(
    { pool: createPool(), lookup, refreshMs, timeoutMs, now },
    configured.map((name) => listed(name)),
  );
  memberships.push(membership);
  return { membership, looks: () => looks };
}

function hosts({ pool }: Membership): string[] {
  return pool.servers.map(({ listed: { host } }) => host);
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await delay(1);
}

describe('a list as configured', () => {
  it('is known at once and never looked up', async () => {
    const { membership, looks } = watch({}, ['one', 'two']);
    expect(membership.isKnown).toBe(true);
    await membership.whenKnown(patient());
    expect([hosts(membership), looks()]).toEqual([['one', 'two'], 0]);
  });

  it('another one › keeps the connections, health and counters of servers that stay', async () => {
    const { membership } = watch({}, ['one', 'two']);
    const [one, two] = membership.pool.servers;
    one?.health.failed();
    await membership.set([listed('three'), listed('one')]);
    expect(hosts(membership)).toEqual(['three', 'one']);
    expect(membership.pool.servers[1]).toBe(one);
    expect(opened.map(({ name, isClosed }) => `${name} ${isClosed ? 'closed' : 'open'}`)).toEqual([
      'one open',
      'two closed',
      'three open',
    ]);
    expect([one?.isRemoved, two?.isRemoved, one?.health.isTroubled]).toEqual([false, true, true]);
    expect(warnings).toMatchObject([{ event: 'servers-changed', added: ['three'], removed: ['two'] }]);
  });

  it('another weight › moves keys and keeps the connection', async () => {
    const { membership } = watch({}, ['one', 'two']);
    const { ring } = membership.pool.members ?? {};
    await membership.set([listed('one'), { ...listed('two'), weight: 9 }]);
    expect(opened).toHaveLength(2);
    expect(membership.pool.members?.ring).not.toBe(ring);
  });

  it('other credentials › are another connection', async () => {
    const { membership } = watch({}, ['one']);
    await membership.set([{ ...listed('one'), auth: { username: 'ada', password: 'secret' } }]);
    expect(opened.map(({ isClosed }) => isClosed)).toEqual([true, false]);
  });

  it('the same one › changes nothing', async () => {
    const { membership } = watch({}, ['one', 'two']);
    const { members } = membership.pool;
    await membership.set([listed('one'), listed('two')]);
    expect(membership.pool.members).toBe(members);
    expect(warnings).toEqual([]);
  });
});

describe('names that are looked up', () => {
  it('are not looked up before somebody waits for them, and once for all who do', async () => {
    const { membership, looks } = watch({ 'a.example': [listed('one')] }, ['a.example']);
    expect([membership.isKnown, looks()]).toEqual([false, 0]);
    await Promise.all([membership.whenKnown(patient()), membership.whenKnown(patient())]);
    expect([hosts(membership), looks()]).toEqual([['one'], 1]);
  });

  it('that cannot be found › reject with the reason, and are tried again by the next who waits', async () => {
    const names: Names = {};
    const { membership } = watch(names, ['a.example']);
    await expect(membership.whenKnown(patient())).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      server: 'a.example:11211',
    });
    names['a.example'] = [listed('one')];
    await membership.whenKnown(patient());
    expect(hosts(membership)).toEqual(['one']);
  });

  it('that are found in part › serve, and the failure is published', async () => {
    const { membership } = watch({ 'a.example': [listed('one')] }, ['a.example', 'b.example', 'plain']);
    await membership.whenKnown(patient());
    expect(hosts(membership)).toEqual(['one', 'plain']);
    expect(warnings).toMatchObject([{ event: 'discovery-failed', server: 'b.example:11211' }]);
  });

  it('that take too long › reject at the deadline of who waits', async () => {
    const lookup: ServerLookup = {
      concerns: () => true,
      find: () => new Promise(() => undefined),
      close: () => Promise.resolve(),
    };
    const parts = { pool: createPool(), lookup, refreshMs: 60_000, timeoutMs: 60, now };
    const membership = new Membership(parts, [listed('a.example')]);
    memberships.push(membership);
    await expect(membership.whenKnown({ at: now() + 20 })).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringContaining('a.example:11211'),
    });
    await expect(membership.whenKnown(patient())).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      message: expect.stringContaining('no answer within 60 ms'),
    });
    const reason = new Error('not needed any more');
    await expect(membership.whenKnown({ ...patient(), signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });

  it('are looked up again, and a look that fails changes nothing', async () => {
    const names: Names = { 'a.example': [listed('one'), listed('two')] };
    const { membership } = watch(names, ['a.example'], 2);
    await membership.whenKnown(patient());

    delete names['a.example'];
    await until(() => warnings.some(({ event }) => event === 'discovery-failed'));
    expect(hosts(membership)).toEqual(['one', 'two']);

    names['a.example'] = [listed('two'), listed('three')];
    await until(() => hosts(membership).includes('three'));
    expect(hosts(membership)).toEqual(['two', 'three']);
    expect(warnings).toContainEqual(
      expect.objectContaining({ event: 'servers-changed', added: ['three'], removed: ['one'] }),
    );
  });

  it('one of two that fails at a refresh › keeps the servers it had', async () => {
    const names: Names = { 'a.example': [listed('one')], 'b.example': [listed('two')] };
    const { membership } = watch(names, ['a.example', 'b.example'], 2);
    await membership.whenKnown(patient());
    names['a.example'] = [listed('three')];
    delete names['b.example'];
    await until(() => hosts(membership).includes('three'));
    expect(hosts(membership)).toEqual(['three', 'two']);
  });

  it('are not looked up any more once it is closed', async () => {
    const { membership, looks } = watch({ 'a.example': [listed('one')] }, ['a.example'], 2);
    await membership.whenKnown(patient());
    await membership.close();
    const before = looks();
    await delay(20);
    expect(looks()).toBe(before);
  });

  it('are waited for by nobody once it is closed', async () => {
    const lookup: ServerLookup = {
      concerns: () => true,
      find: () => new Promise(() => undefined),
      close: () => Promise.resolve(),
    };
    const parts = { pool: createPool(), lookup, refreshMs: 60_000, timeoutMs: 60_000, now };
    const membership = new Membership(parts, [listed('a.example')]);
    const waiting = membership.whenKnown(patient());
    await membership.close();
    await expect(waiting).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
    await expect(membership.whenKnown(patient())).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
  });

  it('other names that cannot be found › leave the old ones in use', async () => {
    const { membership } = watch({ 'a.example': [listed('one')] }, ['a.example']);
    await membership.whenKnown(patient());
    await expect(membership.set([listed('gone.example')])).rejects.toMatchObject({ server: 'gone.example:11211' });
    expect(hosts(membership)).toEqual(['one']);
  });

  it('three lists at once › the last one is in use', async () => {
    const names = { 'a.example': [listed('one')], 'b.example': [listed('two')], 'c.example': [listed('three')] };
    const { membership } = watch(names, ['a.example']);
    const lists = ['a.example', 'b.example', 'c.example'];
    await Promise.all(lists.map((name) => membership.set([listed(name)])));
    expect(hosts(membership)).toEqual(['three']);
  });
});

describe('10,000 other lists', () => {
  it.each([
    ['as configured', 'plain'],
    ['of names that are looked up', 'example'],
  ])(
    '%s › leave nothing of the earlier ones behind',
    async (_, kind) => {
      const found: WeakRef<readonly ListedServer[]>[] = [];
      const servers: WeakRef<RoutedServer>[] = [];
      const lookup: ServerLookup = {
        concerns: ({ host }) => host.endsWith('.example'),
        find({ host }) {
          const list = [listed(`behind-${host}`)];
          found.push(new WeakRef(list));
          return Promise.resolve(list);
        },
        close: () => Promise.resolve(),
      };
      const connect = ({ host }: ListedServer) => new ServerInMemory(host, { nowMs: 0 });
      const createHealth = () => new ServerHealth({ failures: 3, downTimeMs: 1, maxDownTimeMs: 1 }, () => 0);
      const pool = new ServerPool({ ring: 'ketama', connect, createHealth });
      const membership = new Membership({ pool, lookup, refreshMs: 60_000, timeoutMs: 60_000, now }, [listed('first')]);
      memberships.push(membership);
      for (let at = 0; at < 10_000; at += 1) {
        await membership.set([listed(`server-${String(at)}.${kind}`)]);
        servers.push(...pool.servers.map((server) => new WeakRef(server)));
      }
      // A reference that was looked at in this task keeps its object.
      await delay(1);
      // Collects all garbage before it counts.
      queryObjects(ServerPool);
      const isAlive = (reference: WeakRef<object>): boolean => reference.deref() !== undefined;
      expect([servers.length, found.length]).toEqual([10_000, kind === 'example' ? 10_000 : 0]);
      expect([...servers, ...found].filter(isAlive).length).toBeLessThan(20);
    },
    20_000,
  );
});
