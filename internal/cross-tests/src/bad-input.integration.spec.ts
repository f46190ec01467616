/**
 * Bad input gives an error with the four parts (what, key, server or numbers, what to do) and leaves the connection
 * working, whichever server and protocol stand behind it.
 */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createMemcache, isMemcacheError, type Memcache, type MemcacheError } from '@memkit/core';
import { freePort, startMemcached, type RealMemcached } from '@memkit/testing';

const user = { username: 'alice', password: 's3cret' };

async function failureOf(promise: Promise<unknown>): Promise<MemcacheError> {
  const error: unknown = await promise.then(
    (value) => {
      throw new TypeError(`resolved to ${String(value)} instead of failing`);
    },
    (reason: unknown) => reason,
  );
  if (!isMemcacheError(error)) throw error;
  return error;
}

const kinds = {
  'the embedded server': async () => ({
    client: createMemcache({ environment: {}, timeout: '10s' }),
    stop: async () => undefined,
  }),
  'a real memcached on meta': async () => {
    const server = await startMemcached();
    return {
      client: createMemcache({ servers: server.address, environment: {}, timeout: '10s' }),
      stop: () => server.stop(),
    };
  },
  'a real memcached with SASL on binary': async () => {
    const server = await startMemcached({ sasl: user });
    const client = createMemcache({ servers: server.address, auth: user, environment: {}, timeout: '10s' });
    return { client, stop: () => server.stop() };
  },
} satisfies Record<string, () => Promise<{ client: Memcache; stop: () => Promise<unknown> }>>;

describe.each(Object.entries(kinds))('bad input on %s', (_name, start) => {
  let client: Memcache;
  let stop: () => Promise<unknown>;

  beforeAll(async () => {
    ({ client, stop } = await start());
  });
  afterAll(async () => {
    await client.close();
    await stop();
  });

  async function expectStillWorks(): Promise<void> {
    expect(await client.set('after', 'fine')).toBe(true);
    expect(await client.get('after')).toBe('fine');
  }

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  it.each([
    ['a key of 251 bytes', 'k'.repeat(251), /251 bytes.*allows 250/],
    ['a key of 126 two-byte characters', 'é'.repeat(126), /252 bytes.*allows 250/],
    ['a key with a space', 'a b', /character 2 of the key is a space/],
    ['a key with CR LF', 'a\r\nflush_all', /character 2 of the key is a carriage return/],
    ['an empty key', '', /the key is empty/],
  ])('%s is refused by every command before a byte is sent', async (_title, key, detail) => {
    for (const call of [
      client.get(key),
      client.gets(key),
      client.getMany(['good', key]),
      client.set(key, 'v'),
      client.add(key, 'v'),
      client.replace(key, 'v'),
      client.delete(key),
      client.touch(key, '1m'),
      client.increment(key),
      client.decrement(key),
    ]) {
      const error = await failureOf(call);
      expect(error.code).toBe('MEMCACHE_INVALID_KEY');
      expect(error.message).toMatch(/^Cannot /);
      expect(error.message).toMatch(detail);
      expect(error.message).toContain('Use 1 to 250 bytes');
      expect(error.message).not.toMatch(/[\r\n]/);
    }
    await expectStillWorks();
  });

  it('a value of 1,048,577 random bytes is refused with key, sizes and the limit', async () => {
    const error = await failureOf(client.set('feed:42', randomBytes(1_048_577)));
    expect(error.code).toBe('MEMCACHE_ITEM_TOO_LARGE');
    expect(error.key).toBe('feed:42');
    expect(error.message).toContain('"feed:42"');
    expect(error.message).toMatch(/1,048,6\d\d bytes/);
    expect(error.message).toContain('1,048,576');
    expect(error.message).toMatch(/Store less/);
    await expectStillWorks();
  });

  it.each([
    ['a function', () => 1],
    ['a cycle', cycle],
    ['undefined', undefined],
    ['a symbol', Symbol('s')],
  ])('%s as value is refused by its kind, never by its content', async (_title, value) => {
    const error = await failureOf(client.set('user:42', value));
    expect(error.code).toBe('MEMCACHE_NOT_SERIALIZABLE');
    expect(error.message).toContain('Cannot store key "user:42"');
    expect(error.message).toContain('Store strings, bytes or plain JSON data.');
    await expectStillWorks();
  });

  it('a bare number as time to live is refused with both readings', async () => {
    const error = await failureOf(client.set('user:42', 'v', { ttl: 600 as never }));
    expect(error.code).toBe('MEMCACHE_INVALID_TTL');
    expect(error.message).toContain("'600s'");
    expect(error.message).toContain("'600ms'");
    expect(await client.get('user:42')).toBeUndefined();
    await expectStillWorks();
  });

  it('a misspelled option of an operation is refused with the nearest known one', async () => {
    const error = await failureOf(client.set('user:42', 'v', { tttl: '1m' } as never));
    expect(error.code).toBe('MEMCACHE_INVALID_OPTION');
    expect(error.message).toContain('"tttl"');
    expect(error.message).toContain('"ttl"');
    await expectStillWorks();
  });

  it('incrementing text is refused and the text stays', async () => {
    await client.set('name', 'Ada');
    const error = await failureOf(client.increment('name'));
    expect(error.code).toBe('MEMCACHE_NOT_A_NUMBER');
    expect(error.key).toBe('name');
    expect(await client.get('name')).toBe('Ada');
    await expectStillWorks();
  });
});

describe('bad configuration', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ sasl: user });
  });
  afterAll(() => server.stop());

  it('a misspelled option fails at once and names the nearest known one', () => {
    expect(() => createMemcache({ serverz: 'a:1' } as never)).toThrow(/"serverz".*"servers"/);
  });

  it('no reachable server rejects with address and remedy, within the deadline', async () => {
    const address = `127.0.0.1:${String(await freePort())}`;
    const client = createMemcache({ servers: address, timeout: '500ms', environment: {} });
    const error = await failureOf(client.get('user:42'));
    expect(error.code).toBe('MEMCACHE_CONNECT_FAILED');
    expect(error.message).toContain(address);
    expect(error.message).toContain('"user:42"');
    expect(error.message).toContain('Check that the server runs');
    await client.close();
  });

  it('a wrong password is told apart from an outage and never shown', async () => {
    const auth = { username: 'alice', password: 'wr0ng-secret' };
    const client = createMemcache({ servers: server.address, auth, environment: {} });
    const error = await failureOf(client.get('user:42'));
    expect(error.code).toBe('MEMCACHE_AUTH_FAILED');
    expect(error.server).toBe(server.address);
    expect(error.message).toContain('Check the credentials');
    expect(error.message).not.toContain('wr0ng-secret');
    const right = createMemcache({ servers: server.address, auth: user, environment: {}, timeout: '10s' });
    expect(await right.set('user:42', 'Ada')).toBe(true);
    await Promise.all([client.close(), right.close()]);
  });

  it('nothing configured in production names the variables looked at', () => {
    expect(() => createMemcache({ environment: { NODE_ENV: 'production' } })).toThrow(
      /MEMCACHIER_SERVERS.*MEMCACHE_SERVERS.*MEMCACHED_URL.*MEMCACHE_URL/s,
    );
  });
});
