/** Starts, pauses and ends the process of a memcached. Knows no options of it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LOOPBACK } from './free-port.js';
import type { MemcachedCommand } from './memcached-command.js';

const START_DEADLINE_MS = 10_000;

/** Waits for the end of its input, which comes with the end of whoever holds the other end of the pipe. */
const GUARD = 'read -r _; kill -KILL "$0"';

/** A test run that ends takes its servers with it, even one that is killed and has no time for it. */
function guard(child: ChildProcess): void {
  if (child.pid === undefined) return;
  const watcher = spawn('/bin/sh', ['-c', GUARD, String(child.pid)], { stdio: ['pipe', 'ignore', 'ignore'] });
  child.once('exit', () => watcher.kill('SIGKILL'));
  // Whoever stops the server ends the watcher; until then neither keeps the run alive.
  watcher.unref();
  (watcher.stdin as Socket | null)?.unref();
}

/**
 * Resolves when the server accepts connections.
 * @param place the TCP port or the path of the unix socket
 */
export async function launch(
  program: string,
  { args, environment }: MemcachedCommand,
  place: number | string,
): Promise<ChildProcess> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], env: { ...process.env, ...environment } });
  let output = '';
  let failure: Error | undefined;
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.once('error', (error) => (failure = error));
  guard(child);
  const deadline = Date.now() + START_DEADLINE_MS;
  while (!(await canConnect(place))) {
    if (failure !== undefined)
      throw new Error(`Cannot start ${program}: ${failure.message}. Run "node tools/ensure-memcached.mjs".`);
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
