import { once } from 'node:events';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { createServer, type MemcacheServer } from '../index.js';

let server: MemcacheServer;
beforeEach(() => {
  server = createServer();
});
afterEach(() => server.close());

// Up to some KiB a value lies in memory that the next one of its key is written into, above it is a buffer of its own.
it.each([1, 100, 7000, 8192, 8193, 100_000])('a reply has the value of its time, with %d bytes', async (length) => {
  const stream = server.connect();
  const [first, second] = ['a'.repeat(length), 'b'.repeat(length)];
  const set = (value: string): string => `set k 0 0 ${String(length)}\r\n${value}\r\n`;
  stream.write(`${set(first)}get k\r\nmg k v\r\n${set(second)}get k\r\ndelete k\r\n`);
  const reply = (value: string): string => `VALUE k 0 ${String(length)}\r\n${value}\r\nEND\r\n`;
  const expected = `STORED\r\n${reply(first)}VA ${String(length)}\r\n${first}\r\nSTORED\r\n${reply(second)}DELETED\r\n`;
  let received = '';
  while (received.length < expected.length) {
    const [chunk] = (await once(stream, 'data')) as [Buffer];
    received += chunk.toString('latin1');
  }
  expect(received === expected).toBe(true);
});
