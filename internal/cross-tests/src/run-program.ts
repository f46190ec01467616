import { spawn } from 'node:child_process';
import { workspaceRoot } from './workspace-root.js';

export interface ProgramResult {
  readonly code: number | null;
  /** Standard output and standard error, as they came. */
  readonly output: string;
}

/** Runs Node from the workspace's root, as a user's shell would, with nothing configured in the environment. */
export function runNode(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<ProgramResult> {
  const child = spawn(process.execPath, args, {
    cwd: workspaceRoot,
    env: { PATH: process.env['PATH'], NODE_NO_WARNINGS: '1', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 60_000,
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return new Promise((resolve) =>
    child.once('close', (code) => {
      resolve({ code, output });
    }),
  );
}

/** Makes `node` load TypeScript and the packages' sources instead of what was built. */
export const fromSource: readonly string[] = [
  '--import',
  new URL('../../../tools/swc-register.mjs', import.meta.url).href,
  '--conditions=@memkit/source',
];
