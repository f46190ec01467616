import { spawnSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { connect as connectTcp, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls, type ConnectionOptions } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { testCertificates } from '@memkit/testing';
import { createServer, type MemcacheServer, type ServerOptions } from '../index.js';

const VERSION = 'VERSION 1.6.18\r\n';
const certificates = testCertificates();

let directory = '';
const servers: MemcacheServer[] = [];

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memkit-doors-'));
});
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

function start(options: ServerOptions): MemcacheServer {
  const server = createServer(options);
  servers.push(server);
  return server;
}

/** Sends a line and collects the answer, or how the connection ended without one. */
function ask(socket: Socket, line = 'version\r\n'): Promise<string> {
  return new Promise((resolve) => {
    socket.once('data', (reply: Buffer) => {
      resolve(reply.toString());
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(`error ${String(error.code)}`);
    });
    socket.once('close', () => {
      resolve('closed');
    });
    socket.write(line);
  });
}

async function askTls(server: MemcacheServer, options: ConnectionOptions): Promise<string> {
  const { host, port } = await server.listen();
  const socket = connectTls({ host, port, ...options });
  const reply = await ask(socket);
  socket.destroy();
  return reply;
}

describe('tls', () => {
  it('answers clients that trust the certificate', async () => {
    const server = start({ tls: certificates.server });
    expect(await askTls(server, { ca: certificates.ca })).toBe(VERSION);
    expect(server.address?.url).toBe(`memcaches://127.0.0.1:${String(server.address?.port)}`);
  });

  it('makes a certificate of its own with true, for localhost and its addresses', async () => {
    const server = start({ tls: true });
    const certificate = server.certificate ?? '';
    expect(await askTls(server, { ca: certificate })).toBe(VERSION);
    expect(await askTls(server, { ca: certificate, servername: 'localhost' })).toBe(VERSION);
    expect(await askTls(server, { ca: certificates.ca })).toBe('error DEPTH_ZERO_SELF_SIGNED_CERT');
    const parsed = new X509Certificate(certificate);
    expect([parsed.checkHost('localhost'), parsed.checkIP('127.0.0.1'), parsed.checkIP('::1')]).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
    ]);
  });

  it('ends plain connections, and the others go on', async () => {
    const server = start({ tls: certificates.server });
    const { host, port } = await server.listen();
    const good = connectTls({ host, port, ca: certificates.ca });
    expect(await ask(good)).toBe(VERSION);
    const plain = connectTcp(port, host);
    expect(await ask(plain)).not.toContain('VERSION');
    if (!plain.closed) await once(plain, 'close');
    expect(await ask(good)).toBe(VERSION);
    good.destroy();
  });

  it('lets in only clients that the authority signed, with requestCert', async () => {
    const server = start({ tls: { ...certificates.server, ca: certificates.ca, requestCert: true } });
    const { ca } = certificates;
    expect(await askTls(server, { ca, ...certificates.client })).toBe(VERSION);
    // In TLS 1.3 the refusal comes after the client's side of the handshake: as an error or as an end.
    expect(await askTls(server, { ca })).toMatch(/^error|^closed/);
    expect(await askTls(server, { ca, ...certificates.strangerClient })).toMatch(/^error|^closed/);
  });

  it('closes while a client has not finished its handshake', async () => {
    const server = start({ tls: certificates.server });
    const { host, port } = await server.listen();
    const silent = connectTcp(port, host);
    await once(silent, 'connect');
    const ended = once(silent, 'close');
    silent.on('error', () => undefined);
    await server.close();
    await ended;
    expect(silent.closed).toBe(true);
  });

  it.each([
    [{ key: certificates.client.key, cert: certificates.server.cert }, 'tls.key does not belong to tls.cert'],
    [{ key: '/etc/key.pem', cert: certificates.server.cert }, 'Give the content of the PEM file, not its path.'],
    [{ cert: certificates.server.cert }, 'tls.key is missing'],
    [{ ...certificates.server, requestCert: true }, 'tls.ca is missing, so no client could get in'],
    [{ ...certificates.server, rejectUnauthorised: true }, 'there is no option of this name'],
    [{ key: '-----BEGIN nothing', cert: '-----BEGIN nothing' }, 'of tls cannot be used'],
  ])('refuses what cannot work before it listens (%#)', (tls, message) => {
    const create = (): unknown => createServer({ tls: tls as ServerOptions['tls'] & object });
    expect(create).toThrow(
      expect.objectContaining({ code: 'MEMCACHE_INVALID_OPTION', message: expect.stringContaining(message) }),
    );
  });
});

describe('unixSocket', () => {
  const place = (name: string): string => join(directory, `${name}.sock`);

  it('is answered on, for this user only, and gone after close()', async () => {
    const path = place('plain');
    const server = start({ unixSocket: path });
    const address = await server.listen();
    expect(address).toEqual({ host: '', port: 0, path, url: `unix://${path}` });
    expect(server.environment).toEqual({ MEMCACHE_SERVERS: `unix://${path}` });
    expect(statSync(path).mode & 0o777).toBe(0o700);
    const socket = connectTcp(path);
    expect(await ask(socket)).toBe(VERSION);
    socket.destroy();
    await server.close();
    expect(existsSync(path)).toBe(false);
    await server.listen();
    expect(await ask(connectTcp(path))).toBe(VERSION);
  });

  it('has the mode it was given', async () => {
    const path = place('mode');
    await start({ unixSocket: path, unixSocketMode: 0o666 }).listen();
    expect(statSync(path).mode & 0o777).toBe(0o666);
  });

  it('replaces a file that nobody listens on, and no other', async () => {
    const stale = place('stale');
    const crashed = createTcpServer();
    crashed.listen(stale);
    await once(crashed, 'listening');
    await expect(start({ unixSocket: stale }).listen()).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
      message: expect.stringContaining(stale),
    });
    // Closing would remove the file; a server that is killed leaves it.
    const script = `require('node:net').createServer().listen(${JSON.stringify(place('left'))}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', script]);
    expect(existsSync(place('left'))).toBe(true);
    await start({ unixSocket: place('left') }).listen();
    expect(await ask(connectTcp(place('left')))).toBe(VERSION);
    crashed.close();

    writeFileSync(place('file'), 'mine');
    await expect(start({ unixSocket: place('file') }).listen()).rejects.toMatchObject({
      code: 'MEMCACHE_CONNECT_FAILED',
    });
    expect(statSync(place('file')).size).toBe(4);
  });

  it.each([
    [{ unixSocket: '/tmp/a.sock', port: 11211 }, 'together with port or host'],
    [{ unixSocket: '/tmp/a.sock', tls: true }, 'tls is given together with unixSocket'],
    [{ unixSocket: '' }, 'unixSocket is not a path'],
    [{ unixSocket: `/tmp/${'a'.repeat(100)}` }, 'has 105 bytes'],
    [{ unixSocketMode: 0o700 }, 'unixSocketMode is given and unixSocket is not'],
    [{ unixSocket: '/tmp/a.sock', unixSocketMode: 0o1000 }, 'unixSocketMode is 512'],
    [{ host: '' }, 'host is not a name or an address'],
  ])('refuses %j', (options, message) => {
    expect(() => createServer(options)).toThrow(message);
  });
});

describe('the address', () => {
  it('can be connected to where the server listens everywhere', async () => {
    const server = start({ host: '0.0.0.0' });
    const { port, url } = await server.listen();
    expect(url).toBe(`127.0.0.1:${String(port)}`);
  });

  it('comes with the first user in the environment, and is gone after close()', async () => {
    const server = start({ sasl: { username: 'ada', password: 'lovelace' } });
    expect(server.environment).toBeUndefined();
    const { url } = await server.listen();
    expect(server.environment).toEqual({
      MEMCACHE_SERVERS: url,
      MEMCACHE_USERNAME: 'ada',
      MEMCACHE_PASSWORD: 'lovelace',
    });
    await server[Symbol.asyncDispose]();
    expect([server.environment, server.address]).toEqual([undefined, undefined]);
  });
});

describe('maxConnections', () => {
  it('tells one connection too many so, and takes the next when one has left', async () => {
    const server = start({ maxConnections: 2 });
    const { host, port } = await server.listen();
    const [first, second] = [connectTcp(port, host), connectTcp(port, host)];
    expect([await ask(first), await ask(second)]).toEqual([VERSION, VERSION]);
    const third = connectTcp(port, host);
    expect(await ask(third)).toBe('ERROR Too many open connections\r\n');
    if (!third.closed) await once(third, 'close');
    expect(server.stats()).toMatchObject({ rejected_connections: '1' });
    first.write('quit\r\n');
    await once(first, 'close');
    expect(await ask(connectTcp(port, host))).toBe(VERSION);
  });
});
