import { fork } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'member.mjs');
const PATIENCE_MS = 60_000;

/**
 * Runs the same work in so many processes, which begin together.
 * @param {() => Promise<unknown>} [beforeGo] runs when all of them are ready
 * @returns {Promise<object[]>} what each of them saw; `{ error }` for one that failed or hung
 */
export async function runMembers(count, job, beforeGo) {
  const members = Array.from({ length: count }, () => startMember(job));
  await Promise.all(members.map(({ ready }) => ready));
  await beforeGo?.();
  for (const { child } of members) if (child.connected) child.send('go');
  return await Promise.all(members.map(({ result }) => result));
}

function startMember(job) {
  // Flags of this process count for the members: those that run packages from their sources.
  const child = fork(PROGRAM, [JSON.stringify(job)], {
    execArgv: process.execArgv,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    env: { ...process.env, NODE_NO_WARNINGS: '1' },
  });
  let complaint = '';
  child.stderr.on('data', (chunk) => (complaint += chunk));
  const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
  const result = new Promise((resolve) => {
    child.on('message', (message) => message.result && resolve(message.result));
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      const line = /^\w*Error.*$/m.exec(complaint)?.[0];
      resolve({ error: line ?? (signal ? `no result within ${PATIENCE_MS / 1000} s` : `ended with ${code}`) });
    });
  });
  const ready = new Promise((resolve) => {
    child.on('message', (message) => message === 'ready' && resolve());
    child.once('close', resolve);
  });
  return { child, ready, result };
}
