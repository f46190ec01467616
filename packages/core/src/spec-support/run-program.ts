import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../../../', import.meta.url));
const core = new URL('../index.ts', import.meta.url).href;

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

export interface RunOptions {
  readonly environment?: NodeJS.ProcessEnv;
  /** Of Node.js. */
  readonly flags?: readonly string[];
  /** How many files and sockets it may have open. */
  readonly mostFiles?: number;
}

/** Runs a program of a few lines from the sources, with no memcache variables but those given. */
export function run(program: string, { environment, flags = [], mostFiles }: RunOptions = {}): Promise<Ended> {
  const { PATH } = process.env;
  const line = [
    process.execPath,
    ...flags,
    '--import',
    `${root}tools/swc-register.mjs`,
    '--conditions=@memkit/source',
    '--input-type=module',
    '--eval',
    `import { createMemcache } from ${JSON.stringify(core)};\n${program}`,
  ];
  // Node.js has no way to lower the limit.
  const limit = mostFiles === undefined ? [] : ['/bin/sh', '-c', `ulimit -n ${String(mostFiles)}; exec "$0" "$@"`];
  const [file = '', ...args] = [...limit, ...line];
  const child = spawn(file, args, { cwd: root, env: { PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  let [output, errors] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output: output.trim(), errors });
    });
  });
}
