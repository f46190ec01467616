/** What the client of @memkit/core sees of a server with accounts, in every way to log in. */
import { afterEach, describe, expect, it } from '@jest/globals';
import { createMemcache, type AuthMechanism, type Memcache, type MemcacheOptions } from '@memkit/core';
import { isMemcacheError } from '@memkit/protocol';
import { createServer, type LoginKind, type MemcacheServer, type ServerOptions } from '@memkit/server';

const ada = { username: 'ada', password: 'lovelace' };
const MIB = 1_048_576;

const ways: readonly { login: LoginKind; mechanism: AuthMechanism; protocol: 'auto' | 'meta' | 'text' | 'binary' }[] = [
  { login: 'sasl', mechanism: 'auto', protocol: 'auto' },
  { login: 'sasl', mechanism: 'sasl', protocol: 'binary' },
  { login: 'ascii', mechanism: 'auto', protocol: 'auto' },
  { login: 'ascii', mechanism: 'ascii', protocol: 'meta' },
  { login: 'ascii', mechanism: 'ascii', protocol: 'text' },
  { login: 'memcachier', mechanism: 'auto', protocol: 'auto' },
  { login: 'memcachier', mechanism: 'sasl', protocol: 'binary' },
  { login: 'memcachier', mechanism: 'memcachier', protocol: 'auto' },
  { login: 'memcachier', mechanism: 'memcachier', protocol: 'meta' },
  { login: 'memcachier', mechanism: 'memcachier', protocol: 'text' },
];

let server: MemcacheServer;
let clients: Memcache[] = [];

afterEach(async () => {
  await Promise.all(clients.map((client) => client.close()));
  clients = [];
  await server.close();
});

async function listen(options: ServerOptions): Promise<string> {
  server = createServer(options);
  return (await server.listen()).url;
}

function client(options: MemcacheOptions): Memcache {
  const made = createMemcache({
    environment: {},
    timeout: '5s',
    compression: false,
    reconnect: { initialDelay: '1ms', maxDelay: '5ms' },
    ...options,
  });
  clients.push(made);
  return made;
}

/** The code of the refusal once the server has been asked: a client between two attempts to connect says other things. */
async function refusal(memcache: Memcache): Promise<string> {
  for (;;) {
    const error: unknown = await memcache.get('key').catch((thrown: unknown) => thrown);
    if (isMemcacheError(error) && error.code === 'MEMCACHE_AUTH_FAILED') return error.message;
  }
}

describe.each(ways)('login $login of the server, $mechanism over $protocol', ({ login, mechanism, protocol }) => {
  it('lets in who has the password, and nobody else', async () => {
    const servers = await listen({ accounts: ada, login });
    const memcache = client({ servers, protocol, auth: { ...ada, mechanism } });
    await memcache.set('key', 'value');
    expect(await memcache.get('key')).toBe('value');
    const wrong = client({ servers, protocol, auth: { ...ada, password: 'wrong', mechanism } });
    await expect(wrong.get('key')).rejects.toMatchObject({ code: 'MEMCACHE_AUTH_FAILED' });
  });

  it('locks everybody out of a disabled cache, and lets them in again', async () => {
    const servers = await listen({ accounts: ada, login });
    const memcache = client({ servers, protocol, auth: { ...ada, mechanism } });
    await memcache.set('key', 'value');
    server.accounts.disable();
    const message = await refusal(memcache);
    expect(message).toMatch(/disabled|credentials|password/i);
    server.accounts.enable();
    const other = client({ servers, protocol, auth: { ...ada, mechanism } });
    expect(await other.get('key')).toBe('value');
  });

  it('says NOT_PERMITTED to who may only read, and to who may not flush', async () => {
    const servers = await listen({ accounts: ada, login });
    const memcache = client({ servers, protocol, auth: { ...ada, mechanism } });
    await memcache.set('counter', '1');
    server.accounts.allow('ada', ['write']);
    await expect(memcache.flush()).rejects.toMatchObject({ code: 'MEMCACHE_NOT_PERMITTED' });
    server.accounts.allow('ada', []);
    const calls = [
      () => memcache.set('counter', '2'),
      () => memcache.delete('counter'),
      () => memcache.increment('counter', 1),
      () => memcache.touch('counter', '10m'),
    ];
    for (const call of calls) await expect(call()).rejects.toMatchObject({ code: 'MEMCACHE_NOT_PERMITTED' });
    // At MemCachier "not stored" is all a client gets, which for add may mean two things.
    if (login === 'memcachier') expect(await memcache.add('new', '1')).toBe(false);
    else await expect(memcache.add('new', '1')).rejects.toMatchObject({ code: 'MEMCACHE_NOT_PERMITTED' });
    expect(await memcache.get('counter')).toBe('1');
    expect(server.stats()).toMatchObject({ total_connections: expect.any(String), curr_items: '1' });
  });

  it('picks up a rotated password from the function in auth, when its connection has ended', async () => {
    let { password } = ada;
    const servers = await listen({ accounts: ada, login });
    const memcache = client({ servers, protocol, auth: () => ({ username: 'ada', password, mechanism }) });
    await memcache.set('key', 'value');
    server.accounts.rotate('ada', 'new-secret');
    expect(await memcache.get('key')).toBe('value');
    password = 'new-secret';
    server.accounts.rotate('ada', 'new-secret', { disconnect: true });
    expect(await memcache.get('key')).toBe('value');
    expect(server.accounts.list()).toMatchObject([{ username: 'ada', connections: 1 }]);
  });
});

describe("MemCachier's size limit", () => {
  it.each(['sasl', 'memcachier'] as const)('is the same for both sides (%s)', async (mechanism) => {
    const servers = await listen({ accounts: ada, login: 'memcachier' });
    const memcache = client({
      environment: { ...server.environment },
      auth: { ...ada, mechanism },
    });
    const key = 'feed:42';
    const room = MIB - key.length;
    expect(await memcache.set(key, 'v'.repeat(room))).toBe(true);
    await expect(memcache.set(key, 'v'.repeat(room + 1))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
    // A client that does not know the rule learns it from the answer.
    const unaware = client({ servers, auth: { ...ada, mechanism }, itemSizeMax: 2 * MIB });
    await expect(unaware.set(key, 'v'.repeat(room + 1))).rejects.toMatchObject({ code: 'MEMCACHE_ITEM_TOO_LARGE' });
  });
});
