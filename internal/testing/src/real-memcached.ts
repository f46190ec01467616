/**
 * Starts a real memcached on a free port, plain or with SASL, and stops it. Fails with the line to type when the
 * program is not installed: no test is skipped for lack of a server.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

export interface RealMemcachedOptions {
  /** Default: a free port. */
  readonly port?: number;
  /** Starts with -S: binary protocol only, SASL PLAIN with this one user. */
  readonly sasl?: { readonly username: string; readonly password: string };
  /** Further command line arguments, such as `['-I', '2m']`. */
  readonly args?: readonly string[];
}

export interface RealMemcached {
  readonly port: number;
  /** `127.0.0.1:port`. */
  readonly address: string;
  /** Ends the process and waits for it. Default SIGTERM; SIGKILL for a crash. */
  stop(signal?: NodeJS.Signals): Promise<void>;
  /** SIGSTOP: the port stays open, nothing is answered. */
  pause(): void;
  /** SIGCONT. */
  resume(): void;
  /** Starts again on the same port, empty, after `stop`. */
  restart(): Promise<void>;
}

const HOST = '127.0.0.1';
const START_DEADLINE_MS = 10_000;

/** A TCP port nobody listened on a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.once('error', reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => {
        resolve(port);
      });
    });
  });
}

export async function startMemcached(options: RealMemcachedOptions = {}): Promise<RealMemcached> {
  const port = options.port ?? (await freePort());
  const sasl = options.sasl && createSaslDatabase(options.sasl);
  const args = [
    '-l',
    HOST,
    '-p',
    String(port),
    '-U',
    '0',
    '-m',
    '64',
    ...(sasl ? ['-S'] : []),
    ...(options.args ?? []),
  ];
  if (userInfo().uid === 0) args.unshift('-u', 'root');
  let child = await launch(args, port, sasl?.environment);
  return {
    port,
    address: `${HOST}:${String(port)}`,
    async stop(signal = 'SIGTERM') {
      await end(child, signal);
      if (signal === 'SIGTERM') sasl?.remove();
    },
    pause: () => {
      child.kill('SIGSTOP');
      waitUntilStopped(child.pid);
    },
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      child = await launch(args, port, sasl?.environment);
    },
  };
}

// One listener for all: a test run that dies takes its servers with it.
const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

async function launch(args: readonly string[], port: number, environment?: NodeJS.ProcessEnv): Promise<ChildProcess> {
  const program = process.env['MEMCACHED_BINARY'] ?? 'memcached';
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  let failure: Error | undefined;
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.once('error', (error) => (failure = error));
  running.add(child);
  child.once('exit', () => running.delete(child));
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await canConnect(port))) {
    if (failure) throw new Error(`Cannot start ${program}: ${failure.message}. Run "node tools/ensure-memcached.mjs".`);
    if (child.exitCode !== null)
      throw new Error(`${program} ended with code ${String(child.exitCode)}: ${output.trim()}`);
    if (Date.now() > deadline) throw new Error(`${program} did not listen on port ${String(port)}: ${output.trim()}`);
    await delay(10);
  }
  return child;
}

/** A signal is only on its way when kill() returns: on a busy machine a thread answers one more request before it stops. */
function waitUntilStopped(pid: number | undefined): void {
  const deadline = Date.now() + START_DEADLINE_MS;
  while (pid !== undefined && !isStopped(pid)) {
    if (Date.now() > deadline) throw new Error(`The process ${String(pid)} did not stop.`);
  }
}

function isStopped(pid: number): boolean {
  const tasks = `/proc/${String(pid)}/task`;
  if (!existsSync(tasks)) {
    const { stdout } = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' });
    return stdout.startsWith('T');
  }
  // "pid (name) state …": each thread has its own line.
  return readdirSync(tasks).every((task) => / T /.test(readFileSync(join(tasks, task, 'stat'), 'utf8')));
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: HOST, port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  // A paused process ends at SIGKILL without answering what it was sent; other signals it must wake up for.
  if (signal !== 'SIGKILL') child.kill('SIGCONT');
  child.kill(signal);
  await exited;
}

/** A directory with the sasldb2 and memcached.conf that make memcached -S accept the one user. */
function createSaslDatabase({ username, password }: { username: string; password: string }) {
  const directory = mkdtempSync(join(tmpdir(), 'memkit-sasl-'));
  const database = join(directory, 'sasldb2');
  writeFileSync(
    join(directory, 'memcached.conf'),
    `mech_list: plain\npwcheck_method: auxprop\nauxprop_plugin: sasldb\nsasldb_path: ${database}\n`,
  );
  // memcached asks for the realm of gethostname(), so the user is stored under it.
  const made = spawnSync('saslpasswd2', ['-p', '-a', 'memcached', '-c', '-f', database, '-u', hostname(), username], {
    input: password,
    // Debian keeps it in /usr/sbin, which is not on every user's PATH.
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  });
  if (made.error || made.status !== 0) {
    throw new Error(
      `saslpasswd2 failed: ${made.error?.message ?? made.stderr.toString()}. Run "node tools/ensure-memcached.mjs".`,
    );
  }
  chmodSync(directory, 0o755);
  chmodSync(database, 0o644);
  return {
    environment: { SASL_CONF_PATH: directory },
    remove: () => {
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
