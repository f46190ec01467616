import { connect } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { createMemcache } from '@memkit/core';
import { startMemcached, startScriptedServer } from '@memkit/testing';

describe('option protocol', () => {
  it.each([
    ['meta', 'mg key ', 'ms key 5'],
    ['text', 'get key\r\n', 'set key 0 0 5\r\nvalue\r\n'],
    // Magic, opcode, length of the key, length of the extras.
    ['binary', '\x80\x00\x00\x03\x00', '\x80\x01\x00\x03\x08'],
  ] as const)('%s › is what is spoken', async (protocol, read, write) => {
    const server = await startMemcached();
    let spoken = '';
    const listener = await startScriptedServer((socket) => {
      const upstream = connect(server.port, '127.0.0.1');
      socket.on('data', (chunk: Buffer) => (spoken += chunk.toString('latin1')));
      socket.pipe(upstream).pipe(socket);
    });
    const memcache = createMemcache({ servers: listener.address, protocol, timeout: '5s', environment: {} });
    await memcache.set('key', 'value');
    expect(await memcache.get('key')).toBe('value');
    await memcache.close();
    await listener.stop();
    await server.stop();
    expect(spoken).toContain(read);
    expect(spoken).toContain(write);
  });
});
