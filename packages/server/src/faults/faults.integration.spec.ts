/** Every fault, over every protocol and both ways in: what a client sees, byte by byte, and that `clear()` ends it. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { connect as connectTls } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { replyFrame, requestFrame } from '@memkit/testing';
import { createServer, type MemcacheServer } from '../index.js';
import { doors } from '../spec-support/doors.js';

/** The same few requests in each protocol, with their replies. */
interface Dialect {
  readonly name: string;
  get(key: string): string;
  set(key: string, value: string): string;
  readonly hit: (key: string, value: string, cas: number) => string;
  readonly miss: string;
  readonly stored: (cas: number) => string;
  readonly failed: (message: string) => string;
  readonly full: string;
  readonly garbage: string;
  readonly noop: string;
  readonly noopReply: string;
}

const HTTP = 'HTTP/1.1 502 Bad Gateway\r\n';
const dialects: readonly Dialect[] = [
  {
    name: 'text',
    get: (key) => `get ${key}\r\n`,
    set: (key, value) => `set ${key} 0 0 ${String(value.length)}\r\n${value}\r\n`,
    hit: (key, value) => `VALUE ${key} 0 ${String(value.length)}\r\n${value}\r\nEND\r\n`,
    miss: 'END\r\n',
    stored: () => 'STORED\r\n',
    failed: (message) => `SERVER_ERROR ${message}\r\n`,
    full: 'SERVER_ERROR out of memory storing object\r\n',
    garbage: `${HTTP}Content-Length: 0\r\n\r\n`,
    noop: 'mn\r\n',
    noopReply: 'MN\r\n',
  },
  {
    name: 'meta',
    get: (key) => `mg ${key} v\r\n`,
    set: (key, value) => `ms ${key} ${String(value.length)}\r\n${value}\r\n`,
    hit: (_, value) => `VA ${String(value.length)}\r\n${value}\r\n`,
    miss: 'EN\r\n',
    stored: () => 'HD\r\n',
    failed: (message) => `SERVER_ERROR ${message}\r\n`,
    full: 'SERVER_ERROR out of memory storing object\r\n',
    garbage: `${HTTP}Content-Length: 0\r\n\r\n`,
    noop: 'mn\r\n',
    noopReply: 'MN\r\n',
  },
  {
    name: 'binary',
    get: (key) => requestFrame(0x00, { key }),
    set: (key, value) => requestFrame(0x01, { key, extras: '\0'.repeat(8), value }),
    hit: (_, value, cas) => replyFrame(0x00, 0, { extras: '\0\0\0\0', value, cas }),
    miss: replyFrame(0x00, 1, { value: 'Not found' }),
    stored: (cas) => replyFrame(0x01, 0, { cas }),
    failed: (message) => replyFrame(0x00, 0x82, { value: message }),
    full: replyFrame(0x01, 0x82, { value: 'Out of memory allocating item' }),
    garbage: `${HTTP}\r\nsorry`,
    noop: requestFrame(0x0a),
    noopReply: replyFrame(0x0a, 0),
  },
];

/** A connection and what it has received. */
class Client {
  readonly stream: Duplex;
  received = '';
  error: NodeJS.ErrnoException | undefined;
  #look: () => void = () => undefined;

  constructor(stream: Duplex) {
    this.stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.received += chunk.toString('latin1');
      this.#look();
    });
    stream.on('error', (error) => (this.error = error));
    stream.on('close', () => this.#look());
  }

  send(request: string): void {
    this.stream.write(Buffer.from(request, 'latin1'));
  }

  /** Sends, and waits for so many bytes or the end of the connection. */
  async ask(request: string, expected: string): Promise<string> {
    this.received = '';
    this.send(request);
    await this.until(() => this.received.length >= expected.length);
    return this.received;
  }

  async closed(): Promise<string> {
    await this.until(() => false);
    return this.received;
  }

  async until(isEnough: () => boolean): Promise<void> {
    while (!isEnough() && !this.stream.closed) {
      await new Promise<void>((resolve) => {
        this.#look = resolve;
      });
    }
  }
}

let server: MemcacheServer;
beforeEach(() => {
  server = createServer();
});
afterEach(() => server.close());

const ways = doors.flatMap((door) => dialects.map((dialect) => [dialect.name, door.name, dialect, door] as const));

describe.each(ways)('a fault in %s %s', (_, _door, dialect, door) => {
  let client: Client;
  const open = async (): Promise<Client> => new Client(await door.open(server));
  const { get, set, hit, miss, stored, noop, noopReply } = dialect;

  beforeEach(async () => {
    client = await open();
    expect(await client.ask(set('user:42', 'Ada'), stored(1))).toBe(stored(1));
  });

  /** Everybody is answered again, on a connection that was there before and on a new one. */
  async function expectRecovered(before?: Client): Promise<void> {
    server.faults.clear();
    const found = hit('user:42', 'Ada', 1);
    for (const each of [before, await open()]) {
      if (each !== undefined) expect(await each.ask(get('user:42'), found)).toBe(found);
    }
  }

  it('delay › answers later, requests behind it too; clear() answers at once', async () => {
    const late = server.faults.on('get').times(1).delay('1h');
    const other = await open();
    client.received = '';
    client.send(noop + get('user:42') + noop);
    await client.until(() => client.received.length >= noopReply.length);
    // Another connection is not held up, and by its answers time has passed.
    for (let turn = 0; turn < 3; turn += 1) expect(await other.ask(noop, noopReply)).toBe(noopReply);
    expect(client.received).toBe(noopReply);
    expect(late.happened).toBe(1);
    server.faults.clear();
    const all = noopReply + hit('user:42', 'Ada', 1) + noopReply;
    await client.until(() => client.received.length >= all.length);
    expect(client.received).toBe(all);
    await expectRecovered(client);
  });

  it('delay › reads no further, however much comes', async () => {
    server.faults.on('get').times(1).delay('1h');
    client.send(get('user:42'));
    for (let piece = 0; piece < 2000; piece += 1) client.send(noop.repeat(1000));
    const other = await open();
    for (let turn = 0; turn < 50; turn += 1) await other.ask(noop, noopReply);
    const read = Number(server.stats()['bytes_read']);
    expect(read).toBeLessThan(2_000_000);
    expect(client.stream.writableLength).toBeGreaterThan(0);
    client.stream.destroy();
    await expectRecovered();
  });

  it('drop › sends the first bytes of the reply and closes, the request being carried out', async () => {
    server.faults.on('set').times(1).dropAfter(3);
    client.received = '';
    client.send(noop + set('user:43', 'Grace'));
    expect(await client.closed()).toBe(noopReply + stored(2).slice(0, 3));
    expect(client.error).toBeUndefined();
    const found = hit('user:43', 'Grace', 2);
    expect(await (await open()).ask(get('user:43'), found)).toBe(found);
    await expectRecovered();
  });

  it('close › ends the connection behind the earlier answers, and carries nothing out', async () => {
    server.faults.on('set').times(1).close();
    client.received = '';
    client.send(noop + set('user:42', 'Grace') + noop);
    expect(await client.closed()).toBe(noopReply);
    expect(client.error).toBeUndefined();
    await expectRecovered();
  });

  it('reset › gives ECONNRESET, and carries nothing out', async () => {
    server.faults.on('set').times(1).reset();
    client.send(set('user:42', 'Grace') + set('user:42', 'Alan'));
    await client.closed();
    expect(client.error).toMatchObject({ code: 'ECONNRESET', syscall: 'read' });
    await expectRecovered();
  });

  it('silence › answers nothing, takes in whatever comes, and closes at clear()', async () => {
    server.faults.on('get').times(1).silence();
    const other = await open();
    client.received = '';
    client.send(noop + get('user:42') + noop.repeat(100_000));
    for (let turn = 0; turn < 50; turn += 1) await other.ask(noop, noopReply);
    expect(client.received).toBe(noopReply);
    expect(client.stream.destroyed).toBe(false);
    server.faults.clear();
    expect(await client.closed()).toBe(noopReply);
    await expectRecovered(other);
  });

  it('silence › notices that the client has left', async () => {
    server.faults.silence();
    client.send(get('user:42'));
    client.stream.end();
    await client.closed();
    const gone = await open();
    gone.stream.destroy();
    server.faults.clear();
    const last = await open();
    while (server.stats()['curr_connections'] !== '1') await last.ask(noop, noopReply);
  });

  it('garbage › sends what is no reply and goes on', async () => {
    server.faults.on('get').times(1).garbage();
    const all = dialect.garbage + noopReply;
    expect(await client.ask(get('user:42') + noop, all)).toBe(all);
    server.faults
      .on('get')
      .times(1)
      .garbage(Buffer.from([0, 255, 1]));
    expect(await client.ask(get('user:42'), '\0\xff\x01')).toBe('\0\xff\x01');
    await expectRecovered(client);
  });

  it('fail › answers with an error of the server, and carries nothing out', async () => {
    server.faults.on('get').times(1).fail('on strike');
    const all = dialect.failed('on strike') + noopReply;
    expect(await client.ask(get('user:42') + noop, all)).toBe(all);
    await expectRecovered(client);
  });

  it('evict › lets the item vanish before the request, and no other', async () => {
    await client.ask(set('team:7', 'ADA'), stored(2));
    server.faults.on('get').forKeys('user:*').times(1).evict();
    expect(await client.ask(get('user:42'), miss)).toBe(miss);
    const kept = hit('team:7', 'ADA', 2);
    expect(await client.ask(get('team:7'), kept)).toBe(kept);
    expect(server.stats()).toMatchObject({ evictions: '1', curr_items: '1' });
  });

  it('outOfMemory › refuses stores as memcached -M does, and the old value of a set is gone', async () => {
    server.faults.outOfMemory();
    const all = dialect.full + miss;
    expect(await client.ask(set('user:42', 'Grace') + get('user:42'), all)).toBe(all);
    expect(server.stats()).toMatchObject({ store_no_memory: '1' });
    server.faults.clear();
    expect(await client.ask(set('user:42', 'Ada'), stored(2))).toBe(stored(2));
  });

  it('fillMemory › evicts for every new item until clear()', async () => {
    server.faults.fillMemory();
    expect(await client.ask(set('user:43', 'Bob'), stored(2))).toBe(stored(2));
    expect(await client.ask(get('user:42'), miss)).toBe(miss);
    server.faults.clear();
    await client.ask(set('user:44', 'Eve'), stored(3));
    expect(server.stats()).toMatchObject({ curr_items: '2', evictions: '1', limit_maxbytes: '67108864' });
  });

  it('fillMemory › lets an item of any size into a nearly empty store, and keeps that one alone', async () => {
    const large = 'x'.repeat(10_000);
    server.faults.fillMemory();
    for (const [index, key] of ['team:7', 'team:8'].entries()) {
      expect(await client.ask(set(key, large), stored(index + 2))).toBe(stored(index + 2));
    }
    const all = miss + miss + hit('team:8', large, 3);
    expect(await client.ask(get('user:42') + get('team:7') + get('team:8'), all)).toBe(all);
    server.faults.clear();
    await client.ask(set('team:9', large), stored(4));
    expect(server.stats()).toMatchObject({ curr_items: '2', evictions: '2', limit_maxbytes: '67108864' });
  });

  it('refuse › ends new connections at once, and leaves those that are open', async () => {
    server.faults.refuse();
    expect(await (await open()).closed()).toBe('');
    await expectRecovered(client);
  });
});

describe('reset over TLS', () => {
  it('ends the connection, the request not being carried out', async () => {
    await server.close();
    server = createServer({ tls: true });
    const { port } = await server.listen();
    const ca = server.certificate ?? '';
    const socket = connectTls({ port, host: '127.0.0.1', ca, servername: 'localhost' });
    await once(socket, 'secureConnect');
    const client = new Client(socket);
    server.faults.on('set').times(1).reset();
    client.send('mn\r\nset a 0 0 1\r\nx\r\nmn\r\n');
    expect(await client.closed()).not.toContain('STORED');
    expect(server.stats()).toMatchObject({ curr_items: '0' });
  });
});

describe('skewClock', () => {
  it('lets items expire as if time had passed, and ends with clear()', async () => {
    const client = new Client(server.connect());
    await client.ask('set a 0 100 1\r\nx\r\n', 'STORED\r\n');
    server.faults.skewClock('2m');
    expect(await client.ask('get a\r\n', 'END\r\n')).toBe('END\r\n');
    await client.ask('set b 0 100 1\r\nx\r\n', 'STORED\r\n');
    server.faults.clear();
    // 100 seconds by the skewed clock; an item of before the skew may have been swept meanwhile.
    const [, seconds] = /^HD t(\d+)\r\n$/.exec(await client.ask('mg b t\r\n', 'HD t220\r\n')) ?? [];
    expect(Number(seconds)).toBeGreaterThan(120);
  });

  it('moves the clock a test drives', async () => {
    await server.close();
    server = createServer({ clock: { now: () => 1_700_000_000 } });
    server.faults.skewClock('-5s');
    expect(server.stats()).toMatchObject({ time: '1699999995' });
    server.faults.skewClock('1h');
    expect(server.stats()).toMatchObject({ time: '1700003600' });
  });
});

describe('a fault', () => {
  it('for a pattern means a multi-get when any of its keys matches', async () => {
    server.faults.forKeys('b').fail('b is broken');
    const client = new Client(server.connect());
    const broken = 'SERVER_ERROR b is broken\r\nEND\r\n';
    expect(await client.ask('get a b c\r\nget a c\r\n', broken)).toBe(broken);
  });

  it('evicts of a multi-get the keys that match, whatever their alphabet', async () => {
    const client = new Client(server.connect());
    const key = Buffer.from('größe').toString('latin1');
    await client.ask(`set a 0 0 1\r\nx\r\nset ${key} 0 0 1\r\nx\r\n`, 'STORED\r\nSTORED\r\n');
    server.faults.forKeys('größe').evict();
    expect(await client.ask(`get ${key} a\r\n`, 'VALUE a 0 1\r\nx\r\nEND\r\n')).toBe('VALUE a 0 1\r\nx\r\nEND\r\n');
  });

  it('can be for one connection', async () => {
    const [first, second] = [new Client(server.connect()), new Client(server.connect())];
    server.faults.on().forConnection(2).close();
    second.send('mn\r\n');
    expect(await second.closed()).toBe('');
    expect(await first.ask('mn\r\n', 'MN\r\n')).toBe('MN\r\n');
  });

  it('that fills the memory of a server without evictions refuses what is new', async () => {
    await server.close();
    server = createServer({ disabled: ['evictions'] });
    const client = new Client(server.connect());
    await client.ask('set a 0 0 1\r\nx\r\n', 'STORED\r\n');
    server.faults.fillMemory();
    const refused = 'SERVER_ERROR out of memory storing object\r\n';
    expect(await client.ask('set b 0 0 1\r\nx\r\n', refused)).toBe(refused);
    expect(await client.ask('mg a v\r\n', 'x\r\n')).toBe('VA 1\r\nx\r\n');
    server.faults.clear();
    expect(await client.ask('set b 0 0 1\r\nx\r\n', 'STORED\r\n')).toBe('STORED\r\n');
  });

  it('that refuses a store says nothing to noreply, as memcached, and tells the quiet forms of meta and binary', async () => {
    server.faults.outOfMemory();
    const text = new Client(server.connect());
    const told = 'SERVER_ERROR out of memory storing object\r\nMN\r\n';
    expect(await text.ask('set a 0 0 1 noreply\r\nx\r\nms a 1 q\r\nx\r\nmn\r\n', told)).toBe(told);
    const binary = new Client(server.connect());
    const refusal = replyFrame(0x11, 0x82, { value: 'Out of memory allocating item' });
    expect(await binary.ask(requestFrame(0x11, { key: 'a', extras: '\0'.repeat(8), value: 'x' }), refusal)).toBe(
      refusal,
    );
    expect(server.stats()).toMatchObject({ store_no_memory: '3' });
  });
});
