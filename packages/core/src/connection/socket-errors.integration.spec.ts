/** Sockets the system refuses: what the error says, and that the client goes on once the system allows it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, startMemcached, type RealMemcached } from '@memkit/testing';
import { createMemcache } from '../memcache.js';
import { run } from '../spec-support/run-program.js';
import { socketHint } from './socket-errors.js';

/** A program's first lines: one call, and calls until one goes well. */
const calls = `
  const told = (memcache) => memcache.get('key').then((value) => 'got ' + value, ({ code, message }) => code + ' ' + message);
  const recovers = async (memcache) => { while (!(await told(memcache)).startsWith('got')); };
`;

describe('the path of a Unix socket', () => {
  let directory: string;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'memkit-paths-'));
    writeFileSync(join(directory, 'file'), '');
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['leads nowhere', 'missing', /connect ENOENT\. There is no socket at this path: start memcached with -s/],
    ['leads through a file', 'file/socket', /connect ENOTDIR\. A part of the path is no folder/],
    ['is that of a file', 'file', /connect ECONNREFUSED\. Nobody listens at this path: it is a file of another kind/],
    ['is that of a folder', '', /connect ECONNREFUSED\. Nobody listens at this path/],
  ])('that %s is named with what to do', async (_, name, message) => {
    const path = join(directory, name);
    const memcache = createMemcache({ servers: `unix://${path}` });
    await expect(memcache.get('key')).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      key: 'key',
      server: path,
      message: expect.stringMatching(message),
    });
    await memcache.close();
  });

  it('that this process may not use says so, and works once it may', async () => {
    const server = await startMemcached({ unixSocket: true });
    // Whoever starts the tests as root may use every file, so the process is another user for a while.
    const { output, errors } = await run(`
      import { chmodSync } from 'node:fs';
      const isRoot = process.getuid() === 0;
      const path = ${JSON.stringify(server.socketPath)};
      ${calls}
      const memcache = createMemcache({ servers: '${server.address}', reconnect: { initialDelay: '1ms' } });
      isRoot ? process.seteuid(65534) : chmodSync(path, 0);
      console.log(await told(memcache));
      isRoot ? process.seteuid(0) : chmodSync(path, 0o700);
      await recovers(memcache);
    `);
    expect(errors).toBe('');
    expect(output).toMatch(/^MEMCACHE_CONNECT_FAILED .*connect EACCES\. This process may not use the socket/);
    await server.stop();
  });
});

describe('a process that has no file descriptor left', () => {
  let server: RealMemcached;
  beforeAll(async () => {
    server = await startMemcached();
  });
  afterAll(() => server.stop());

  it('is told to raise its limit, by each client, and goes on once it has one', async () => {
    const program = `
      import { closeSync, openSync } from 'node:fs';
      ${calls}
      const options = { reconnect: { initialDelay: '1ms' }, health: { downTime: '10ms' } };
      const alone = createMemcache({ ...options, servers: '${server.address}' });
      const failing = createMemcache({ ...options, servers: ['${server.address}', '127.0.0.1:${String(await freePort())}'] });
      const open = [];
      try { for (;;) open.push(openSync('/dev/null')); } catch {}
      const answers = [await told(alone), await told(alone), await told(failing)];
      for (const one of open) closeSync(one);
      for (const answer of answers) console.log(answer);
      await recovers(alone);
      await recovers(failing);
    `;
    const { output, errors, code } = await run(program, { mostFiles: 128 });
    expect({ errors, code }).toEqual({ errors: '', code: 0 });
    const [first, second, third] = output.split('\n');
    const said =
      /^MEMCACHE_CONNECT_FAILED .*key "key".*connect EMFILE\. This process has as many files and sockets open/;
    expect(first).toMatch(said);
    expect(second).toMatch(said);
    expect(third).toMatch(/^MEMCACHE_NO_SERVER_AVAILABLE /);
  });
});

describe('socketHint', () => {
  it('knows nothing of an error without a code, and leaves what happens to every server to the usual advice', () => {
    for (const error of [undefined, 'text', new Error('no code'), { code: 'ECONNRESET' }, { code: 'ECONNREFUSED' }]) {
      expect(socketHint(error, undefined)).toBeUndefined();
    }
  });

  it.each(['EMFILE', 'ENFILE', 'EADDRNOTAVAIL', 'EPIPE', 'ENOTFOUND', 'EAI_AGAIN'])(
    'knows what to do about %s',
    (code) => {
      expect(socketHint({ code }, undefined)).toMatch(/^[A-Z].*\.$/);
    },
  );
});
