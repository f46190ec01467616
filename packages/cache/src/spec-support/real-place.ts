import { afterAll, beforeAll, beforeEach } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { ObservedClient } from './observed-client.js';

/** Where locks, limits and results are kept: what they need of a cache. */
export interface RealPlace {
  readonly client: ObservedClient;
  readonly namespace: string;
  readonly disabled: false;
}

/** Gives every test a namespace of its own on a real memcached. @param program the build; default: the installed one */
export function onRealMemcached(begin: (place: RealPlace, memcache: Memcache) => void, program?: string): void {
  let server: RealMemcached;
  let memcache: Memcache;
  let tests = 0;
  beforeAll(async () => {
    server = await startMemcached(program === undefined ? {} : { binary: program });
    memcache = createMemcache({ servers: server.address, environment: {} });
  });
  beforeEach(() => {
    tests += 1;
    begin({ client: new ObservedClient(memcache), namespace: `app${String(tests)}`, disabled: false }, memcache);
  });
  afterAll(async () => {
    await memcache.close();
    await server.stop();
  });
}
