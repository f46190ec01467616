import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { expect, it } from '@jest/globals';
import { startScriptedServer } from './scripted-server.js';

it.each([
  ['a connection', () => undefined, 'ECONNRESET'],
  ['one that is being ended', (socket: Socket) => socket.end('last words'), 'last words'],
])('a reset of %s closes both of its ends', async (_, before, expected) => {
  let closed: Promise<unknown> | undefined;
  const server = await startScriptedServer((socket) => {
    closed = once(socket, 'close');
    before(socket);
    server.resetAll();
  });
  const client = connect(server.port, '127.0.0.1');
  let received = '';
  client.on('data', (chunk) => (received += chunk.toString()));
  client.on('error', (error: NodeJS.ErrnoException) => (received += String(error.code)));
  await once(client, 'close').catch(() => undefined);
  await closed;
  expect(received).toBe(expected);
  await server.stop();
});
