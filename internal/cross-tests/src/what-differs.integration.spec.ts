/**
 * What packages/server/README.md says of the server beside memcached: each test has a sentence of it as its title and
 * shows it on both.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect as connectTls } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createServer, type MemcacheServer } from '@memkit/server';
import { startMemcached, testCertificates, type RealMemcached } from '@memkit/testing';
import { runNode } from './run-program.js';
import { workspaceRoot } from './workspace-root.js';

const readme = readFileSync(join(workspaceRoot, 'packages/server/README.md'), 'utf8').replace(/\s+/g, ' ');

/** The sentence stands in the README, and it is true. */
function stated(sentence: string, show: () => Promise<void>): void {
  it(sentence, async () => {
    expect(readme).toContain(sentence);
    await show();
  });
}

// memcached refuses to run as root unless told so.
const asRoot = process.getuid?.() === 0 ? ['-u', 'root'] : [];

let directory = '';
let memcached: RealMemcached;
const server = createServer();
const closers: (() => Promise<void>)[] = [];

beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'memkit-differs-'));
  memcached = await startMemcached();
  await server.listen();
});
afterAll(async () => {
  await Promise.all([server.close(), memcached.stop(), ...closers.map((close) => close())]);
  rmSync(directory, { recursive: true, force: true });
});

async function startOurs(options: Parameters<typeof createServer>[0]): Promise<MemcacheServer> {
  const ours = createServer(options);
  closers.push(() => ours.close());
  await ours.listen();
  return ours;
}

async function startTheirs(options: Parameters<typeof startMemcached>[0]): Promise<RealMemcached> {
  const theirs = await startMemcached(options);
  closers.push(() => theirs.stop());
  return theirs;
}

function open(place: number | string | undefined): Socket {
  const socket = typeof place === 'number' ? connect(place, '127.0.0.1') : connect(String(place));
  socket.on('error', () => undefined);
  return socket;
}

/** The answer up to its end, or what came before the connection ended. */
async function ask(socket: Socket, request: string, end = '\r\n'): Promise<string> {
  let received = '';
  socket.write(request);
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    received += String(chunk);
    if (received.endsWith(end)) break;
  }
  return received;
}

const portOf = (ours: MemcacheServer): number => ours.address?.port ?? 0;

async function onBoth(request: string, end?: string): Promise<readonly [theirs: string, ours: string]> {
  const [theirs, ours] = [open(memcached.port), open(portOf(server))];
  const replies = [await ask(theirs, request, end), await ask(ours, request, end)] as const;
  theirs.destroy();
  ours.destroy();
  return replies;
}

describe('as with memcached', () => {
  stated('`memccapable` passes its 27 tests over text and its 27 over binary.', async () => {
    const passed = async (protocol: '-a' | '-b'): Promise<number> => {
      const ours = await startOurs({});
      const child = spawn('memccapable', ['-h', '127.0.0.1', '-p', String(portOf(ours)), protocol]);
      let output = '';
      child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
      await once(child, 'close');
      return output.split('[pass]').length - 1;
    };
    expect(await Promise.all([passed('-a'), passed('-b')])).toEqual([27, 27]);
  });

  stated('A connection too many is told `ERROR Too many open connections` and closed.', async () => {
    const theirs = await startTheirs({ args: ['-c', '100'] });
    const ours = await startOurs({ maxConnections: 3 });
    for (const port of [theirs.port, portOf(ours)]) {
      const sockets: Socket[] = [];
      let refusal = '';
      while (refusal === '' && sockets.length < 100) {
        const socket = open(port);
        sockets.push(socket);
        const reply = await ask(socket, 'version\r\n');
        if (!reply.startsWith('VERSION')) refusal = reply;
      }
      expect(refusal).toBe('ERROR Too many open connections\r\n');
      for (const socket of sockets) socket.destroy();
    }
  });

  stated('Plain bytes on a TLS port end that connection and no other.', async () => {
    const theirs = await startTheirs({ tls: {} });
    const ours = await startOurs({ tls: testCertificates().server });
    for (const port of [theirs.port, portOf(ours)]) {
      const secure = connectTls({ host: '127.0.0.1', port, ca: testCertificates().ca });
      expect(await ask(secure, 'version\r\n')).toBe('VERSION 1.6.18\r\n');
      const plain = open(port);
      plain.write('version\r\n');
      plain.resume();
      await new Promise((resolve) => plain.once('close', resolve));
      expect(await ask(secure, 'version\r\n')).toBe('VERSION 1.6.18\r\n');
      secure.destroy();
    }
  });

  stated('A unix socket is for its own user, mode 0700, unless another mode is given.', async () => {
    const theirs = await startTheirs({ unixSocket: true });
    const path = join(directory, 'mode.sock');
    await startOurs({ unixSocket: path });
    expect([theirs.socketPath, path].map((file) => statSync(file).mode & 0o777)).toEqual([0o700, 0o700]);
  });
});

describe('unlike memcached', () => {
  stated('One thread answers everything.', async () => {
    const [theirs, ours] = await onBoth('stats\r\n', 'END\r\n');
    expect(theirs).toContain('STAT threads 4\r\n');
    expect(ours).toContain('STAT threads 1\r\n');
  });

  stated(
    'No slab class keeps its pages for itself: items of all sizes share the memory, where a memcached full of small items keeps few large ones.',
    async () => {
      const theirs = await startTheirs({ args: ['-m', '8', '-o', 'no_modern'] });
      const ours = await startOurs({ memory: 8 * 1024 * 1024 });
      const kept = async (port: number): Promise<number> => {
        const socket = open(port);
        const small = Array.from(
          { length: 60_000 },
          (_, index) => `set s${String(index)} 0 0 100 noreply\r\n${'s'.repeat(100)}\r\n`,
        );
        await ask(socket, `${small.join('')}mn\r\n`, 'MN\r\n');
        const large = Array.from(
          { length: 30 },
          (_, index) => `set l${String(index)} 0 0 100000 noreply\r\n${'l'.repeat(100_000)}\r\n`,
        );
        await ask(socket, `${large.join('')}mn\r\n`, 'MN\r\n');
        const keys = Array.from({ length: 30 }, (_, index) => `mg l${String(index)} s\r\n`);
        const reply = await ask(socket, `${keys.join('')}mn\r\n`, 'MN\r\n');
        socket.destroy();
        return reply.split('HD s100000').length - 1;
      };
      expect(await kept(portOf(ours))).toBe(30);
      expect(await kept(theirs.port)).toBeLessThan(20);
    },
  );

  stated('There is no extstore, no proxy and no UDP.', async () => {
    const [theirs, ours] = await onBoth('stats settings\r\n', 'END\r\n');
    expect([theirs.includes('STAT ext_'), ours.includes('STAT ext_')]).toEqual([true, false]);
    const refused = await Promise.all(
      [
        ['-o', 'ext_path=/tmp/x:1m'],
        ['-o', 'proxy_config=x.lua'],
        ['-U', '11211'],
      ].map((args) => runNode(['packages/server/bin/memkit-server.js', ...args])),
    );
    expect(refused.map(({ code }) => code)).toEqual([2, 2, 2]);
    expect(refused.map(({ output }) => output).join('')).toMatch(/extstore[^]*no proxy[^]*no UDP/);
  });

  stated('`maxConnections` counts clients to the one; memcached -c keeps some for itself.', async () => {
    const theirs = await startTheirs({ args: ['-c', '100'] });
    const ours = await startOurs({ maxConnections: 100 });
    const taken = async (port: number): Promise<number> => {
      const sockets = Array.from({ length: 101 }, () => open(port));
      const replies = await Promise.all(sockets.map((socket) => ask(socket, 'version\r\n')));
      for (const socket of sockets) socket.destroy();
      return replies.filter((reply) => reply.startsWith('VERSION')).length;
    };
    expect(await taken(portOf(ours))).toBe(100);
    expect(await taken(theirs.port)).toBeLessThan(90);
  });

  stated(
    'The file of a unix socket is removed at the end, and never taken from another server that listens on it; memcached leaves it and takes it.',
    async () => {
      const theirs = join(directory, 'theirs.sock');
      const start = async (): Promise<ReturnType<typeof spawn>> => {
        const before = inodeOf(theirs);
        const child = spawn(process.env['MEMCACHED_BINARY'] ?? 'memcached', [...asRoot, '-s', theirs], {
          stdio: 'ignore',
        });
        for (let now = before; now === undefined || now === before; now = inodeOf(theirs)) await sleep(5);
        return child;
      };
      const [first, second] = [await start(), await start()];
      for (const child of [first, second]) {
        const ended = once(child, 'exit');
        child.kill();
        await ended;
      }
      expect(existsSync(theirs)).toBe(true);

      const path = join(directory, 'ours.sock');
      const ours = createServer({ unixSocket: path });
      await ours.listen();
      await expect(createServer({ unixSocket: path }).listen()).rejects.toMatchObject({
        code: 'MEMCACHE_CONNECT_FAILED',
      });
      await ours.close();
      expect(existsSync(path)).toBe(false);
    },
  );
});

/** In one look, because the file may go between two; `undefined`: there is none. */
function inodeOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.ino;
}
