/** What only a process of its own can show: its warnings, its end, its unhandled rejections. */
import { describe, expect, it } from '@jest/globals';
import { startMemcached } from '@memkit/testing';
import { run } from './spec-support/run-program.js';

describe('a process', () => {
  it('uses the embedded server without configuration, warns once, and ends by itself without close()', async () => {
    const { code, output, errors } = await run(`
      const [one, two] = [createMemcache(), createMemcache()];
      await one.set('key', 'shared');
      console.log(await two.get('key'));
    `);
    expect({ code, output }).toEqual({ code: 0, output: 'shared' });
    expect(errors.match(/MEMKIT_EMBEDDED_SERVER/g)).toHaveLength(1);
    expect(errors).toContain('no memcache server is configured');
    expect(errors).toContain('MEMCACHE_SERVERS=host:11211');
  });

  it('refuses to start without servers in production', async () => {
    const { code, errors } = await run('createMemcache();', { environment: { NODE_ENV: 'production' } });
    expect(code).toBe(1);
    expect(errors).toContain('MEMCACHE_NOT_CONFIGURED');
    expect(errors).toContain(
      'MEMCACHIER_SERVERS, MEMCACHEDCLOUD_SERVERS, MEMCACHE_SERVERS, MEMCACHED_URL, MEMCACHE_URL, VCAP_SERVICES',
    );
  });

  it('ends by itself with an idle connection to a memcached', async () => {
    const server = await startMemcached();
    try {
      const program =
        "const memcache = createMemcache(); await memcache.set('k', 1); console.log(await memcache.get('k'));";
      expect(await run(program, { environment: { MEMCACHE_SERVERS: server.address } })).toMatchObject({
        code: 0,
        output: '1',
        errors: '',
      });
    } finally {
      await server.stop();
    }
  });

  it('survives a server that was never there, even when nobody looks at the results', async () => {
    const program = `
      const memcache = createMemcache({ servers: '127.0.0.1:1' });
      const results = await Promise.allSettled([memcache.get('a'), memcache.getMany(['b']), memcache.version(), memcache.stats()]);
      console.log(results.map(({ reason }) => reason.code).join());
    `;
    const failed = 'MEMCACHE_CONNECT_FAILED';
    expect(await run(program)).toMatchObject({ code: 0, output: Array(4).fill(failed).join(), errors: '' });
  });

  it('has no socket and no timer left after close()', async () => {
    const server = await startMemcached();
    try {
      const program = `
        const before = process.getActiveResourcesInfo().sort().join();
        const memcache = createMemcache({ servers: ['${server.address}', '127.0.0.1:1'], failover: 'none' });
        await Promise.allSettled(Array.from({ length: 100 }, (_, at) => memcache.set('key' + at, at)));
        await memcache.close();
        await new Promise((resolve) => setImmediate(resolve));
        const after = process.getActiveResourcesInfo().sort().join();
        console.log(after === before ? 'nothing' : 'before: ' + before + ' after: ' + after);
      `;
      expect(await run(program)).toMatchObject({ code: 0, output: 'nothing' });
    } finally {
      await server.stop();
    }
  });

  it('has the heap where it was after ten million operations', async () => {
    const server = await startMemcached();
    try {
      const program = `
        const memcache = createMemcache({ servers: '${server.address}', timeout: '30s' });
        await memcache.set('key', 'x'.repeat(100));
        async function work(count) {
          let left = count;
          const worker = async () => {
            while (left-- > 0) await (left % 10 === 0 ? memcache.set('key' + (left % 1000), left) : memcache.get('key'));
          };
          await Promise.all(Array.from({ length: 500 }, worker));
        }
        const heap = () => (gc(), gc(), process.memoryUsage().heapUsed);
        await work(500_000);
        const before = heap();
        await work(10_000_000);
        console.log(heap() - before);
        await memcache.close();
      `;
      const { code, output } = await run(program, { flags: ['--expose-gc'] });
      expect(code).toBe(0);
      // A byte for each operation would be ten million.
      expect(Number(output)).toBeLessThan(1_000_000);
    } finally {
      await server.stop();
    }
  }, 240_000);
});
