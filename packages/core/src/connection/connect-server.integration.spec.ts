/** The link to one server: which connection a key uses, what it counts, and what is deleted when the server returns. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { Duplex } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { startFaultProxy, startMemcached, type FaultProxy, type RealMemcached } from '@memkit/testing';
import type { ServerLink } from '../cluster/server-link.js';
import { GetManyCommand } from '../commands/get-many.js';
import type { ClientSettings } from '../options/client-settings.js';
import { defaultSettings } from '../options/default-options.js';
import type { WarningMessage } from '../telemetry/channels.js';
import { connectServer } from './connect-server.js';
import { MOST_REPLAYED_KEYS } from './replay-journal.js';
import { asking, item, within } from './spec-support/asking.js';

let server: RealMemcached;
let proxy: FaultProxy;
let links: ServerLink[];
let warnings: WarningMessage[];

function listen(message: unknown): void {
  warnings.push(message as WarningMessage);
}

beforeEach(async () => {
  links = [];
  warnings = [];
  subscribe('memkit:core:warning', listen);
  server = await startMemcached();
  proxy = await startFaultProxy(server.port);
});

afterEach(async () => {
  unsubscribe('memkit:core:warning', listen);
  await Promise.all(links.map((link) => link.close(0)));
  await proxy.stop();
  await server.stop('SIGKILL');
});

function link(port: number, settings: Partial<ClientSettings> = {}): ServerLink {
  const made = connectServer(
    { host: '127.0.0.1', port, weight: 1, auth: undefined, tls: false, sizeRule: 'memcached' },
    { ...defaultSettings, reconnect: { initialDelayMs: 1, maxDelayMs: 5 }, ...settings },
  );
  links.push(made);
  return made;
}

const set = (through: ServerLink, key: string, value: string) =>
  through.send(asking.store('set', key, item(value)), within(3000));
const read = async (through: ServerLink, key: string) =>
  (await through.send(asking.get(key), within(3000)))?.data.toString();

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
}

describe('a pool', () => {
  it('spreads keys over its connections and asks for each key on one of them, in order', async () => {
    const pooled = link(server.port, { pool: 4 });
    const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
    const reads = keys.map((key) => {
      void set(pooled, key, `${key} old`);
      void set(pooled, key, `${key} new`);
      return read(pooled, key);
    });
    expect(await Promise.all(reads)).toEqual(keys.map((key) => `${key} new`));
    expect(pooled.counters.connects).toBe(4);
  });

  it('reads many keys on the connections that wrote them, so that each read sees the writes before it', async () => {
    const pooled = link(server.port, { pool: 4 });
    const keys = Array.from({ length: 40 }, (_, at) => `key-${at}`);
    await Promise.all(keys.map((key) => set(pooled, key, 'old')));
    for (const key of keys) void set(pooled, key, 'new');
    const shares = pooled.shares(keys);
    const reads = shares.map((share) => pooled.send(new GetManyCommand(share, 0), within(3000)));
    const items = (await Promise.all(reads)).flat();
    expect(shares).toHaveLength(4);
    expect(items.map((item) => item?.data.toString())).toEqual(keys.map(() => 'new'));
  });

  it('sends commands without a key on the first connection', async () => {
    const pooled = link(server.port, { pool: 4 });
    for (let round = 0; round < 8; round += 1) await pooled.send(asking.version(), within(3000));
    expect(pooled.counters.connects).toBe(1);
  });

  it('closes all of its connections', async () => {
    const pooled = link(proxy.port, { pool: 3 });
    await Promise.all(Array.from({ length: 30 }, (_, at) => read(pooled, `key-${at}`)));
    expect(proxy.open).toBe(3);
    await pooled.close();
    await until(() => proxy.open === 0);
    await expect(read(pooled, 'key')).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
  });
});

describe('the counters', () => {
  it('tell what happened on all connections of the link', async () => {
    const counted = link(proxy.port, { pool: 2, protocol: 'text' });
    await set(counted, 'a', '12345');
    await read(counted, 'a');
    await expect(counted.send(asking.touch('a', 60), within(3000))).resolves.toBe(true);
    const sent = 'set a 0 0 5\r\n12345\r\nget a\r\ntouch a 60\r\n';
    const received = 'STORED\r\nVALUE a 0 5\r\n12345\r\nEND\r\nTOUCHED\r\n';
    expect(counted.counters).toMatchObject({
      connects: 1,
      requests: 3,
      replies: 3,
      failures: 0,
      bytesWritten: sent.length,
      bytesRead: received.length,
      pending: 0,
      queuedBytes: 0,
    });
    await proxy.fault.set('silence');
    void read(counted, 'a').catch(() => undefined);
    expect([counted.counters.pending, counted.counters.queuedBytes]).toEqual([1, 1]);
    await expect(counted.send(asking.get('a'), within(20))).rejects.toMatchObject({ code: 'MEMCACHE_TIMEOUT' });
    expect(counted.counters).toMatchObject({ requests: 5, failures: 1, timeouts: 1, pending: 1 });
    await proxy.fault.set('refuse');
    await until(() => counted.counters.disconnects === 1);
    await expect(read(counted, 'a')).rejects.toMatchObject({ code: 'MEMCACHE_CONNECT_FAILED' });
    expect(counted.counters).toMatchObject({ connectFailures: 1, disconnects: 1 });
  });
});

describe('an invalidation that did not reach the server', () => {
  it('is carried out before anything else once a partition heals', async () => {
    const direct = link(server.port);
    const cut = link(proxy.port, { pool: 2 });
    await Promise.all(['a', 'b', 'c'].map((key) => set(cut, key, 'old')));
    await proxy.fault.set('refuse');
    await expect(read(cut, 'a')).rejects.toMatchObject({ retryable: true });
    for (const key of ['a', 'b']) cut.invalidateLater(key);
    expect(cut.counters.pendingInvalidations).toBe(2);
    expect(await read(direct, 'a')).toBe('old');
    await proxy.fault.clear();
    const answers: (string | undefined)[] = [];
    for (const key of ['a', 'b', 'c']) {
      await until(() =>
        read(cut, key).then(
          (value) => answers.push(value) > 0,
          () => false,
        ),
      );
    }
    expect(answers).toEqual([undefined, undefined, 'old']);
    expect(cut.counters.pendingInvalidations).toBe(0);
  });

  it('is carried out by a server that hung and goes on, on the same connection', async () => {
    const hung = link(server.port);
    await set(hung, 'a', 'old');
    server.pause();
    hung.invalidateLater('a');
    const later = read(hung, 'a');
    server.resume();
    expect(await later).toBeUndefined();
    expect(hung.counters).toMatchObject({ connects: 1, pendingInvalidations: 0 });
  });

  it('is repeated with the first sign of life when its delete timed out', async () => {
    const hung = link(server.port, { timeoutMs: 50 });
    await set(hung, 'a', 'old');
    server.pause();
    hung.invalidateLater('a');
    await until(() => hung.counters.timeouts === 1);
    expect(hung.counters.pendingInvalidations).toBe(1);
    server.resume();
    await until(() =>
      read(hung, 'a').then(
        (value) => value === undefined,
        () => false,
      ),
    );
    await until(() => hung.counters.pendingInvalidations === 0);
  });

  it('is settled by a later write of the key, not by other answers', async () => {
    const cut = link(proxy.port);
    await set(cut, 'a', 'old');
    await proxy.fault.set('silence');
    cut.invalidateLater('a');
    expect(cut.counters.pendingInvalidations).toBe(1);
    await proxy.fault.set('refuse');
    await proxy.fault.clear();
    await until(() =>
      set(cut, 'a', 'new').then(
        () => true,
        () => false,
      ),
    );
    expect(cut.counters.pendingInvalidations).toBe(0);
    expect(await read(cut, 'a')).toBe('new');
  });

  it('leaves before what was already waiting for the connection', async () => {
    let open: (() => void) | undefined;
    let received = '';
    const stream = new Duplex({
      read: () => undefined,
      write: (chunk: Buffer, _encoding, done) => {
        received += chunk.toString();
        done();
      },
    });
    const early = connectServer(
      { host: 'cache', port: 1, weight: 1, auth: undefined, tls: false, sizeRule: 'memcached' },
      { ...defaultSettings, protocol: 'text' },
      {
        name: 'early',
        openSocket: () =>
          new Promise((resolve) => {
            open = () => {
              resolve(stream);
            };
          }),
      },
    );
    links.push(early);
    const waiting = read(early, 'a').catch(() => undefined);
    early.invalidateLater('a');
    await until(() => open !== undefined);
    open?.();
    await until(() => received !== '');
    expect(received).toBe('delete a\r\nget a\r\n');
    await early.close(0);
    await waiting;
  });

  it('is lost, oldest first, when there are too many, and that is published', () => {
    const cut = link(1);
    for (let at = 0; at < MOST_REPLAYED_KEYS + 2; at += 1) cut.invalidateLater(`key-${at}`);
    expect(cut.counters.pendingInvalidations).toBe(MOST_REPLAYED_KEYS);
    expect(warnings).toEqual(['key-0', 'key-1'].map((key) => ({ event: 'replay-lost', server: '127.0.0.1:1', key })));
  });
});
