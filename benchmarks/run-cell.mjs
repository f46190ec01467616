import { spawn } from 'node:child_process';
import { join } from 'node:path';

const PROGRAM = join(import.meta.dirname, 'cell.mjs');
/** Longer than any cell takes to store its values, to warm up and to measure. */
const SPARE_MS = 30_000;

/** A cell whose process, or its server, waited for its core for a larger part of the time measures the other processes. */
const MOST_WAITED = 0.1;
const TRIES = 3;

/** Measures one cell, again when it was disturbed. @returns the least disturbed result */
export async function runCalmCell(cell, pinning) {
  let calmest;
  for (let tries = 0; tries < TRIES; tries += 1) {
    const result = await runCell(cell, pinning);
    if (calmest === undefined || waitedShareOf(result) < waitedShareOf(calmest)) calmest = result;
    if (!(waitedShareOf(calmest) > MOST_WAITED)) break;
  }
  return calmest;
}

function waitedShareOf({ waitedShare, serverWaitedShare = 0 }) {
  return Math.max(waitedShare, serverWaitedShare);
}

/**
 * Measures one cell in a process of its own.
 * @param {object} cell
 * @param {import('./pinning.mjs').Pinning} [pinning]
 * @returns what cell.mjs printed, or `{ error }` when it failed or hung
 */
function runCell(cell, pinning) {
  return new Promise((resolve) => {
    // Flags of this process count for the cells: --cpu-prof, or those that run packages from their sources.
    const node = [process.execPath, ...process.execArgv, PROGRAM, JSON.stringify(cell)];
    const [program, ...args] = pinning === undefined ? node : ['taskset', '-c', pinning.clients, ...node];
    const child = spawn(program, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_NO_WARNINGS: '1' },
    });
    const patienceMs = cell.warmup + cell.milliseconds + SPARE_MS;
    let output = '';
    let complaint = '';
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, patienceMs);
    child.stdout.on('data', (chunk) => (output += chunk));
    child.stderr.on('data', (chunk) => (complaint += chunk));
    child.once('close', () => {
      clearTimeout(timer);
      if (isLate) resolve({ error: `no result within ${patienceMs / 1000} s` });
      else resolve(parse(output) ?? { error: firstError(complaint) });
    });
  });
}

function parse(output) {
  try {
    return JSON.parse(output.trim().split('\n').at(-1));
  } catch {
    return undefined;
  }
}

function firstError(complaint) {
  const lines = complaint.split('\n').map((line) => line.trim());
  return lines.find((line) => line.includes('Error')) ?? lines.find((line) => line !== '') ?? 'no result';
}
