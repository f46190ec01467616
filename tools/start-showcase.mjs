// `npm start`: builds what the showcase needs (cached after the first time) and runs it.
import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
console.log('Building the showcase and the packages it uses (a few seconds the first time) …');
const build = spawnSync('npx', ['nx', 'run', '@memkit/example-showcase:build', '--output-style=static'], {
  cwd: root,
  encoding: 'utf8',
  env: { ...process.env, NX_DAEMON: 'false' },
});
if (build.status !== 0) {
  console.error(build.stdout ?? '', build.stderr ?? '', build.error?.message ?? '');
  console.error('The build failed. Is everything installed? Run: npm ci');
  process.exit(1);
}

const showcase = spawn(process.execPath, ['examples/showcase/dist/main.js'], { cwd: root, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => showcase.kill(signal));
showcase.on('exit', (code, signal) => {
  process.exitCode = code ?? (signal === 'SIGINT' || signal === 'SIGTERM' ? 0 : 1);
});
