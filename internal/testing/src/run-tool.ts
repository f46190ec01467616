import { spawnSync } from 'node:child_process';

/**
 * Runs one of the programs that tools/ensure-memcached.mjs installs, and returns what it printed.
 * @throws when it is missing or ends with a failure; the message names the line to type
 */
export function runTool(
  program: string,
  args: readonly string[],
  options: { input?: string; cwd?: string } = {},
): string {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    ...options,
    encoding: 'utf8',
    // Debian keeps some of them in /usr/sbin, which is not on every user's PATH.
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin` },
  });
  if (error === undefined && status === 0) return stdout;
  throw new Error(`${program} failed: ${error?.message ?? stderr}. Run "node tools/ensure-memcached.mjs".`);
}
