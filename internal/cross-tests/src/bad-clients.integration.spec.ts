/**
 * Clients that send what nobody should send, or do not read: this server does what memcached does, beside both builds,
 * holds no more than it must, and answers the others meanwhile.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { binaryOpcodes } from '@memkit/protocol/internal';
import { createServer, type MemcacheServer } from '@memkit/server';
import { memcachedBuilds, startMemcached, type RealMemcached } from '@memkit/testing';
import { binaryFrame } from './differential/binary-operations.js';
import type { BinaryFields } from './differential/operation.js';

interface Probe {
  readonly asks: Buffer;
  readonly answer: Buffer;
}

const TEXT_PROBE: Probe = { asks: Buffer.from('mn\r\n'), answer: Buffer.from('MN\r\n') };
const PIPELINED = 100_000;
const VALUE_BYTES = 1_000_000;
const UNREAD_GETS = 60;
/** What two sockets hold between them is a few megabytes. */
const MOST_CARRIED_OUT = 40;

const NO_PARTS: BinaryFields = {
  opcode: binaryOpcodes.noop,
  extras: Buffer.alloc(0),
  key: '',
  value: '',
  cas: { exactly: 0n },
  opaque: 7,
};
const binary = (fields: Partial<BinaryFields>): Buffer => binaryFrame({ ...NO_PARTS, ...fields }).bytes(0n);
const noop = binary({ opaque: 99 });
const noopReply = Buffer.from(noop);
noopReply.writeUInt8(0x81, 0);
const BINARY_PROBE: Probe = { asks: noop, answer: noopReply };
const text = (line: string): Buffer => Buffer.from(line, 'latin1');
const key = (bytes: number): string => 'k'.repeat(bytes);
const set = { opcode: binaryOpcodes.set, extras: Buffer.alloc(8), key: 'a' };
/** memcached looks at such a length when something comes behind the key. */
const FOUR_GIB = { value: 'x'.repeat(100), bodyBytes: 0xffff_ffff };

/** The connection goes on behind them. */
const ANSWERED: readonly (readonly [string, Buffer])[] = [
  ['an unknown line of 16,384 bytes', text(`${'x'.repeat(16_382)}\r\n`)],
  ['a get of a key of 1,000,000 bytes', text(`get ${key(1_000_000)}\r\n`)],
  ['a gets of a key of 3,000 bytes behind a good one', text(`gets a ${key(3000)}\r\n`)],
  ['a meta get of a key of 3,000 bytes', text(`mg ${key(3000)} v\r\n`)],
  ['a set with a key of 3,000 bytes', text(`set ${key(3000)} 0 0 1\r\nx\r\n`)],
  ['a set of -1 bytes', text('set a 0 0 -1\r\n')],
  ['a quiet set of -1 bytes', text('set a 0 0 -1 noreply\r\n')],
  ['a set of -1 bytes with data', text('set a 0 0 -1\r\nx\r\n')],
  ['a set of -2^31 bytes', text('set a 0 0 -2147483648\r\n')],
  ['an append of -1 bytes', text('append a 0 0 -1\r\n')],
  ['a cas of -1 bytes', text('cas a 0 0 -1 1\r\n')],
  ['a meta set of -1 bytes', text('ms a -1\r\n')],
  ['a set of 2^31 - 1 bytes', text('set a 0 0 2147483647\r\n')],
  ['lines without anything', text('\n\n\r\n\r\n')],
  ['a line of NULs', text(`${'\0'.repeat(3000)}\r\n`)],
  ['20,000 lines that nobody understands', text('bogus\r\n'.repeat(20_000))],
  ['a binary store that is too large', binary({ ...set, value: 'v'.repeat(2_000_000) })],
];

/** Nothing is read behind them. */
const ENDED: readonly (readonly [string, Buffer])[] = [
  ['2,049 bytes without a line end', text('x'.repeat(2049))],
  ['an endless key of a meta get', text(`mg ${key(3000)}`)],
  ['an endless key of a set', text(`set ${key(3000)}`)],
  ['an endless key of a gat', text(`gat 0 ${key(3000)}`)],
  ['a get behind 101 spaces that does not end', text(`${' '.repeat(101)}get ${key(3000)}`)],
  ['bytes that are no text', text('\xff'.repeat(3000))],
  ['a line of 16,385 bytes', text(`${'x'.repeat(16_383)}\r\n`)],
  ['a set line of 20,000 bytes', text(`set ${key(20_000)} 0 0 1\r\nx\r\n`)],
  ['a browser', text('GET / HTTP/1.1\r\nHost: cache\r\n\r\n')],
  ['a binary key that is longer than its body', binary({ opcode: binaryOpcodes.get, key: key(30), bodyBytes: 5 })],
  ['a binary key of 251 bytes', binary({ opcode: binaryOpcodes.get, key: key(251) })],
  ['a binary key that memcached cannot read at once', binary({ opcode: binaryOpcodes.get, key: key(16_361) })],
  ['a binary get of 4 GiB', binary({ opcode: binaryOpcodes.get, key: 'a', ...FOUR_GIB })],
  ['a binary set of 4 GiB', binary({ ...set, ...FOUR_GIB })],
  ['an unknown binary command of 4 GiB', binary({ opcode: 0x70, ...FOUR_GIB })],
  ['a binary login of 4 GiB', binary({ opcode: binaryOpcodes.saslAuthenticate, key: 'PLAIN', ...FOUR_GIB })],
  ['text on a binary connection', Buffer.concat([noop, text('version\r\nversion\r\nversion\r\n')])],
];

const FLOODS: readonly (readonly [string, Buffer, Probe])[] = [
  ['text', text('get pipelined\r\n'), TEXT_PROBE],
  ['meta', text('mg pipelined v\r\n'), TEXT_PROBE],
  ['binary', binary({ opcode: binaryOpcodes.get, key: 'pipelined' }), BINARY_PROBE],
];

/** In /proc/net/tcp, as the kernel's documentation has it (networking/proc_net_tcp.rst). */
const KEEPALIVE_TIMER = '02';

// Hundreds of thousands of requests on a machine with other work take longer than a test usually may.
jest.setTimeout(60_000);

const sockets: Socket[] = [];

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

async function dial(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  sockets.push(socket);
  socket.setNoDelay(true);
  // A reset is one way to end.
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  return socket;
}

/** What comes until these bytes, or the end. */
function receive(socket: Socket, end?: Buffer): Promise<Buffer> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let tail = Buffer.alloc(0);
    const finish = (): void => {
      for (const event of ['data', 'end', 'close']) socket.removeAllListeners(event);
      resolve(Buffer.concat(chunks));
    };
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (end === undefined) return;
      tail = Buffer.concat([tail, chunk]).subarray(-end.length);
      if (tail.equals(end)) finish();
    });
    socket.on('end', () => {
      socket.destroy();
    });
    socket.on('close', finish);
  });
}

async function ask(socket: Socket, bytes: Buffer, probe = TEXT_PROBE): Promise<Buffer> {
  const reply = receive(socket, probe.answer);
  socket.write(Buffer.concat([bytes, probe.asks]));
  return reply;
}

async function statOf(socket: Socket, name: string): Promise<number> {
  const reply = await ask(socket, text('stats\r\n'));
  return Number(new RegExp(`^STAT ${name} (\\d+)`, 'm').exec(reply.toString())?.[1]);
}

/** The kernel's timer for the server's end of a connection. */
function timerOf(serverPort: number, clientPort: number): string | undefined {
  const hex = (port: number): string => port.toString(16).toUpperCase().padStart(4, '0');
  const ends = new RegExp(`: \\w+:${hex(serverPort)} \\w+:${hex(clientPort)} \\w+ \\w+:\\w+ (\\w+):`);
  return ends.exec(readFileSync('/proc/net/tcp', 'latin1'))?.[1];
}

describe.each(memcachedBuilds())('bad clients of the $name and of this server', ({ program, version }) => {
  let memcached: RealMemcached;
  let server: MemcacheServer;
  let ports: readonly [memcached: number, server: number];

  beforeAll(async () => {
    memcached = await startMemcached({ binary: program, args: ['-t', '1'] });
    server = createServer({ version: version === '1.6.45' ? version : '1.6.18' });
    ports = [memcached.port, (await server.listen()).port];
  });
  afterAll(async () => {
    await server.close();
    await memcached.stop();
  });

  const onBoth = <Result>(run: (port: number) => Promise<Result>): Promise<[Result, Result]> =>
    Promise.all([run(ports[0]), run(ports[1])]);

  it.each(ANSWERED)('%s is answered the same, and the connection goes on', async (_, bytes) => {
    const probe = bytes[0] === 0x80 ? BINARY_PROBE : TEXT_PROBE;
    const [theirs, ours] = await onBoth(async (port) => ask(await dial(port), bytes, probe));
    expect(ours.toString('latin1')).toBe(theirs.toString('latin1'));
    expect(ours.subarray(-probe.answer.length)).toEqual(probe.answer);
  });

  it.each(ENDED)('%s ends the connection with the same last words', async (_, bytes) => {
    const [theirs, ours] = await onBoth(async (port) => {
      const socket = await dial(port);
      const words = receive(socket);
      socket.write(bytes);
      return words;
    });
    expect(ours.toString('latin1')).toBe(theirs.toString('latin1'));
  });

  it.each(FLOODS)('100,000 pipelined requests in one write get 100,000 answers: %s', async (_, request, probe) => {
    const [theirs, ours] = await onBoth(async (port) => {
      const other = await dial(port);
      await ask(other, text('set pipelined 0 0 5\r\nvalue\r\n'));
      const before = await statOf(other, 'cmd_get');
      const flood = ask(await dial(port), Buffer.concat(Array.from({ length: PIPELINED }, () => request)), probe);
      // How far it has got each time it answers the other one.
      const carriedOut = [0];
      while (Number(carriedOut.at(-1)) < PIPELINED) carriedOut.push((await statOf(other, 'cmd_get')) - before);
      return { carriedOut, bytes: await flood };
    });
    // memcached does so as well, but may be done before anybody asks.
    expect(ours.carriedOut.filter((requests) => requests > 0 && requests < PIPELINED)).not.toEqual([]);
    // Not their bytes: binary answers have CAS values.
    expect(ours.bytes.length).toBe(theirs.bytes.length);
    const first = ours.bytes.subarray(0, (ours.bytes.length - probe.answer.length) / PIPELINED);
    expect(first.includes('value')).toBe(true);
    expect(ours.bytes.equals(Buffer.concat([...Array.from({ length: PIPELINED }, () => first), probe.answer]))).toBe(
      true,
    );
  });

  it('a client that has sent its end gets all the answers it asked for, and then the end', async () => {
    const [theirs, ours] = await onBoth(async (port) => {
      const socket = await dial(port);
      const replies = receive(socket);
      socket.end('set ended 0 0 1\r\nx\r\n' + 'get ended\r\n'.repeat(20_000));
      return replies;
    });
    expect(ours.length).toBe('STORED\r\n'.length + 20_000 * 'VALUE ended 0 1\r\nx\r\nEND\r\n'.length);
    expect(ours.equals(theirs)).toBe(true);
  });

  it('a client that ends amid its data is let go, and nothing is stored', async () => {
    const replies = await onBoth(async (port) => {
      const socket = await dial(port);
      const last = receive(socket);
      socket.end('set cut 0 0 10\r\nxyz');
      return [await last, await ask(await dial(port), text('get cut\r\n'))].map(String);
    });
    expect(replies).toEqual([
      ['', 'END\r\nMN\r\n'],
      ['', 'END\r\nMN\r\n'],
    ]);
  });

  it('a client that does not read is answered no further, and others are', async () => {
    const replies = await onBoth(async (port) => {
      const other = await dial(port);
      await ask(other, text(`set unread 0 0 ${String(VALUE_BYTES)}\r\n${'v'.repeat(VALUE_BYTES)}\r\n`));
      const before = await statOf(other, 'cmd_get');
      const lazy = await dial(port);
      lazy.pause();
      lazy.write('get unread\r\n'.repeat(UNREAD_GETS));
      // Until nothing moves any more.
      let carriedOut = -1;
      for (let quietTurns = 0; quietTurns < 20;) {
        const now = (await statOf(other, 'cmd_get')) - before;
        quietTurns = now === carriedOut && now > 0 ? quietTurns + 1 : 0;
        carriedOut = now;
      }
      expect(carriedOut).toBeLessThan(MOST_CARRIED_OUT);
      const all = ask(lazy, text(''));
      lazy.resume();
      return (await all).length;
    });
    const each = `VALUE unread 0 ${String(VALUE_BYTES)}\r\n`.length + VALUE_BYTES + '\r\nEND\r\n'.length;
    expect(replies).toEqual([UNREAD_GETS * each + 4, UNREAD_GETS * each + 4]);
  });

  it('asks the machine to find out clients that vanished without a word', async () => {
    const timers = await onBoth(async (port) => {
      const socket = await dial(port);
      await ask(socket, text('version\r\n'));
      return timerOf(port, socket.localPort ?? 0);
    });
    expect(timers).toEqual([KEEPALIVE_TIMER, KEEPALIVE_TIMER]);
  });

  it('clients that vanish leave no connection behind', async () => {
    const counts = await onBoth(async (port) => {
      const other = await dial(port);
      const before = await statOf(other, 'curr_connections');
      const clients = await Promise.all(Array.from({ length: 20 }, () => dial(port)));
      for (const [index, client] of clients.entries()) {
        client.write(index % 2 === 0 ? 'set cut 0 0 1000\r\nx' : 'get unread\r\n'.repeat(50));
        client.resetAndDestroy();
      }
      let now = await statOf(other, 'curr_connections');
      while (now > before) now = await statOf(other, 'curr_connections');
      return now - before;
    });
    expect(counts).toEqual([0, 0]);
  });
});

describe('an endless get', () => {
  const start = async (): Promise<Socket> => {
    server = createServer();
    return dial((await server.listen()).port);
  };
  let server: MemcacheServer;
  afterEach(async () => {
    await server.close();
  });

  it('ends at 8 MiB without a line end, where memcached would take all the memory', async () => {
    const socket = await start();
    const words = receive(socket);
    socket.write(`get ${'k'.repeat(9 * 1024 * 1024)}`);
    expect(await words).toHaveLength(0);
  });

  it('ends with more than 100,000 keys, which others would have to wait for', async () => {
    const socket = await start();
    expect(await ask(socket, text(`get${' k'.repeat(100_000)}\r\n`))).toEqual(text('END\r\nMN\r\n'));
    const words = receive(socket);
    socket.write(`get${' k'.repeat(100_001)}\r\n`);
    expect(await words).toHaveLength(0);
  });
});
