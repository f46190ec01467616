import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from '@jest/globals';
import { memcachedBuilds } from './memcached-builds.js';
import { startMemcached, type RealMemcached, type RealMemcachedOptions } from './real-memcached.js';
import { testCertificates } from './test-certificates.js';

const alice = { username: 'alice', password: 's3cret' };

let servers: RealMemcached[] = [];
let sockets: Socket[] = [];

afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  await Promise.all(servers.map((server) => server.stop('SIGKILL')));
  servers = [];
  sockets = [];
});

async function start(options: RealMemcachedOptions): Promise<RealMemcached> {
  const server = await startMemcached(options);
  servers.push(server);
  return server;
}

/** What the server answers to these bytes, up to and with the first chunk; `'closed'` when it ends the connection instead. */
function ask(socket: Socket, request: string | Buffer): Promise<string> {
  sockets.push(socket);
  socket.setNoDelay(true);
  return new Promise((resolve, reject) => {
    socket.once('data', (chunk: Buffer) => {
      resolve(chunk.toString('latin1'));
    });
    socket.once('error', reject);
    socket.once('close', () => {
      resolve('closed');
    });
    socket.write(request);
  });
}

const plain = ({ port }: RealMemcached): Socket => connect(port, '127.0.0.1');
const secure = ({ port }: RealMemcached, options: ConnectionOptions = {}): Socket =>
  connectTls({ port, host: '127.0.0.1', servername: 'localhost', ca: testCertificates().ca, ...options });

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

function saslPlain(password: string): Buffer {
  const body = `PLAIN\0alice\0${password}`;
  const header = Buffer.from([0x80, 0x21, 0, 5, 0, 0, 0, 0, 0, 0, 0, body.length, ...Buffer.alloc(12)]);
  return Buffer.concat([header, Buffer.from(body)]);
}
const BINARY_VERSION = Buffer.from([0x80, 0x0b, ...Buffer.alloc(22)]);

describe.each(memcachedBuilds())('startMemcached with the $name', ({ program }) => {
  const binary = program;

  it('authFile › lets nobody in without the login, and alice with it', async () => {
    const server = await start({ binary, authFile: alice });
    expect(await ask(plain(server), 'version\r\n')).toBe('CLIENT_ERROR unauthenticated\r\n');
    expect(await ask(plain(server), 'set x 0 0 11\r\nalice wrong\r\n')).toBe('CLIENT_ERROR authentication failure\r\n');
    expect(await ask(plain(server), 'set x 0 0 12\r\nalice s3cret\r\n')).toBe('STORED\r\n');
  });

  it('sasl › accepts the right password and refuses another, after a restart too', async () => {
    const server = await start({ binary, sasl: alice });
    expect(await ask(plain(server), saslPlain('wrong'))).toContain('Auth failure');
    expect(await ask(plain(server), saslPlain('s3cret'))).toContain('Authenticated');
    await server.stop();
    await server.restart();
    expect(await ask(plain(server), saslPlain('s3cret'))).toContain('Authenticated');
  });

  it('tls › is trusted by who trusts the test authority, and by nobody else', async () => {
    const server = await start({ binary, tls: {} });
    expect(await ask(secure(server), 'mn\r\n')).toBe('MN\r\n');
    expect(await ask(secure(server, { servername: '' }), 'mn\r\n')).toBe('MN\r\n');
    const distrustful = secure(server, { ca: testCertificates().otherCa });
    await expect(ask(distrustful, 'mn\r\n')).rejects.toMatchObject({
      code: expect.stringMatching(/VERIFY|SELF_SIGNED/),
    });
  });

  it('tls.certificate › may be for another name', async () => {
    const server = await start({ binary, tls: { certificate: 'wrongName' } });
    await expect(ask(secure(server), 'mn\r\n')).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    expect(await ask(secure(server, { servername: 'wrong.example' }), 'mn\r\n')).toBe('MN\r\n');
  });

  it('tls.clientCertificate › lets in only who has one of the test authority', async () => {
    const { client, strangerClient } = testCertificates();
    const server = await start({ binary, tls: { clientCertificate: 'required' } });
    const refused = (options: ConnectionOptions): Promise<string> =>
      ask(secure(server, options), 'mn\r\n').catch(codeOf);
    expect(await refused({})).toMatch(/closed|ECONNRESET|ERR_SSL/);
    expect(await refused(strangerClient)).toMatch(/closed|ECONNRESET|ERR_SSL/);
    expect(await ask(secure(server, client), 'mn\r\n')).toBe('MN\r\n');
  });

  it('tls goes together with sasl, and with authFile', async () => {
    const withSasl = await start({ binary, tls: {}, sasl: alice });
    expect(await ask(secure(withSasl), saslPlain('s3cret'))).toContain('Authenticated');
    const withFile = await start({ binary, tls: {}, authFile: alice });
    expect(await ask(secure(withFile), 'set x 0 0 12\r\nalice s3cret\r\n')).toBe('STORED\r\n');
  });

  it('unixSocket › listens on a path and on no port, and leaves no file', async () => {
    const server = await start({ binary, unixSocket: true });
    expect(server).toMatchObject({ port: 0, address: `unix://${server.socketPath}` });
    expect(await ask(connect(server.socketPath), 'mn\r\n')).toBe('MN\r\n');
    expect(await ask(connect(server.socketPath), BINARY_VERSION)).toMatch(/\d\.\d+\.\d+/);
    await server.stop();
    expect(existsSync(server.socketPath)).toBe(false);
  });

  it('pause › leaves the port open and nothing answered; resume goes on', async () => {
    const server = await start({ binary });
    server.pause();
    const answer = ask(plain(server), 'mn\r\n');
    let isAnswered = false;
    void answer.then(() => (isAnswered = true));
    // The kernel accepts a connection for a process that stands still.
    await new Promise((resolve) => sockets[0]?.once('connect', resolve));
    await new Promise((resolve) => setImmediate(resolve));
    expect(isAnswered).toBe(false);
    server.resume();
    expect(await answer).toBe('MN\r\n');
  });
});

describe('memcachedBuilds', () => {
  it('begins with the installed one and lists no version twice', () => {
    const [installed, ...others] = memcachedBuilds();
    expect(installed?.name).toMatch(/^installed \d+\.\d+\.\d+$/);
    expect(others.map(({ version }) => version)).not.toContain(installed?.version);
  });

  it('names programs of the version it says', async () => {
    for (const { program, version } of memcachedBuilds()) {
      const server = await start({ binary: program });
      expect(await ask(plain(server), 'version\r\n')).toBe(`VERSION ${version}\r\n`);
    }
  });
});

describe('startMemcached', () => {
  it('ends the server when the test run is killed', async () => {
    const script = `
      import { startMemcached } from '@memkit/testing';
      const { port } = await startMemcached();
      process.stdout.write(String(port));
      process.kill(process.pid, 'SIGKILL');
    `;
    const register = fileURLToPath(new URL('../../../tools/swc-register.mjs', import.meta.url));
    const args = ['--import', register, '--conditions=@memkit/source', '--input-type=module', '-e', script];
    const run = spawn(process.execPath, args, { cwd: fileURLToPath(new URL('../../cross-tests', import.meta.url)) });
    let port = '';
    run.stdout.on('data', (chunk: Buffer) => (port += chunk.toString()));
    await new Promise((resolve) => run.once('close', resolve));
    // It ends a moment later; a server that stays makes this test time out.
    let answer = '';
    while (answer !== 'ECONNREFUSED') {
      answer = await ask(connect(Number(port), '127.0.0.1'), 'mn\r\n').catch(codeOf);
    }
  });

  it('fails with the line to type when the program is not there', async () => {
    await expect(startMemcached({ binary: 'no-such-memcached' })).rejects.toThrow(/node tools\/ensure-memcached.mjs/);
  });
});
