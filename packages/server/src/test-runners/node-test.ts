import { after, before, beforeEach } from 'node:test';
import type { ServerOptions } from '../server-options.js';
import { useTestServer, type TestServer } from './test-server.js';

export type { TestServer };

/**
 * A server of its own for the tests of this file or of this `describe`, under `node --test`: it starts before them and closes
 * after them; items, faults and recorded calls are gone before each test.
 * @param options those of `createServer()`; `recordCalls` is 10,000 unless given
 * @throws `MEMCACHE_INVALID_OPTION`
 * @example
 * import { useMemcacheServer } from '@memkit/server/node-test';
 *
 * const cache = useMemcacheServer();
 *
 * it('answers from the database while the cache hangs', async () => {
 *   const app = startApp(cache.environment); // MEMCACHE_SERVERS and, with users, name and password
 *   cache.faults.silence();
 *   // ...
 * });
 */
export function useMemcacheServer(options: ServerOptions = {}): TestServer {
  return useTestServer({ beforeAll: before, beforeEach, afterAll: after }, options);
}
