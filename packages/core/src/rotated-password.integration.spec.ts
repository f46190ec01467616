/** A password is changed while the application runs: the server starts again with the new one, the client stays. */
import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { isMemcacheError } from '@memkit/protocol';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache, type Memcache } from './memcache.js';

let server: RealMemcached | undefined;
let memcache: Memcache | undefined;

afterEach(async () => {
  await memcache?.close();
  await server?.stop('SIGKILL');
});

/** Tries until it works; the client waits between its attempts to connect. The test's own timeout ends what never works. */
async function stored(client: Memcache): Promise<boolean> {
  for (;;) {
    const isStored = await client.set('key', 'value').catch(() => false);
    if (isStored) return true;
    await delay(5);
  }
}

/** What calls reject with once the server answers again. */
async function refusal(client: Memcache): Promise<unknown> {
  for (;;) {
    const failure: unknown = await client.get('key').catch((error: unknown) => error);
    if (isMemcacheError(failure) && failure.code === 'MEMCACHE_AUTH_FAILED') return failure;
    await delay(5);
  }
}

describe.each(['sasl', 'authFile'] as const)('a password of %s that is rotated', (login) => {
  it('is picked up from the function in auth, by the client that runs', async () => {
    let vault = 'first-secret';
    server = await startMemcached({ [login]: { username: 'alice', password: vault } });
    memcache = createMemcache({
      servers: server.address,
      auth: () => ({ username: 'alice', password: vault }),
      reconnect: { initialDelay: '1ms', maxDelay: '20ms' },
    });
    expect(await stored(memcache)).toBe(true);

    await server.stop('SIGKILL');
    server = await startMemcached({ port: server.port, [login]: { username: 'alice', password: 'second-secret' } });
    const failure = await refusal(memcache);
    expect(inspect(failure, { depth: 20 })).not.toMatch(/alice|-secret/);

    vault = 'second-secret';
    expect(await stored(memcache)).toBe(true);
    expect(await memcache.get('key')).toBe('value');
  });
});
