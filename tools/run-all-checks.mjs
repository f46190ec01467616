// `npm test`: every check of the project, one after the other, with its time. Stops at the first that fails.
import { spawnSync } from 'node:child_process';
import { ensureMemcached } from './ensure-memcached.mjs';
import { newestMemcached } from './newest-memcached.mjs';

const steps = [
  ['lockfile', 'node tools/check-lockfile.mjs'],
  ['format', 'npx prettier --check --log-level warn .'],
  ['build, typecheck and lint', 'npx nx run-many -t build typecheck lint --output-style=static'],
  ['tests', 'node --experimental-vm-modules node_modules/jest/bin/jest.js'],
];

const started = Date.now();
const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;

if (!ensureMemcached()) process.exit(1);
newestMemcached();
for (const [name, line] of steps) {
  const since = Date.now();
  console.log(`\n▶ ${name}`);
  const { status } = spawnSync(line, {
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NX_DAEMON: process.env.NX_DAEMON ?? 'false', NODE_NO_WARNINGS: '1' },
  });
  if (status !== 0) {
    console.error(`\n✘ ${name} failed after ${seconds(since)}. To run it alone: ${line}`);
    process.exit(status ?? 1);
  }
  console.log(`✔ ${name} (${seconds(since)})`);
}
console.log(`\nAll checks passed in ${seconds(started)}.`);
