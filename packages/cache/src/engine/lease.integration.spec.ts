/** Leases between processes, on a real memcached. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMemcache, type Memcache } from '@memkit/core';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { createCache } from './create-cache.js';

const PROGRAM = new URL('../spec-support/lease-process.ts', import.meta.url);
const COMPILER = new URL('../../../../tools/swc-register.mjs', import.meta.url).href;

// Starting processes takes seconds on a busy machine; no assertion depends on how long.
jest.setTimeout(30_000);

describe('leases between processes', () => {
  let server: RealMemcached;
  let client: Memcache;
  let children: ChildProcess[];

  beforeEach(async () => {
    server = await startMemcached();
    client = createMemcache({ servers: server.address, environment: {} });
    children = [];
  });
  afterEach(async () => {
    for (const child of children) child.kill('SIGKILL');
    await client.close();
    await server.stop('SIGKILL');
  });

  async function message(child: ChildProcess): Promise<unknown> {
    const [received] = (await once(child, 'message')) as unknown[];
    return received;
  }

  async function start(mode: 'race' | 'hang'): Promise<ChildProcess> {
    const execArgv = ['--import', COMPILER, '--conditions=@memkit/source', '--no-warnings'];
    const child = fork(PROGRAM, [server.address, mode], { execArgv });
    children.push(child);
    expect(await message(child)).toBe('ready');
    return child;
  }

  it('run exactly one loader for 2 processes with 50 cold reads each', async () => {
    const both = await Promise.all([start('race'), start('race')]);
    const answers = both.map(message);
    for (const child of both) child.send('go');
    const [one, two] = await Promise.all(answers);
    expect(one).toHaveLength(1);
    expect(one).toEqual(two);
    expect(await client.get('loads')).toBe(1);
  });

  it('run exactly one loader for 4 caches with connections of their own', async () => {
    const loader = jest.fn(async () => {
      await new Promise((resolve) => setImmediate(resolve));
      return 'value';
    });
    const caches = Array.from({ length: 4 }, () =>
      createCache({ memcache: { servers: server.address, environment: {} }, namespace: 'app' }),
    );
    for (let round = 0; round < 20; round += 1) {
      loader.mockClear();
      const reads = caches.flatMap((cache) => Array.from({ length: 5 }, () => cache.read(`k${String(round)}`, loader)));
      const outcomes = await Promise.all(reads);
      expect(loader).toHaveBeenCalledTimes(1);
      expect(outcomes.filter(({ source }) => source === 'loader')).toHaveLength(1);
    }
    await Promise.all(caches.map((cache) => cache.close()));
  });

  it('replace a holder that was killed, within the lease', async () => {
    const child = await start('hang');
    child.send('go');
    expect(await message(child)).toBe('loading');
    child.kill('SIGKILL');
    await once(child, 'exit');
    const holder = await client.get('app:@lease:k');
    expect(holder).toEqual(expect.any(String));
    // What memcached does when the lease time is over; the spec need not wait for it.
    await client.touch('app:@lease:k', '1s');
    const loader = jest.fn(() => 'replaced');
    const read = await createCache({ client, namespace: 'app' }).read('k', loader);
    expect(read).toMatchObject({ value: 'replaced', outcome: 'miss', source: 'loader', stored: true });
    expect(loader).toHaveBeenCalledTimes(1);
  });
});
