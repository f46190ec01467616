/** The methods of the store, under the headings of express-session's README: required, recommended, optional. */
import { randomBytes } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { connect } from 'node:net';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import session from 'express-session';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { MemkitSessionStore } from './memkit-session-store.js';

type SessionData = session.SessionData & Record<string, unknown>;

const ID = 'dQw4w9WgXcQ_-0123456789abcdef';
const HOUR_MS = 3_600_000;

function makeSession(fields: Record<string, unknown> = {}, cookie: object = { path: '/', originalMaxAge: null }) {
  return { cookie, ...fields } as unknown as SessionData;
}

/** The same object with other fields, as an application changes it. */
function changed(loaded: SessionData | undefined, fields: object): SessionData {
  return Object.assign(loaded ?? makeSession(), fields);
}

/** The outcome of one call: rejects with the error the callback got. */
function settled<T>(call: (callback: (error?: unknown, value?: T) => void) => void): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- whatever the store gave
      if (error) reject(error);
      else resolve(value);
    });
  });
}

const load = async (store: MemkitSessionStore, id = ID) =>
  (await settled<session.SessionData | null>((callback) => {
    store.get(id, callback);
  })) as SessionData | undefined;
const save = (store: MemkitSessionStore, data: SessionData, id = ID) =>
  settled((callback) => {
    store.set(id, data, callback);
  });
const touch = (store: MemkitSessionStore, data: SessionData, id = ID) =>
  settled((callback) => {
    store.touch(id, data, callback);
  });
const destroy = (store: MemkitSessionStore, id = ID) =>
  settled((callback) => {
    store.destroy(id, callback);
  });

describe.each(['the embedded server', 'a real memcached'])('MemkitSessionStore on %s', (kind) => {
  let memcached: RealMemcached | undefined;
  let client: Memcache;
  let store: MemkitSessionStore;
  let published: Record<string, unknown[]>;
  const channels = ['trouble', 'conflict', 'discarded'].map((name) => `memkit:express-session:${name}`);
  const listener = (message: unknown, name: string | symbol): void =>
    void (published[String(name)] ??= []).push(message);

  beforeAll(async () => {
    if (kind === 'a real memcached') memcached = await startMemcached();
    client = createMemcache(memcached ? { servers: memcached.address } : { environment: {} });
  });

  afterAll(async () => {
    await client.close();
    await memcached?.stop('SIGKILL');
  });

  beforeEach(() => {
    published = {};
    for (const name of channels) subscribe(name, listener);
    store = new MemkitSessionStore({ client });
  });

  afterEach(async () => {
    for (const name of channels) unsubscribe(name, listener);
    await client.flush();
  });

  it('is an express-session store and an event emitter', () => {
    expect(store).toBeInstanceOf(session.Store);
    expect(typeof store.on).toBe('function');
  });

  describe('required: get', () => {
    it('calls back with no session and no error when there is none', async () => {
      expect(await load(store)).toBeUndefined();
    });

    it('calls back with the session that was set', async () => {
      await save(store, makeSession({ user: { name: 'Ada' } }));
      expect(await load(store)).toEqual({ cookie: { path: '/', originalMaxAge: null }, user: { name: 'Ada' } });
    });

    it.each([
      ['text that is no JSON', 'a:1:{s:4:"user";}'],
      ['a session without a cookie', '{"user":"ada"}'],
      ['a number', 7],
    ])('calls back with no session for %s, and publishes why', async (_what, value) => {
      await client.set(`sess:${ID}`, value);
      expect(await load(store)).toBeUndefined();
      expect(published['memkit:express-session:trouble']).toMatchObject([
        { operation: 'get', error: { code: 'MEMCACHE_VALUE_CORRUPT' } },
      ]);
    });

    it('reads what other memcached session stores have written', async () => {
      await client.set(`sess:${ID}`, Buffer.from('{"cookie":{"path":"/"},"user":"ada"}'));
      expect(await load(store)).toMatchObject({ user: 'ada' });
    });

    it('shows a cookie with a future when a touch has kept the session alive', async () => {
      const expires = new Date(Date.now() - 1000).toISOString();
      const cookie = { originalMaxAge: HOUR_MS, expires };
      await client.set(`sess:${ID}`, JSON.stringify({ cookie }));
      const loaded = await load(store);
      const { expires: shown } = loaded?.cookie as { expires?: unknown };
      expect(Date.parse(String(shown))).toBeGreaterThan(Date.now() + HOUR_MS - 10_000);
    });
  });

  describe('required: set', () => {
    it('replaces a session that the store has not handed out', async () => {
      await save(store, makeSession({ a: 1 }));
      await save(store, makeSession({ b: 2 }));
      expect(await load(store)).toEqual(makeSession({ b: 2 }));
    });

    it('keeps what another request saved since this one loaded', async () => {
      await save(store, makeSession({ a: 1 }));
      const [one, other] = [await load(store), await load(store)];
      await save(store, changed(one, { b: 2 }));
      await save(store, changed(other, { c: 3 }));
      expect(await load(store)).toEqual(makeSession({ a: 1, b: 2, c: 3 }));
      expect(published['memkit:express-session:conflict']).toEqual([{ keys: [] }]);
    });

    it('lets the later save win for a key that both changed, and publishes its name', async () => {
      await save(store, makeSession({ a: 1 }));
      const [one, other] = [await load(store), await load(store)];
      await save(store, changed(one, { a: 2 }));
      await save(store, changed(other, { a: 3 }));
      expect(await load(store)).toEqual(makeSession({ a: 3 }));
      expect(published['memkit:express-session:conflict']).toEqual([{ keys: ['a'] }]);
    });

    it('measures a second save of the same object against the first', async () => {
      await save(store, makeSession({ a: 1 }));
      const [one, other] = [await load(store), await load(store)];
      await save(store, changed(one, { b: 2 }));
      await save(store, changed(other, { c: 3 }));
      await save(store, changed(one, { d: 4 }));
      expect(await load(store)).toEqual(makeSession({ a: 1, b: 2, c: 3, d: 4 }));
    });

    it('keeps every one of 20 changes that are saved at the same moment', async () => {
      await save(store, makeSession());
      const copies = await Promise.all(Array.from({ length: 20 }, () => load(store)));
      await Promise.all(copies.map((copy, index) => save(store, changed(copy, { [`k${index}`]: index }))));
      expect(Object.keys((await load(store)) ?? {})).toHaveLength(21);
    });

    it('gives up with an error when others are faster a hundred times', async () => {
      await save(store, makeSession({ a: 1 }));
      let others = 0;
      const overtaken = new Proxy(client, {
        get(target, name) {
          const member: unknown = Reflect.get(target, name, target);
          if (typeof member !== 'function') return member;
          return async (...values: unknown[]): Promise<unknown> => {
            if (name === 'set') await target.set(`sess:${ID}`, JSON.stringify(makeSession({ a: (others += 1) })));
            return Reflect.apply(member, target, values) as unknown;
          };
        },
      });
      const unlucky = new MemkitSessionStore({ client: overtaken });
      const held = changed(await load(unlucky), { b: 2 });
      await expect(save(unlucky, held)).rejects.toMatchObject({
        code: 'MEMCACHE_TIMEOUT',
        message: expect.stringMatching(/100 times.*in a loop/),
      });
    });

    it('does not bring a destroyed session back', async () => {
      await save(store, makeSession({ user: 'ada' }));
      const slow = await load(store);
      await destroy(store);
      await save(store, changed(slow, { late: true }));
      await save(store, makeSession({ user: 'mallory' }));
      expect(await load(store)).toBeUndefined();
      expect(published['memkit:express-session:discarded']).toEqual([{ reason: 'destroyed' }, { reason: 'destroyed' }]);
    });

    it('does not bring a session back that expired while it was held', async () => {
      await save(store, makeSession({ user: 'ada' }));
      const slow = await load(store);
      await client.delete(`sess:${ID}`);
      await save(store, changed(slow, { late: true }));
      expect(await load(store)).toBeUndefined();
      expect(published['memkit:express-session:discarded']).toEqual([{ reason: 'gone' }]);
    });

    it('destroys a session whose cookie is over', async () => {
      await save(store, makeSession({ user: 'ada' }));
      await save(store, makeSession({ user: 'ada' }, { expires: new Date(Date.now() - 1) }));
      expect(await load(store)).toBeUndefined();
    });

    it('writes over an item that is no session', async () => {
      await client.set(`sess:${ID}`, 'rubbish');
      await save(store, makeSession({ a: 1 }));
      expect(await load(store)).toEqual(makeSession({ a: 1 }));
    });

    it('calls back with the sizes when the session is larger than an item, and keeps the older one', async () => {
      await save(store, makeSession({ a: 1 }));
      const large = makeSession({ basket: randomBytes(1_200_000).toString('base64') });
      await expect(save(store, large)).rejects.toMatchObject({
        code: 'MEMCACHE_ITEM_TOO_LARGE',
        message: expect.stringMatching(
          /needs 1,2\d\d,\d{3} bytes after compression.* and the server's limit is 1,048,576/,
        ),
      });
      expect(await load(store)).toEqual(makeSession({ a: 1 }));
    });

    it('calls back with an error for data that JSON cannot express', async () => {
      await expect(save(store, makeSession({ total: 1n }))).rejects.toMatchObject({
        code: 'MEMCACHE_NOT_SERIALIZABLE',
        message: expect.stringContaining('"total"'),
      });
    });

    it('works without a callback', async () => {
      store.set(ID, makeSession({ a: 1 }));
      expect(await load(store)).toEqual(makeSession({ a: 1 }));
    });
  });

  describe('required: destroy', () => {
    it('ends the session, and calls back without an error when there is none', async () => {
      await save(store, makeSession({ user: 'ada' }));
      await destroy(store);
      expect(await load(store)).toBeUndefined();
      await destroy(store, 'nobody');
    });

    it('leaves nothing where there was no session', async () => {
      await destroy(store);
      expect(await client.get(`sess:${ID}`)).toBeUndefined();
    });
  });

  describe('recommended: touch', () => {
    it('changes nothing that the session holds', async () => {
      await save(store, makeSession({ a: 1 }));
      const reading = await load(store);
      await save(store, makeSession({ a: 2 }));
      await touch(store, reading ?? makeSession());
      expect(await load(store)).toEqual(makeSession({ a: 2 }));
    });

    it('calls back without an error when the session is gone, and creates none', async () => {
      await touch(store, makeSession({ a: 1 }));
      expect(await load(store)).toBeUndefined();
    });

    it('destroys a session whose cookie is over', async () => {
      await save(store, makeSession({ a: 1 }));
      await touch(store, makeSession({ a: 1 }, { expires: new Date(Date.now() - 1) }));
      expect(await load(store)).toBeUndefined();
    });

    it('saves a cookie whose settings have changed, and still loses nothing', async () => {
      await save(store, makeSession({ a: 1 }));
      const reading = await load(store);
      await save(store, makeSession({ a: 2 }));
      const remembered = { path: '/', originalMaxAge: HOUR_MS, expires: new Date(Date.now() + HOUR_MS).toISOString() };
      await touch(store, changed(reading, { cookie: remembered }));
      expect(await load(store)).toEqual(makeSession({ a: 2 }, remembered));
    });
  });

  it('optional: offers neither all, length nor clear, because memcached cannot list its keys', () => {
    expect(store).not.toHaveProperty('all');
    expect(store).not.toHaveProperty('length');
    expect(store).not.toHaveProperty('clear');
  });

  describe('options', () => {
    it('puts the prefix in front of the id', async () => {
      await save(store, makeSession());
      expect(await client.get(`sess:${ID}`)).toBeDefined();
      const other = new MemkitSessionStore({ client, prefix: '' });
      expect(await load(other)).toBeUndefined();
      await save(other, makeSession());
      expect(await client.get(ID)).toBeDefined();
    });

    it('keeps the id out of the key with hashIds, and takes ids of any form', async () => {
      const hashing = new MemkitSessionStore({ client, hashIds: true });
      const id = `an id with spaces ${'x'.repeat(300)}`;
      await save(hashing, makeSession({ a: 1 }), id);
      expect(await load(hashing, id)).toEqual(makeSession({ a: 1 }));
      await expect(load(store, id)).rejects.toMatchObject({ code: 'MEMCACHE_INVALID_KEY' });
      await save(hashing, makeSession());
      expect(await client.get(`sess:${ID}`)).toBeUndefined();
    });

    it('closes a client of its own and leaves one open that was passed in', async () => {
      await store.close();
      expect(await load(store)).toBeUndefined();
      const own = new MemkitSessionStore({
        memcache: memcached ? { servers: memcached.address } : { environment: {} },
      });
      await save(own, makeSession());
      await own.close();
      await expect(load(own)).rejects.toMatchObject({ code: 'MEMCACHE_CLIENT_CLOSED' });
    });
  });
});

describe('how long a session stays in memcached', () => {
  let memcached: RealMemcached;
  let client: Memcache;

  beforeAll(async () => {
    memcached = await startMemcached();
    client = createMemcache({ servers: memcached.address });
  });

  afterAll(async () => {
    await client.close();
    await memcached.stop('SIGKILL');
  });

  /** Seconds left, as the server says; -1 for an item that stays forever. */
  function secondsLeft(): Promise<number> {
    return new Promise((resolve, reject) => {
      const socket = connect(memcached.port, '127.0.0.1', () => socket.write(`mg sess:${ID} t\r\n`));
      socket.once('error', reject).once('data', (reply) => {
        socket.destroy();
        resolve(Number(/^HD t(-?\d+)/.exec(reply.toString())?.[1]));
      });
    });
  }

  it.each([
    ['the cookie, when it has an end', {}, { expires: new Date(Date.now() + 120_000) }, 120],
    ['one day, when the cookie has none', {}, { expires: null }, 86_400],
    ['the option ttl, when the cookie has none', { ttl: '90s' } as const, { expires: null }, 90],
    ["memcached's memory, when ttl is 'forever'", { ttl: 'forever' } as const, { expires: null }, -1],
    [
      '40 days, which memcached alone takes for a date',
      {},
      { expires: new Date(Date.now() + 40 * 86_400_000) },
      3_456_000,
    ],
  ])('is as long as %s', async (_what, options, cookie, seconds) => {
    await client.flush();
    await save(new MemkitSessionStore({ client, ...options }), makeSession({}, cookie));
    expect(Math.abs((await secondsLeft()) - seconds)).toBeLessThanOrEqual(5);
  });

  it('starts anew with every touch', async () => {
    const store = new MemkitSessionStore({ client });
    await client.flush();
    await save(store, makeSession({}, { expires: new Date(Date.now() + 60_000) }));
    const loaded = await load(store);
    await touch(store, changed(loaded, { cookie: { path: '/', expires: new Date(Date.now() + HOUR_MS) } }));
    expect(Math.abs((await secondsLeft()) - 3600)).toBeLessThanOrEqual(5);
  });
});
