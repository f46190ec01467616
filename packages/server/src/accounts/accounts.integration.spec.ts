/** What clients of a server with accounts see, byte by byte. The dialogue of -Y beside the real one: internal/cross-tests. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterEach, describe, expect, it } from '@jest/globals';
import { requestFrame } from '@memkit/testing';
import { createServer, type Capability, type LoginKind, type MemcacheServer, type ServerOptions } from '../index.js';

const ada = { username: 'ada', password: 'love lace' };
const MIB = 1_048_576;

let server = createServer();

afterEach(async () => {
  await server.close();
});

function serve(login: LoginKind, options: ServerOptions = {}): MemcacheServer {
  const password = login === 'ascii' ? 'lovelace' : ada.password;
  server = createServer({ accounts: { ...ada, password }, login, ...options });
  return server;
}

const eight = '\0'.repeat(8);
const plain = (username: string, password: string): string =>
  requestFrame(0x21, { key: 'PLAIN', value: `\0${username}\0${password}` });
const binarySet = (key: string, value: string): string => requestFrame(0x01, { key, extras: eight, value });

/** What comes back for this, up to the pause behind it; `closed` when the connection ends. */
class Client {
  readonly stream: Duplex = server.connect();
  #received = Buffer.alloc(0);

  constructor() {
    this.stream.on('data', (chunk: Buffer) => (this.#received = Buffer.concat([this.#received, chunk])));
    this.stream.on('error', () => undefined);
  }

  /** Text replies, up to that of a line that every state answers: the last one sent. */
  async text(request: string, replies = 1): Promise<string> {
    this.stream.write(Buffer.from(request, 'latin1'));
    return this.#take(() => {
      const text = this.#received.toString('latin1');
      return text.split('\r\n').length > replies ? text : undefined;
    });
  }

  /** The statuses of so many binary replies. */
  async binary(request: string, replies = 1): Promise<readonly number[]> {
    this.stream.write(Buffer.from(request, 'latin1'));
    return this.#take(() => {
      const statuses: number[] = [];
      for (let at = 0; at + 24 <= this.#received.length; at += 24 + this.#received.readUInt32BE(at + 8)) {
        statuses.push(this.#received.readUInt16BE(at + 6));
      }
      return statuses.length >= replies ? statuses : undefined;
    });
  }

  async closed(): Promise<void> {
    if (!this.stream.closed) await once(this.stream, 'close');
  }

  async #take<Result>(read: () => Result | undefined): Promise<Result> {
    for (;;) {
      const result = read();
      if (result !== undefined) {
        this.#received = Buffer.alloc(0);
        return result;
      }
      await once(this.stream, 'data');
    }
  }
}

async function loggedIn(login: LoginKind, wire: 'text' | 'binary'): Promise<Client> {
  const client = new Client();
  if (wire === 'binary') expect(await client.binary(plain(ada.username, ada.password))).toEqual([0]);
  else if (login === 'ascii') expect(await client.text('set k 0 0 12\r\nada lovelace\r\n')).toBe('STORED\r\n');
  else expect(await client.text('set ada 0 0 9\r\nlove lace\r\n')).toBe('STORED\r\n');
  return client;
}

function restrict(...capabilities: readonly Capability[]): void {
  server.accounts.allow('ada', capabilities);
}

describe("MemCachier's login", () => {
  it('is a set of the username, and keeps no item', async () => {
    serve('memcachier');
    const client = await loggedIn('memcachier', 'text');
    expect(await client.text('get ada\r\n')).toBe('END\r\n');
    expect(await client.text('set ada 0 0 1\r\nx\r\nget ada\r\n', 4)).toBe('STORED\r\nVALUE ada 0 1\r\nx\r\nEND\r\n');
    expect(server.stats()).toMatchObject({ auth_cmds: '1', auth_errors: '0' });
  });

  it('takes what clients add to a set: flags, an expiry, noreply', async () => {
    serve('memcachier');
    const client = new Client();
    expect(await client.text('set ada 16 60 9 noreply\r\nlove lace\r\nmn\r\n')).toBe('MN\r\n');
  });

  it('refuses a wrong password, and everything else before it, and can be tried again', async () => {
    serve('memcachier');
    const client = new Client();
    for (const request of ['version\r\n', 'mn\r\n', 'get ada\r\n', 'add ada 0 0 9\r\nlove lace\r\n', 'nonsense\r\n']) {
      expect(await client.text(request)).toBe('CLIENT_ERROR unauthenticated\r\n');
    }
    expect(await client.text('set ada 0 0 4\r\nlove\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await client.text('set bob 0 0 9\r\nlove lace\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await client.text('set ada 0 0 9\r\nlove lace\r\nmn\r\n', 2)).toBe('STORED\r\nMN\r\n');
    expect(server.stats()).toMatchObject({ auth_cmds: '3', auth_errors: '2' });
  });

  it('is SASL over binary on the same port', async () => {
    serve('memcachier');
    const client = await loggedIn('memcachier', 'binary');
    expect(await client.binary(binarySet('a', 'x'))).toEqual([0]);
    const stranger = new Client();
    expect(await stranger.binary(binarySet('a', 'y'))).toEqual([0x20]);
    await stranger.closed();
  });

  it('ends at quit', async () => {
    serve('memcachier');
    const client = new Client();
    client.stream.write('quit\r\n');
    await client.closed();
  });

  it('is in no recorded call', async () => {
    serve('memcachier', { recordCalls: 10 });
    const client = await loggedIn('memcachier', 'text');
    await client.text('get a\r\n');
    expect(JSON.stringify(server.calls.list())).not.toMatch(/ada|love/);
  });
});

describe('the login of memcached -Y', () => {
  it('lets text and meta through, pipelined as well, and keeps no item', async () => {
    serve('ascii');
    const client = new Client();
    expect(await client.text('set k 0 0 12\r\nada lovelace\r\nget k\r\nmg k v\r\nmn\r\n', 4)).toBe(
      'STORED\r\nEND\r\nEN\r\nMN\r\n',
    );
    expect(server.stats()).toMatchObject({ auth_cmds: '1', auth_errors: '0', curr_items: '0' });
  });

  it('ends a connection that sends a line without end', async () => {
    serve('ascii');
    const client = new Client();
    client.stream.write('x'.repeat(2049));
    await client.closed();
  });

  it('can be made to fail, and then nobody is logged in', async () => {
    serve('ascii');
    server.faults.on('login').times(1).fail();
    const client = new Client();
    expect(await client.text('set k 0 0 12\r\nada lovelace\r\nmn\r\n', 2)).toBe(
      'SERVER_ERROR out of memory storing object\r\nCLIENT_ERROR unauthenticated\r\n',
    );
  });
});

describe('a login timeout', () => {
  it('ends connections on which nobody logs in, and no others', async () => {
    serve('memcachier', { loginTimeout: '30ms' });
    const [client, stranger, wrong] = [await loggedIn('memcachier', 'text'), new Client(), new Client()];
    wrong.stream.write('set ada 0 0 4\r\nlove\r\n');
    await Promise.all([stranger.closed(), wrong.closed()]);
    expect(await client.text('mn\r\n')).toBe('MN\r\n');
  });
});

const changing: readonly (readonly [string, number])[] = [
  ['add a 0 0 1\r\ny\r\n', 1],
  ['replace a 0 0 1\r\ny\r\n', 1],
  ['append a 0 0 1\r\ny\r\n', 1],
  ['cas a 0 0 1 1\r\ny\r\n', 1],
  ['set a 0 0 2000000\r\n' + 'y'.repeat(2_000_000) + '\r\n', 1],
];

describe.each(['memcachier', 'ascii'] as const)('an account that may only read, logged in by %s', (login) => {
  const notStored = login === 'memcachier' ? 'NOT_STORED\r\n' : 'CLIENT_ERROR not permitted\r\n';

  it('changes nothing by text', async () => {
    serve(login);
    const client = await loggedIn(login, 'text');
    expect(await client.text('set a 0 0 1\r\nx\r\n')).toBe('STORED\r\n');
    restrict();
    server.faults.outOfMemory();
    for (const [request] of changing) expect(await client.text(request)).toBe(notStored);
    for (const request of [
      'delete a',
      'incr a 1',
      'touch a 0',
      'gat 0 a',
      'flush_all',
      'cache_memlimit 64',
      'shutdown',
    ]) {
      expect(await client.text(`${request}\r\n`)).toBe('CLIENT_ERROR not permitted\r\n');
    }
    expect(await client.text('set a 0 0 1 noreply\r\ny\r\ndelete a noreply\r\nget a\r\n', 3)).toBe(
      'VALUE a 0 1\r\nx\r\nEND\r\n',
    );
  });

  it('changes nothing by meta', async () => {
    serve(login);
    const client = await loggedIn(login, 'text');
    await client.text('set a 0 0 1\r\nx\r\n');
    restrict();
    const ms = login === 'memcachier' ? 'NS Oq ka\r\n' : 'CLIENT_ERROR not permitted\r\n';
    expect(await client.text('ms a 1 Oq k\r\ny\r\n')).toBe(ms);
    for (const request of ['md a', 'ma a', 'mg a T30', 'mg b N30 v', 'md a q']) {
      expect(await client.text(`${request}\r\n`)).toBe('CLIENT_ERROR not permitted\r\n');
    }
    expect(await client.text('mg a v t R30\r\nme b\r\nmg b v\r\n', 4)).toBe('VA 1 t-1\r\nx\r\nEN\r\nEN\r\n');
  });
});

describe.each(['memcachier', 'sasl'] as const)('an account that may only read, logged in by SASL (%s)', (login) => {
  it('changes nothing by binary, quiet forms being told too', async () => {
    serve(login);
    const client = await loggedIn(login, 'binary');
    expect(await client.binary(binarySet('a', 'x'))).toEqual([0]);
    restrict();
    const store = login === 'memcachier' ? 0x05 : 0x20;
    expect(await client.binary(binarySet('a', 'y'))).toEqual([store]);
    expect(await client.binary(requestFrame(0x11, { key: 'a', extras: eight, value: 'y' }))).toEqual([store]);
    expect(await client.binary(requestFrame(0x0e, { key: 'a', value: 'y' }))).toEqual([store]);
    const others = [
      requestFrame(0x04, { key: 'a' }),
      requestFrame(0x05, { key: 'a', extras: '\0'.repeat(20) }),
      requestFrame(0x1c, { key: 'a', extras: '\0'.repeat(4) }),
      requestFrame(0x1d, { key: 'a', extras: '\0'.repeat(4) }),
      requestFrame(0x08),
    ];
    for (const request of others) expect(await client.binary(request)).toEqual([0x20]);
    expect(await client.binary(requestFrame(0x00, { key: 'a' }))).toEqual([0]);
  });
});

describe('an account without flush', () => {
  it('may write and not flush, on every protocol', async () => {
    serve('memcachier');
    restrict('write');
    const text = await loggedIn('memcachier', 'text');
    expect(await text.text('set a 0 0 1\r\nx\r\nflush_all\r\nflush_all noreply\r\nmn\r\n', 3)).toBe(
      'STORED\r\nCLIENT_ERROR not permitted\r\nMN\r\n',
    );
    const binary = await loggedIn('memcachier', 'binary');
    expect(await binary.binary(binarySet('b', 'x') + requestFrame(0x18), 2)).toEqual([0, 0x20]);
    expect(server.stats()).toMatchObject({ curr_items: '2' });
    restrict('flush');
    expect(await text.text('flush_all\r\n')).toBe('OK\r\n');
  });
});

describe('accounts that change while clients are connected', () => {
  it('leave open connections logged in, until they are told to end', async () => {
    serve('memcachier');
    server.accounts.add({ username: 'bob', password: 'builder' });
    const client = await loggedIn('memcachier', 'text');
    server.accounts.rotate('ada', 'new');
    server.accounts.promote('bob');
    server.accounts.remove('ada');
    expect(await client.text('mn\r\n')).toBe('MN\r\n');
    expect(await new Client().text('set ada 0 0 3\r\nnew\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    const bob = new Client();
    expect(await bob.text('set bob 0 0 7\r\nbuilder\r\n')).toBe('STORED\r\n');
    expect(server.accounts.list()).toMatchObject([{ username: 'bob', connections: 1 }]);
    server.accounts.rotate('bob', 'new', { disconnect: true });
    await bob.closed();
    expect(await client.text('mn\r\n')).toBe('MN\r\n');
  });

  it('are all locked out of a disabled cache, whose items stay', async () => {
    serve('memcachier');
    const client = await loggedIn('memcachier', 'text');
    await client.text('set a 0 0 1\r\nx\r\n');
    server.accounts.disable();
    await client.closed();
    const stranger = new Client();
    expect(await stranger.text('set ada 0 0 9\r\nlove lace\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await new Client().binary(plain(ada.username, ada.password))).toEqual([0x20]);
    server.accounts.enable();
    expect(await stranger.text('set ada 0 0 9\r\nlove lace\r\nget a\r\n', 4)).toBe(
      'STORED\r\nVALUE a 0 1\r\nx\r\nEND\r\n',
    );
  });

  it('are counted no longer once their connections have ended', async () => {
    serve('sasl');
    const client = await loggedIn('sasl', 'binary');
    expect(server.accounts.list()).toMatchObject([{ connections: 1 }]);
    client.stream.destroy();
    const next = await loggedIn('sasl', 'binary');
    expect(server.accounts.list()).toMatchObject([{ connections: 1 }]);
    // A failed login logs out.
    expect(await next.binary(plain(ada.username, 'wrong'))).toEqual([0x20]);
    expect(server.accounts.list()).toMatchObject([{ connections: 0 }]);
  });

  it('show in the environment, the primary first', async () => {
    serve('memcachier');
    server.accounts.add({ username: 'bob', password: 'builder' });
    await server.listen();
    expect(server.environment).toMatchObject({ MEMCACHE_USERNAME: 'ada', MEMCACHIER_USERNAME: 'ada' });
    server.accounts.promote('bob');
    expect(server.environment).toMatchObject({ MEMCACHE_USERNAME: 'bob', MEMCACHE_PASSWORD: 'builder' });
  });
});

describe('the size rule of key and value', () => {
  const key = 'feed:42';
  const room = MIB - key.length;

  it('counts nothing else, on text and meta', async () => {
    server = createServer({ sizeRule: 'key-and-value' });
    const client = new Client();
    const set = (bytes: number, flags = 7): string => `set ${key} ${flags} 0 ${bytes}\r\n${'v'.repeat(bytes)}\r\n`;
    expect(await client.text(set(room))).toBe('STORED\r\n');
    expect(await client.text(set(room + 1, 0))).toBe('SERVER_ERROR object too large for cache\r\n');
    expect(await client.text(`get ${key}\r\n`)).toBe('END\r\n');
    expect(await client.text(set(room + 1000))).toBe('SERVER_ERROR object too large for cache\r\n');
    const ms = (bytes: number): string => `ms ${key} ${bytes}\r\n${'v'.repeat(bytes)}\r\n`;
    expect(await client.text(ms(room))).toBe('HD\r\n');
    expect(await client.text(ms(room + 1))).toBe('SERVER_ERROR object too large for cache\r\n');
  });

  it('counts what is appended', async () => {
    server = createServer({ sizeRule: 'key-and-value' });
    const client = new Client();
    const bytes = room - 1;
    await client.text(`set ${key} 0 0 ${bytes}\r\n${'v'.repeat(bytes)}\r\n`);
    expect(await client.text(`append ${key} 0 0 1\r\nx\r\n`)).toBe('STORED\r\n');
    expect(await client.text(`prepend ${key} 0 0 1\r\nx\r\n`)).toBe('NOT_STORED\r\n');
  });

  it('holds on binary', async () => {
    server = createServer({ sizeRule: 'key-and-value' });
    const client = new Client();
    expect(await client.binary(binarySet(key, 'v'.repeat(room)))).toEqual([0]);
    expect(await client.binary(binarySet(key, 'v'.repeat(room + 1)))).toEqual([3]);
    expect(await client.binary(requestFrame(0x00, { key }))).toEqual([1]);
  });
});
