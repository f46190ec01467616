/** Every kind of memcached, every way to configure a client for it, and what the client says where the two do not fit. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { inspect } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { memcachedBuilds, startMemcached, startScriptedServer, type RealMemcached } from '@memkit/testing';
import type { ServerLink } from '../cluster/server-link.js';
import type { ListedServer } from '../discovery/connection-url.js';
import type { ClientSettings } from '../options/client-settings.js';
import { defaultSettings } from '../options/default-options.js';
import type { AuthMechanism } from '../options/memcache-options.js';
import type { ConnectionMessage } from '../telemetry/channels.js';
import { connectServer } from './connect-server.js';
import { asking, item, within } from './spec-support/asking.js';

const alice = { username: 'alice', password: 's3cret' };
const wrong = { username: 'alice', password: 'hunter2' };

let links: ServerLink[] = [];
const servers: { stop(): Promise<void> }[] = [];

/** Ends with the test, whatever comes of it. */
function kept<Server extends { stop(): Promise<void> }>(server: Server): Server {
  servers.push(server);
  return server;
}

let events: ConnectionMessage[] = [];

function listen(message: unknown): void {
  events.push(message as ConnectionMessage);
}

beforeEach(() => {
  links = [];
  events = [];
  subscribe('memkit:core:connection', listen);
});

afterEach(async () => {
  unsubscribe('memkit:core:connection', listen);
  await Promise.all(links.map((link) => link.close(0)));
  await Promise.all(servers.splice(0).map((server) => server.stop()));
});

type Options = Partial<ClientSettings> & Partial<Pick<ListedServer, 'auth' | 'path'>>;

function link(port: number, { auth, path, ...settings }: Options = {}): ServerLink {
  const server: ListedServer = { host: '127.0.0.1', port, path, weight: 1, auth, tls: false, sizeRule: 'memcached' };
  const made = connectServer(server, { ...defaultSettings, ...settings });
  links.push(made);
  return made;
}

async function storeAndRead(through: ServerLink): Promise<string | undefined> {
  await through.send(asking.store('set', 'key', item('value')), within(3000));
  return (await through.send(asking.get('key'), within(3000)))?.data.toString();
}

const skipped = () => events.filter(({ event }) => event === 'auth-skipped').length;

describe('a memcached without authentication', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached();
  });
  afterAll(() => server.stop());

  it.each(['auto', 'meta', 'text', 'binary'] as const)('works without credentials (%s)', async (protocol) => {
    expect(await storeAndRead(link(server.port, { protocol }))).toBe('value');
    expect(events.map(({ event }) => event)).toEqual(['connected']);
  });

  it.each(['auto', 'meta', 'text', 'binary'] as const)(
    'works with credentials too, which is published (%s)',
    async (protocol) => {
      expect(await storeAndRead(link(server.port, { protocol, auth: alice }))).toBe('value');
      expect(events.map(({ event }) => event)).toEqual(['auth-skipped', 'connected']);
    },
  );

  it('keeps no credentials as an item', async () => {
    const meta = link(server.port, { protocol: 'meta', auth: alice });
    await storeAndRead(meta);
    expect(await meta.send(asking.get('memkit:login'), within(3000))).toBeUndefined();
  });

  it('publishes once that it goes on without a login, however often it connects', async () => {
    const pooled = link(server.port, { auth: alice, pool: 4 });
    await Promise.all(Array.from({ length: 40 }, (_, at) => pooled.send(asking.get(`key-${at}`), within(3000))));
    expect(pooled.counters.connects).toBe(4);
    expect(skipped()).toBe(1);
  });

  it.each(['auto', 'meta', 'binary'] as const)('is refused with requireAuth (%s)', async (protocol) => {
    await expect(storeAndRead(link(server.port, { protocol, auth: alice, requireAuth: true }))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringMatching(/the server has no authentication.*requireAuth.*Turn authentication on/s),
    });
  });

  it('speaks text or binary alone where it is told to', async () => {
    const textOnly = kept(await startMemcached({ args: ['-B', 'ascii'] }));
    expect(await storeAndRead(link(textOnly.port, { auth: alice }))).toBe('value');
    await expect(storeAndRead(link(textOnly.port, { auth: alice, protocol: 'binary' }))).rejects.toMatchObject({
      code: 'MEMCACHE_WRONG_PROTOCOL',
      message: expect.stringContaining('the port speaks the text protocols only'),
    });
    const binaryOnly = kept(await startMemcached({ args: ['-B', 'binary'] }));
    expect(await storeAndRead(link(binaryOnly.port, { protocol: 'binary' }))).toBe('value');
  });
});

describe('a memcached on a Unix socket', () => {
  it('works by its path', async () => {
    const server = kept(await startMemcached({ unixSocket: true }));
    const local = link(0, { path: server.socketPath });
    expect(await storeAndRead(local)).toBe('value');
    expect(local.name).toBe(server.socketPath);
  });
});

describe('a memcached -S', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ sasl: alice });
  });
  afterAll(() => server.stop());

  it.each([
    ['auto', 'auto'],
    ['auto', 'sasl'],
    ['binary', 'auto'],
  ] as const)('lets in who logs in (%s, %s)', async (protocol, mechanism) => {
    expect(await storeAndRead(link(server.port, { protocol, auth: { ...alice, mechanism } }))).toBe('value');
  });

  it('refuses a wrong password, which nothing shows', async () => {
    const refused = link(server.port, { auth: wrong });
    const error: unknown = await storeAndRead(refused).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringMatching(/refused the login \(status 0x0020\)\. Check the credentials/),
    });
    expect(inspect([error, refused, events], { depth: 20, showHidden: true })).not.toContain('hunter2');
  });

  it.each(['auto', 'meta', 'text'] as const)(
    'is recognized before the deadline by a client without credentials (%s)',
    async (protocol) => {
      const deadlineAt = within(600);
      const error: unknown = await link(server.port, { protocol })
        .send(asking.get('key'), deadlineAt)
        .catch((thrown: unknown) => thrown);
      expect(error).toMatchObject({
        code: 'MEMCACHE_WRONG_PROTOCOL',
        key: 'key',
        message: expect.stringMatching(/expects a SASL login.*Give username and password/),
      });
      expect(performance.now()).toBeLessThan(deadlineAt);
    },
  );

  it.each([
    ['auto', 'ascii', 'Leave auth.mechanism out: the SASL login'],
    ['auto', 'memcachier', 'Leave auth.mechanism out: the SASL login'],
    ['meta', 'auto', "Use protocol 'auto' or 'binary', and leave"],
    ['text', 'ascii', "Use protocol 'auto' or 'binary', and leave"],
  ] as const)('is recognized by a client that logs in as text (%s, %s)', async (protocol, mechanism, advice) => {
    const refused = storeAndRead(link(server.port, { protocol, auth: { ...alice, mechanism } }));
    await expect(refused).rejects.toMatchObject({
      code: 'MEMCACHE_WRONG_PROTOCOL',
      message: expect.stringContaining(advice),
    });
    await expect(refused).rejects.toMatchObject({ message: expect.not.stringMatching(/give username/i) });
  });

  it('asks a binary client without credentials for them', async () => {
    await expect(storeAndRead(link(server.port, { protocol: 'binary' }))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringContaining('give username and password'),
    });
  });
});

describe.each(memcachedBuilds())('a memcached -Y, the $name', ({ program }) => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ authFile: alice, binary: program });
  });
  afterAll(() => server.stop());

  it.each([
    ['auto', 'auto'],
    ['auto', 'ascii'],
    ['meta', 'auto'],
    ['text', 'ascii'],
  ] as const)('lets in who logs in (%s, %s)', async (protocol, mechanism) => {
    expect(await storeAndRead(link(server.port, { protocol, auth: { ...alice, mechanism } }))).toBe('value');
    expect(skipped()).toBe(0);
  });

  it('is logged in to with one socket once it is known', async () => {
    const pooled = link(server.port, { auth: alice, pool: 8 });
    const total = async (): Promise<number> => {
      const stats = await pooled.send(asking.stats(''), within(3000));
      return Number(stats['total_connections']);
    };
    const before = await total();
    const keys = Array.from({ length: 100 }, (_, at) => `key-${at}`);
    await Promise.all(keys.map((key) => pooled.send(asking.get(key), within(3000))));
    expect(pooled.counters.connects).toBe(8);
    expect((await total()) - before).toBe(7);
  });

  it.each([
    ['auto', alice.username, 'hunter2'],
    ['meta', alice.username, 'hunter2'],
    ['auto', 'mallory', alice.password],
  ] as const)('refuses wrong credentials (%s, %s:%s)', async (protocol, username, password) => {
    await expect(storeAndRead(link(server.port, { protocol, auth: { username, password } }))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.not.stringContaining('hunter2'),
    });
  });

  it('asks a client without credentials for them', async () => {
    await expect(storeAndRead(link(server.port))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringMatching(/without a login\. Give username and password\.$/),
    });
  });

  it.each([undefined, alice])('tells a binary client what it speaks (%j)', async (auth) => {
    await expect(storeAndRead(link(server.port, { protocol: 'binary', auth }))).rejects.toMatchObject({
      code: 'MEMCACHE_WRONG_PROTOCOL',
      message: expect.stringContaining('text'),
    });
  });

  it('is recognized by a binary client without credentials although it stays silent', async () => {
    const silent = link(server.port, { protocol: 'binary' });
    await expect(silent.send(asking.get('no-line-end'), within(600))).rejects.toMatchObject({
      code: 'MEMCACHE_WRONG_PROTOCOL',
      message: expect.stringContaining("'meta' or 'text'"),
    });
  });
});

describe.each(memcachedBuilds())('a password with a space and memcached -Y, the $name', ({ program, version }) => {
  it('works where that version can read it, and else the error says why it may not', async () => {
    const spaced = { username: 'alice', password: 'two words' };
    const server = kept(await startMemcached({ authFile: spaced, binary: program }));
    const outcome = storeAndRead(link(server.port, { auth: spaced }));
    if (version === '1.6.18') {
      await expect(outcome).rejects.toMatchObject({
        code: 'MEMCACHE_AUTH_FAILED',
        message: expect.stringMatching(/the older ones, such as 1\.6\.18, no password with one\.$/),
      });
    } else {
      expect(await outcome).toBe('value');
    }
  });
});

describe('credentials that are a function', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached({ sasl: alice });
  });
  afterAll(() => server.stop());

  it('are asked for at every connect, and used when they are right', async () => {
    let asked = 0;
    const pooled = link(server.port, {
      pool: 2,
      auth: () => {
        asked += 1;
        return Promise.resolve(alice);
      },
    });
    await Promise.all(['a', 'b', 'c', 'd'].map((key) => pooled.send(asking.get(key), within(3000))));
    expect(asked).toBe(2);
  });

  it('are asked for once more after a refusal, and the login is tried with the new ones', async () => {
    const given = [wrong, alice];
    expect(await storeAndRead(link(server.port, { auth: () => given.shift() ?? wrong }))).toBe('value');
    expect(given).toEqual([]);
  });

  it('that do not change fail after one more question, without another login', async () => {
    const refusal = Buffer.from([0x81, 0x21, 0, 0, 0, 0, 0, 0x20, ...new Uint8Array(16)]);
    const refusing = kept(await startScriptedServer((socket) => socket.once('data', () => socket.write(refusal))));
    let asked = 0;
    const auth = () => {
      asked += 1;
      return wrong;
    };
    await expect(storeAndRead(link(refusing.port, { auth }))).rejects.toMatchObject({ code: 'MEMCACHE_AUTH_FAILED' });
    expect([asked, refusing.accepted]).toEqual([2, 1]);
  });

  it('that cannot be had fail with the reason', async () => {
    const auth = () => Promise.reject(new Error('the vault is sealed'));
    await expect(storeAndRead(link(server.port, { auth }))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringContaining('the function of option "auth" failed'),
      cause: { message: 'the vault is sealed' },
    });
  });

  it('that are never given end with the deadline', async () => {
    const forever = link(server.port, { auth: () => new Promise(() => undefined) });
    await expect(forever.send(asking.get('key'), within(50))).rejects.toMatchObject({
      code: 'MEMCACHE_TIMEOUT',
      message: expect.stringMatching(
        /the function of option "auth" took longer than .* Let it give \{ username, password \}/,
      ),
    });
  });

  it.each([
    ['binary', 'ascii'],
    ['meta', 'sasl'],
  ] as const)('with a login the protocol does not have are refused (%s, %s)', async (protocol, mechanism) => {
    const auth = () => ({ ...alice, mechanism: mechanism satisfies AuthMechanism });
    await expect(storeAndRead(link(server.port, { protocol, auth }))).rejects.toMatchObject({
      code: 'MEMCACHE_INVALID_OPTION',
      message: expect.stringContaining(`no login of the form "${mechanism}"`),
    });
  });
});

describe("MemCachier's ASCII login", () => {
  it('names the username as key, and a refusal may mean a disabled cache', async () => {
    const received: string[] = [];
    const server = kept(
      await startScriptedServer((socket) => {
        socket.on('data', (chunk) => {
          received.push(chunk.toString());
          const isWrong = chunk.toString().includes('hunter2');
          socket.write(isWrong ? 'CLIENT_ERROR authentication failed\r\n' : 'STORED\r\n');
        });
      }),
    );
    const auth = { ...alice, mechanism: 'memcachier' } as const;
    const right = link(server.port, { auth, protocol: 'text' });
    await right.send(asking.store('set', 'key', item('v')), within(3000));
    expect(received[0]).toBe('set alice 0 0 6\r\ns3cret\r\n');
    const refused = link(server.port, { auth: { ...auth, password: 'hunter2' }, protocol: 'text' });
    await expect(refused.send(asking.get('key'), within(3000))).rejects.toMatchObject({
      code: 'MEMCACHE_AUTH_FAILED',
      message: expect.stringContaining('MemCachier refuses them too when the cache is disabled'),
    });
  });
});

describe('a proxy that hangs up on commands it does not know', () => {
  it('works as text once it is told so, which the error says', async () => {
    const server = kept(
      await startScriptedServer((socket) => {
        socket.on('data', (chunk) => {
          if (chunk.toString().startsWith('get ')) socket.write('END\r\n');
          else socket.end();
        });
      }),
    );
    await expect(link(server.port).send(asking.get('key'), within(3000))).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      message: expect.stringMatching(/closed the connection during asking for the protocol.*set protocol 'text'/),
    });
    await expect(link(server.port, { protocol: 'text' }).send(asking.get('key'), within(3000))).resolves.toBe(
      undefined,
    );
  });
});

describe('a server that is no memcached', () => {
  it.each([
    ['that greets', 'SSH-2.0-OpenSSH_9.2\r\n', true, 'auto', 'an SSH server answered'],
    ['that greets in binary', '\x4a\0\0\0\x0a8.0.36\0', true, 'meta', 'a MySQL server answered'],
    ['that answers', 'HTTP/1.1 400 Bad Request\r\n\r\n', false, 'auto', 'an HTTP server answered'],
    ['that answers', "-ERR unknown command 'mg'\r\n", false, 'text', 'a Redis server answered'],
    ['that answers', '-ERR unknown command\r\n', false, 'binary', 'a Redis server answered'],
  ] as const)('%s is named (%j)', async (_, bytes, greets, protocol, name) => {
    const server = kept(
      await startScriptedServer((socket) => {
        if (greets) socket.write(Buffer.from(bytes, 'latin1'));
        else socket.once('data', () => socket.write(Buffer.from(bytes, 'latin1')));
      }),
    );
    await expect(link(server.port, { protocol }).send(asking.get('key'), within(3000))).rejects.toMatchObject({
      code: 'MEMCACHE_WRONG_PROTOCOL',
      message: expect.stringMatching(new RegExp(`${name}.*Check host and port`)),
    });
  });
});
