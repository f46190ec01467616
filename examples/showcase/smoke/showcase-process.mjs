import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
const START_DEADLINE_MS = 60_000;
const running = new Set();

/** A surprise in the smoke test must not leave processes behind. */
process.once('exit', () => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs the built showcase on a free port, with these variables on top of an environment without any cache in it. */
export async function startShowcase(variables = {}) {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutCache(process.env), PORT: '0', NO_COLOR: '1', ...variables },
  });
  running.add(child);
  const exited = once(child, 'exit').then(([code, signal]) => {
    running.delete(child);
    return { code, signal };
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const url = await Promise.race([
    waitForUrl(child, () => output),
    exited.then(({ code }) => Promise.reject(new Error(`The showcase ended with code ${code}:\n${output}`))),
  ]);
  return {
    url,
    output: () => output,
    /** Ends it; resolves to how it ended and how long that took. */
    async stop(signal = 'SIGTERM') {
      const startedAt = performance.now();
      child.kill(signal);
      const ended = await exited;
      return { ...ended, ms: performance.now() - startedAt };
    },
  };
}

/** Runs the built showcase until it gives up by itself. */
export async function failToStart(variables) {
  const child = spawn(process.execPath, [MAIN], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...withoutCache(process.env), NO_COLOR: '1', ...variables },
  });
  running.add(child);
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const [code] = await once(child, 'exit');
  running.delete(child);
  return { code, output };
}

async function waitForUrl(child, output) {
  const deadline = AbortSignal.timeout(START_DEADLINE_MS);
  for (;;) {
    const [, url] = /Atlas from memory\s+(http:\S+)[\s\S]*Ctrl\+C/.exec(output()) ?? [];
    if (url !== undefined) return url;
    await once(child.stdout, 'data', { signal: deadline });
  }
}

function withoutCache(environment) {
  const kept = Object.entries(environment).filter(([name]) => !/^(MEMCACHE|MEMKIT_|NODE_ENV$|HOST$)/.test(name));
  return Object.fromEntries(kept);
}
