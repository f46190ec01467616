import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { describe, expect, it } from '@jest/globals';
import { startScriptedServer } from './scripted-server.js';
import { testCertificates } from './test-certificates.js';
import { blackHole, refusedAddress } from './unreachable-servers.js';

function outcome(socket: Socket, withinMs: number): Promise<string> {
  return new Promise((resolve) => {
    socket.once('connect', () => resolve('connected'));
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? ''));
    setTimeout(resolve, withinMs, 'nothing').unref();
  });
}

describe('refusedAddress', () => {
  it('is where nobody listens', async () => {
    const [host = '', port] = (await refusedAddress()).split(':');
    expect(await outcome(connect(Number(port), host), 5000)).toBe('ECONNREFUSED');
  });
});

describe('blackHole', () => {
  it('neither accepts nor refuses, until it is opened and a memcached answers', async () => {
    const hole = await blackHole();
    const swallowed = connect(hole.port, '127.0.0.1');
    expect(await outcome(swallowed, 300)).toBe('nothing');
    hole.open();
    // The system repeats a lost SYN after a second.
    expect(await outcome(swallowed, 10_000)).toBe('connected');
    swallowed.write('mn\r\n');
    expect(String(await new Promise((resolve) => swallowed.once('data', resolve)))).toBe('MN\r\n');
    await hole.close();
    const again = connect(hole.port, '127.0.0.1');
    expect(await outcome(again, 300)).toBe('nothing');
    for (const socket of [swallowed, again]) socket.destroy();
    await hole.stop();
  });
});

describe('startScriptedServer', () => {
  it('hands over each connection, counts them, and can refuse and accept again', async () => {
    const server = await startScriptedServer((socket) => socket.write('hello'));
    const first = connect(server.port, '127.0.0.1');
    expect(String(await new Promise((resolve) => first.once('data', resolve)))).toBe('hello');
    expect(server).toMatchObject({ accepted: 1, open: 1, address: `127.0.0.1:${server.port}` });
    const ending = outcome(first, 5000);
    await server.refuse();
    expect(await ending).toBe('ECONNRESET');
    expect(await outcome(connect(server.port, '127.0.0.1'), 5000)).toBe('ECONNREFUSED');
    await server.accept();
    const second = connect(server.port, '127.0.0.1');
    expect(await outcome(second, 5000)).toBe('connected');
    second.on('error', () => undefined);
    await server.stop();
  });

  it('tls › hands over the connection behind the handshake', async () => {
    const { ca, server: certificate } = testCertificates();
    const server = await startScriptedServer((socket) => socket.end('hello'), { tls: certificate });
    const socket = connectTls({ port: server.port, host: '127.0.0.1', servername: 'localhost', ca });
    expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('hello');
    await server.stop();
  });
});
