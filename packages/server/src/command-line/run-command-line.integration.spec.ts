import { EventEmitter, once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { testCertificates } from '@memkit/testing';
import { createServer } from '../index.js';
import { runCommandLine, type CommandSurroundings } from './run-command-line.js';

let directory = '';
const runs: Run[] = [];
const file = (name: string, text: string): string => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'memkit-command-'));
});
afterEach(async () => {
  await Promise.all(runs.splice(0).map((run) => run.end()));
});
afterAll(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** The command with what it printed, and signals for it. */
class Run extends EventEmitter implements CommandSurroundings {
  output = '';
  errors = '';
  readonly env: NodeJS.ProcessEnv;
  readonly stdout = { write: (text: string) => this.#add('output', text) };
  readonly stderr = { write: (text: string) => this.#add('errors', text) };
  readonly code: Promise<number>;

  constructor(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
    super();
    this.env = env;
    this.code = runCommandLine(args, this);
    runs.push(this);
  }

  #add(where: 'output' | 'errors', text: string): void {
    this[where] += text;
    this.emit('text');
  }

  /** What a client needs, once it is printed. */
  async variable(name: string): Promise<string> {
    for (;;) {
      const value = new RegExp(`^${name}=(.*)$`, 'm').exec(this.output)?.[1];
      if (value !== undefined) return value;
      await once(this, 'text');
    }
  }

  end(signal: 'SIGINT' | 'SIGTERM' = 'SIGTERM'): Promise<number> {
    this.emit(signal);
    return this.code;
  }
}

async function version(socket: NodeJS.ReadWriteStream & { destroy(): void }): Promise<string> {
  socket.write('version\r\n');
  const [reply] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return reply.toString();
}

describe('the command', () => {
  it('prints where it listens and ends with 0 at a signal', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
      const run = new Run(['--port', '0']);
      const [host = '', port = ''] = (await run.variable('MEMCACHE_SERVERS')).split(':');
      expect(await version(connectTcp(Number(port), host))).toBe('VERSION 1.6.18\r\n');
      expect(await run.end(signal)).toBe(0);
      expect(run.output).toBe(`MEMCACHE_SERVERS=${host}:${port}\n`);
      expect(run.errors).toContain('not a production cache');
      expect([run.listenerCount('SIGINT'), run.listenerCount('SIGTERM')]).toEqual([0, 0]);
    }
  });

  it('ends with 1 when the port is taken, and says which', async () => {
    const taken = createServer();
    const { port } = await taken.listen();
    const run = new Run(['--port', String(port)]);
    expect(await run.code).toBe(1);
    expect(run.errors).toContain(`Cannot listen on server 127.0.0.1:${String(port)}`);
    await taken.close();
  });

  it("takes memcached's own line", async () => {
    const path = join(directory, 'line.sock');
    const line = `-v -u nobody -m 8 -I 2m -c 5 -t 4 -R 20 -b 1024 -U 0 -B auto -o modern,hashpower=16 -s ${path} -a 0770`;
    const run = new Run(line.split(' '));
    expect(await run.variable('MEMCACHE_SERVERS')).toBe(`unix://${path}`);
    const socket = connectTcp(path);
    socket.write('stats settings\r\nquit\r\n');
    let settings = '';
    for await (const chunk of socket) settings += String(chunk);
    expect(settings).toContain('STAT maxbytes 8388608\r\n');
    expect(settings).toContain('STAT item_size_max 2097152\r\n');
    expect(run.errors).toContain('-o hashpower changes nothing here.');
    expect(await run.end()).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  it("does without what memcached's options take away, and ends at shutdown with -A", async () => {
    const run = new Run('-p 0 -M -C -F -X -W -A -D /'.split(' '));
    const [host = '', port = ''] = (await run.variable('MEMCACHE_SERVERS')).split(':');
    const socket = connectTcp(Number(port), host);
    socket.write('stats settings\r\nwatch\r\nshutdown\r\n');
    let reply = '';
    for await (const chunk of socket) reply += String(chunk);
    const settings = ['evictions off', 'cas_enabled no', 'flush_enabled no', 'dump_enabled no', 'shutdown_command yes'];
    for (const setting of [...settings, 'stat_key_prefix /']) expect(reply).toContain(`STAT ${setting}\r\n`);
    expect(reply).toContain('CLIENT_ERROR watch commands not allowed\r\n');
    expect(await run.code).toBe(0);
    expect([run.listenerCount('SIGINT'), run.listenerCount('SIGTERM')]).toEqual([0, 0]);
  });

  it('listens with TLS and prints what clients have to trust', async () => {
    const run = new Run(['-p', '0', '-Z']);
    const url = new URL(await run.variable('MEMCACHE_SERVERS'));
    expect(url.protocol).toBe('memcaches:');
    const certificate = await run.variable('NODE_EXTRA_CA_CERTS');
    const ca = readFileSync(certificate, 'utf8');
    expect(await version(connectTls({ host: '127.0.0.1', port: Number(url.port), ca }))).toBe('VERSION 1.6.18\r\n');
    await run.end();
    expect(existsSync(certificate)).toBe(false);
  });

  it("takes certificates by our names and by memcached's", async () => {
    const { server, client, ca } = testCertificates();
    const [cert, key, authority] = [file('c.pem', server.cert), file('k.pem', server.key), file('ca.pem', ca)];
    const own = ['--tls-cert', cert, '--tls-key', key, '--tls-ca', authority];
    const theirs = ['-Z', '-o', `ssl_chain_cert=${cert},ssl_key=${key},ssl_verify_mode=2,ssl_ca_cert=${authority}`];
    for (const args of [own, theirs]) {
      const run = new Run(['-p', '0', ...args]);
      const port = Number(new URL(await run.variable('MEMCACHE_SERVERS')).port);
      expect(await version(connectTls({ host: '127.0.0.1', port, ca, ...client }))).toBe('VERSION 1.6.18\r\n');
      const stranger = connectTls({ host: '127.0.0.1', port, ca });
      stranger.on('error', () => undefined);
      stranger.resume();
      await new Promise((resolve) => stranger.once('close', resolve));
      await run.end();
    }
  });

  it('prints a password of the command line, quoted for the shell, and none of a file', async () => {
    const open = new Run(['-p', '0', '--sasl', "ada:love lace's:1"]);
    expect(await open.variable('MEMCACHE_USERNAME')).toBe('ada');
    expect(await open.variable('MEMCACHE_PASSWORD')).toBe(`'love lace'\\''s:1'`);
    await open.end();
    const users = file('users', 'ada:lovelace\nbob:secret\n');
    const hidden: (readonly [string[], NodeJS.ProcessEnv])[] = [
      [['--sasl', `@${users}`], {}],
      [['-S'], { MEMCACHED_SASL_PWDB: users }],
      [['-Y', users], {}],
      [['--memcachier', `@${users}`], {}],
    ];
    for (const [args, env] of hidden) {
      const run = new Run(['-p', '0', ...args], env);
      expect(await run.variable('MEMCACHE_USERNAME')).toBe('ada');
      await run.end();
      expect(run.errors).toContain(`The password stands in ${users}.`);
      expect(run.output + run.errors).not.toMatch(/lovelace|secret/);
    }
  });

  it('is another memcached, with --memcached-version', async () => {
    const run = new Run(['-p', '0', '--memcached-version', '1.6.45']);
    const [host = '', port = ''] = (await run.variable('MEMCACHE_SERVERS')).split(':');
    expect(await version(connectTcp(Number(port), host))).toBe('VERSION 1.6.45\r\n');
    await run.end();
    expect(run.errors).toContain('as memcached 1.6.45');
    const unknown = new Run(['--memcached-version', '1.7.0']);
    expect(await unknown.code).toBe(2);
    expect(unknown.errors).toContain('1.6.45');
  });

  it('tells what fails, with --verbose', async () => {
    const run = new Run(['-p', '0', '--tls', '-v']);
    const socket = connectTcp(Number(new URL(await run.variable('MEMCACHE_SERVERS')).port), '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write('get a plain line\r\n');
    socket.resume();
    await once(socket, 'close');
    await run.end();
    expect(run.errors).toMatch(/A connection failed: .*wrong version number|A connection failed: .*http request/i);
  });

  it.each([
    ['--port abc', '--port is "abc". Give a whole number from 0.'],
    ['--prt 5', 'there is no option --prt. Did you mean --port?'],
    ['-p', '-p needs a value'],
    ['--tls=yes', '--tls takes no value'],
    ['11211', '"11211" belongs to no option'],
    ['-p 70000', 'port is 70000, not a whole number from 0 to 65535'],
    ['-m 0', '--memory is "0"'],
    ['-I huge', 'a number with k or m behind it'],
    ['-I 33m', 'more than half of --memory, 64 megabytes'],
    ['-s /tmp/a.sock -a 999', '--unix-mask is "999"'],
    ['-l 127.0.0.1,::1', 'several addresses'],
    ['-d', 'put & at the end of the line'],
    ['-e /tmp/items', 'run memcached for items that survive a restart'],
    ['-D ab', 'prefixDelimiter is "ab"'],
    ['-U 11211', 'This server has no UDP'],
    ['-B ascii', 'write -B auto'],
    ['-o ext_path=/tmp/x:1G', 'no external storage'],
    ['-o proxy_config=x.lua', 'no proxy'],
    ['-o nonsense', '-o nonsense is not available'],
    ['-S', 'set MEMCACHED_SASL_PWDB=file'],
    ['--sasl ada:x --memcachier bob:y', '--sasl and --memcachier are given together'],
    ['--sasl secret', 'a --sasl is not user:password'],
    ['--sasl @/nowhere', 'users cannot be read from the file'],
    ['--tls-key k.pem', 'Add --tls-cert file.'],
    ['--tls-cert /nowhere', 'the certificate cannot be read from the file'],
  ])('ends with 2 for %j and says what to write', async (line, message) => {
    const run = new Run(line.split(' '));
    expect(await run.code).toBe(2);
    expect(run.errors).toContain(message);
    expect(run.errors).not.toContain('secret');
    expect(run.output).toBe('');
  });

  it('has a help with every option, and a version', async () => {
    const help = new Run(['--help']);
    expect(await help.code).toBe(0);
    for (const part of ['-p, --port <number>', '-s, --unix-socket <path>', '--sasl <user:password>', 'Exit code:']) {
      expect(help.output).toContain(part);
    }
    const versioned = new Run(['-V']);
    expect(await versioned.code).toBe(0);
    expect(versioned.output).toMatch(/^memkit-server \d+\.\d+\.\d+ \(memcached 1\.6\.\d+\)\n$/);
  });
});
