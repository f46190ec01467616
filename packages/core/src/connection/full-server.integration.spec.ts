/**
 * A memcached whose connections are used up: over TCP and over a Unix socket, whether it says so (maxconns_fast, the
 * default since 1.5.4) or stops accepting.
 */
import { connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isMemcacheError, type MemcacheError } from '@memkit/protocol';
import { memcachedBuilds, startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from '../memcache.js';

/** The smallest number with which both builds start is a little less. */
const MOST_CONNECTIONS = 32;

function occupy({ port, socketPath }: RealMemcached): readonly Socket[] {
  return Array.from({ length: MOST_CONNECTIONS + 3 }, () => {
    const socket = socketPath === '' ? connect(port, '127.0.0.1') : connect(socketPath);
    socket.on('error', () => undefined);
    socket.write('version\r\n');
    return socket;
  });
}

async function errorOf(memcache: Memcache): Promise<MemcacheError | undefined> {
  try {
    await memcache.get('key');
    return undefined;
  } catch (error) {
    if (isMemcacheError(error)) return error;
    throw error;
  }
}

describe.each(memcachedBuilds())('the $name without a free connection', ({ program }) => {
  let server: RealMemcached | undefined;
  let others: readonly Socket[] = [];
  let memcache: Memcache | undefined;
  afterEach(async () => {
    for (const socket of others) socket.destroy();
    await memcache?.close({ drain: '1ms' });
    await server?.stop('SIGKILL');
  });

  it.each([
    ['says so', 'maxconns_fast', 'TCP', 'auto'],
    ['says so', 'maxconns_fast', 'TCP', 'text'],
    ['says so', 'maxconns_fast', 'TCP', 'binary'],
    ['says so', 'maxconns_fast', 'a Unix socket', 'auto'],
    ['is silent', 'no_maxconns_fast', 'TCP', 'meta'],
    ['is silent', 'no_maxconns_fast', 'TCP', 'binary'],
    ['is silent', 'no_maxconns_fast', 'a Unix socket', 'auto'],
  ] as const)(
    'that %s (%s) over %s, asked in %s: the error names -c, and the client goes on later',
    async (_, option, way, protocol) => {
      const args = ['-c', String(MOST_CONNECTIONS), '-t', '1', '-o', option];
      server = await startMemcached({ binary: program, args, unixSocket: way === 'a Unix socket' });
      const reconnect = { initialDelay: '1ms' } as const;
      const client = () => createMemcache({ servers: server?.address ?? '', protocol, timeout: '1s', reconnect });
      others = occupy(server);
      memcache = client();
      let error: MemcacheError | undefined;
      // The others are still on their way in.
      while ((error = await errorOf(memcache)) === undefined) {
        await memcache.close();
        memcache = client();
      }
      expect(error).toMatchObject({ retryable: true, key: 'key', message: expect.stringContaining('memcached -c') });
      for (const socket of others) socket.destroy();
      while ((await errorOf(memcache)) !== undefined);
    },
  );
});
