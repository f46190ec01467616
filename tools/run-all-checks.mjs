// `npm test`: every check of the project, one after the other, with its time. Stops at the first that fails.
import { spawn } from 'node:child_process';
import { ensureMemcached } from './ensure-memcached.mjs';
import { newestMemcached } from './newest-memcached.mjs';

const steps = [
  ['lockfile', 'node tools/check-lockfile.mjs'],
  ['format', 'npx prettier --check --log-level warn .'],
  ['build, typecheck and lint', 'npx nx run-many -t build typecheck lint --output-style=static'],
  // Two test files at a time: many wait for a deadline, not for a core.
  ['tests', 'node --experimental-vm-modules node_modules/jest/bin/jest.js --maxWorkers=2'],
];

const started = Date.now();
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

/** A check that takes this long hangs. */
const LIMIT_MS = 20 * 60_000;
/**
 * Jest says on descriptor 3 how it ended, and then has this long to be gone. Node can block for good while it shuts
 * down (https://github.com/nodejs/node/issues/54918); seen once here, after all tests had passed.
 */
const SHUTDOWN_MS = 30_000;

/** Resolves to the exit code. */
function run(line) {
  return new Promise((resolve) => {
    // `exec`: the shell is replaced by the program, which is then what kill() ends.
    const child = spawn(`exec ${line}`, {
      shell: true,
      stdio: ['ignore', 'inherit', 'inherit', 'pipe'],
      env: {
        ...process.env,
        NX_DAEMON: process.env.NX_DAEMON ?? 'false',
        NODE_NO_WARNINGS: '1',
        MEMKIT_TELLS_RESULT: '1',
      },
    });
    let result;
    const limit = setTimeout(() => {
      console.error(`\nStill running after ${LIMIT_MS / 60_000} minutes: ended.`);
      child.kill('SIGKILL');
    }, LIMIT_MS);
    let shutdown;
    child.stdio[3].once('data', (code) => {
      result = Number(String(code));
      shutdown = setTimeout(() => {
        console.error(`\nDone with code ${result}, but not gone after ${SHUTDOWN_MS / 1000} s: ended.`);
        child.kill('SIGKILL');
      }, SHUTDOWN_MS);
    });
    child.once('exit', (code) => {
      clearTimeout(limit);
      clearTimeout(shutdown);
      child.stdio[3].destroy();
      resolve(code ?? result ?? 1);
    });
  });
}

if (!ensureMemcached()) process.exit(1);
newestMemcached();
for (const [name, line] of steps) {
  const since = Date.now();
  console.log(`\n▶ ${name}`);
  const status = await run(line);
  if (status !== 0) {
    console.error(`\n✘ ${name} failed after ${seconds(since)}. To run it alone: ${line}`);
    process.exit(status);
  }
  console.log(`✔ ${name} (${seconds(since)})`);
}
console.log(`\nAll checks passed in ${seconds(started)}.`);
