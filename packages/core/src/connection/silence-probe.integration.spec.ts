/** What a server that hangs up on new connections is called. One that is silent is in ways-in.integration.spec.ts. */
import { connect, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { isMemcacheError } from '@memkit/protocol';
import { startMemcached, startScriptedServer, type RealMemcached, type RealMemcachedOptions } from '@memkit/testing';
import { defaultSettings } from '../options/default-options.js';
import type { ProtocolChoice } from '../options/memcache-options.js';
import { connectServer } from './connect-server.js';
import { asking, within } from './spec-support/asking.js';

const alice = { username: 'alice', password: 's3cret' };

const ends = {
  ends: (socket: Socket) => socket.end(),
  resets: (socket: Socket) => socket.resetAndDestroy(),
} as const;

/** A memcached whose first connections are ended before the reply. */
function hangingUp(port: number, times: number, how: keyof typeof ends) {
  let left = times;
  return startScriptedServer((socket) => {
    if (left > 0) {
      left -= 1;
      socket.once('data', () => ends[how](socket));
      return;
    }
    const upstream = connect(port, '127.0.0.1');
    upstream.on('error', () => undefined);
    socket.once('close', () => upstream.destroy());
    socket.pipe(upstream).pipe(socket);
  });
}

describe.each<[string, RealMemcachedOptions, typeof alice | undefined, readonly ProtocolChoice[]]>([
  ['memcached', {}, undefined, ['auto', 'meta', 'text', 'binary']],
  ['memcached -S', { sasl: alice }, alice, ['auto', 'binary']],
  ['memcached -Y', { authFile: alice }, alice, ['auto', 'meta']],
  ['memcached without the login that is given', {}, alice, ['auto', 'meta', 'binary']],
])('%s', (_, options, auth, protocols) => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached(options);
  });
  afterAll(() => server.stop());

  describe.each(protocols)('spoken to in %s', (protocol) => {
    it.each([
      [1, 'ends'],
      [1, 'resets'],
      [2, 'ends'],
      [3, 'resets'],
      [4, 'ends'],
    ] as const)('that %i times %s a new connection is called nothing that it is not', async (times, how) => {
      const restarting = await hangingUp(server.port, times, how);
      const link = connectServer(
        { host: '127.0.0.1', port: restarting.port, weight: 1, auth, tls: false, sizeRule: 'memcached' },
        { ...defaultSettings, protocol, reconnect: { initialDelayMs: 1, maxDelayMs: 2 } },
      );
      const errors: unknown[] = [];
      const ask = () =>
        link.send(asking.get('absent'), within(1000)).catch((error: unknown) => {
          errors.push(error);
          return 'failed';
        });
      while ((await ask()) === 'failed') await new Promise(setImmediate);
      // A configuration to correct would be the wrong advice: what failed works by itself a moment later.
      expect(errors.filter((error) => !isMemcacheError(error) || !error.retryable)).toEqual([]);
      expect(await ask()).toBeUndefined();
      await link.close();
      await restarting.stop();
    });
  });
});
