// `npm run smoke`: builds the showcase and walks it like a visitor, on the embedded server and on real memcacheds.
import { spawnSync } from 'node:child_process';
import { ensureMemcached } from './ensure-memcached.mjs';

const run = (line) =>
  spawnSync(line, {
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, NX_DAEMON: 'false' },
  });

if (!ensureMemcached()) process.exit(1);
const build = run('npx nx run-many -t build --output-style=static');
process.exitCode = build.status === 0 ? (run('node examples/showcase/smoke-test.mjs').status ?? 1) : 1;
