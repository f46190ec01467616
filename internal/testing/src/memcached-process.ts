/** Starts, pauses and ends the process of a memcached. Knows no options of it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LOOPBACK } from './free-port.js';
import type { MemcachedCommand } from './memcached-command.js';

const START_DEADLINE_MS = 10_000;

// One listener for all: a test run that dies takes its servers with it. Jest gives tests a copy of `process` whose
// "exit" never comes, so this asks for the real one.
const running = new Set<ChildProcess>();
process.getBuiltinModule('node:process').once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

// A test run that is killed sees no "exit"; then the kernel ends its servers, where the program that asks for it exists.
const GUARD = '/usr/bin/setpriv';
const guarded = existsSync(GUARD) ? [GUARD, '--pdeathsig', 'KILL', '--'] : [];
/** What setpriv ends with when there is no such program, as shells do. */
const NOT_FOUND = 127;

/**
 * Resolves when the server accepts connections.
 * @param place the TCP port or the path of the unix socket
 */
export async function launch(
  program: string,
  { args, environment }: MemcachedCommand,
  place: number | string,
): Promise<ChildProcess> {
  const [file = program, ...line] = [...guarded, program, ...args];
  const child = spawn(file, line, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  let failure: Error | undefined;
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.once('error', (error) => (failure = error));
  running.add(child);
  child.once('exit', () => running.delete(child));
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await canConnect(place))) {
    const isMissing = failure !== undefined || child.exitCode === NOT_FOUND;
    if (isMissing) {
      const reason = failure?.message ?? output.trim();
      throw new Error(`Cannot start ${program}: ${reason}. Run "node tools/ensure-memcached.mjs".`);
    }
    if (child.exitCode !== null)
      throw new Error(`${program} ended with code ${String(child.exitCode)}: ${output.trim()}`);
    if (Date.now() > deadline) throw new Error(`${program} did not listen on ${String(place)}: ${output.trim()}`);
    await delay(10);
  }
  return child;
}

function canConnect(place: number | string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof place === 'number' ? connect({ host: LOOPBACK, port: place }) : connect(place);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}

export async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise((resolve) => child.once('exit', resolve));
  // A paused process ends at SIGKILL without answering what it was sent; other signals it must wake up for.
  if (signal !== 'SIGKILL') child.kill('SIGCONT');
  child.kill(signal);
  await exited;
}

/** Returns when every thread stands still: after kill() the signal is only on its way, and one more request is answered. */
export function pause(child: ChildProcess): void {
  child.kill('SIGSTOP');
  const deadline = Date.now() + START_DEADLINE_MS;
  while (child.pid !== undefined && !isStopped(child.pid)) {
    if (Date.now() > deadline) throw new Error(`The process ${String(child.pid)} did not stop.`);
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
