/** What a server that hangs up on new connections is called. One that is silent is in ways-in.integration.spec.ts. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isMemcacheError } from '@memkit/protocol';
import { startMemcached, startScriptedServer, type RealMemcached } from '@memkit/testing';
import { defaultSettings } from '../options/default-options.js';
import { connectServer } from './connect-server.js';
import { asking, within } from './spec-support/asking.js';

let server: RealMemcached;
beforeAll(async () => {
  server = await startMemcached();
});
afterAll(() => server.stop());

const ends = {
  ends: (socket: Socket) => socket.end(),
  resets: (socket: Socket) => socket.resetAndDestroy(),
} as const;

/** A memcached whose first connections are ended before the reply. */
function hangingUp(times: number, how: keyof typeof ends) {
  let left = times;
  return startScriptedServer((socket) => {
    if (left > 0) {
      left -= 1;
      socket.once('data', () => ends[how](socket));
      return;
    }
    const upstream = connect(server.port, '127.0.0.1');
    upstream.on('error', () => undefined);
    socket.once('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
}

describe.each(['auto', 'meta', 'text', 'binary'] as const)(
  'a memcached of every protocol, spoken to in %s',
  (protocol) => {
    it.each([
      [1, 'ends'],
      [2, 'ends'],
      [3, 'resets'],
      [4, 'resets'],
    ] as const)('that %i times %s a new connection is not called one of another protocol', async (times, how) => {
      const restarting = await hangingUp(times, how);
      const link = connectServer(
        { host: '127.0.0.1', port: restarting.port, weight: 1, auth: undefined, tls: false, sizeRule: 'memcached' },
        { ...defaultSettings, protocol, reconnect: { initialDelayMs: 1, maxDelayMs: 2 } },
      );
      const errors: unknown[] = [];
      const ask = () =>
        link.send(asking.get('absent'), within(3000)).catch((error: unknown) => {
          errors.push(error);
          return 'failed';
        });
      while ((await ask()) === 'failed' && errors.length < 100) await new Promise(setImmediate);
      expect(errors.length).toBeGreaterThan(0);
      expect(errors.filter((error) => !isMemcacheError(error) || !error.retryable)).toEqual([]);
      expect(await ask()).toBeUndefined();
      await link.close();
      await restarting.stop();
    });
  },
);
