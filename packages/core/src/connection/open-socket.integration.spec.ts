import { expect, it } from '@jest/globals';
import { startScriptedServer } from '@memkit/testing';
import { networkOpener } from './open-socket.js';

it('says of each read whether it filled its buffer, because another one follows then', async () => {
  const server = await startScriptedServer((socket) => {
    socket.end('12345678123');
  });
  const reads: [text: string, hasMore: boolean | undefined][] = [];
  const room = Buffer.alloc(4);
  const stream = await networkOpener({ host: '127.0.0.1', port: server.port }, undefined)(
    (chunk, hasMore) => reads.push([chunk.toString(), hasMore]),
    () => room,
  );
  await new Promise((resolve) => stream.on('close', resolve));
  await server.stop();
  expect(reads).toEqual([
    ['1234', true],
    ['5678', true],
    ['123', false],
  ]);
});
