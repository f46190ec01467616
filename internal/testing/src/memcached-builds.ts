import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { installedMemcached } from './real-memcached.js';
import { runTool } from './run-tool.js';

/** A memcached that tests can start: `startMemcached({ binary: build.program })`. */
export interface MemcachedBuild {
  /** For titles: `installed 1.6.18`, `newest 1.6.45`. */
  readonly name: string;
  /** As it calls itself: `1.6.18`. */
  readonly version: string;
  readonly program: string;
}

// Where tools/newest-memcached.mjs puts it.
const NEWEST = fileURLToPath(
  new URL('../../../node_modules/.cache/memkit/newest-memcached/memcached', import.meta.url),
);

let found: readonly MemcachedBuild[] | undefined;

/**
 * The installed memcached and, where tools/newest-memcached.mjs could get it and it is another version, the newest.
 * @example
 * describe.each(memcachedBuilds())('incr on the $name', ({ program }) => { … });
 */
export function memcachedBuilds(): readonly MemcachedBuild[] {
  found ??= findBuilds();
  return found;
}

function findBuilds(): readonly MemcachedBuild[] {
  const installed = describeBuild('installed', installedMemcached());
  if (!existsSync(NEWEST)) return [installed];
  const newest = describeBuild('newest', NEWEST);
  return newest.version === installed.version ? [installed] : [installed, newest];
}

function describeBuild(origin: string, program: string): MemcachedBuild {
  const version = /\d+\.\d+\.\d+/.exec(runTool(program, ['-V']))?.[0];
  if (version === undefined) throw new Error(`${program} -V does not tell its version.`);
  return { name: `${origin} ${version}`, version, program };
}
