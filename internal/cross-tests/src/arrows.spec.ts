/** The packages depend on each other as docs/architecture.md says, and in no other way. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { workspaceRoot } from './workspace-root.js';

const arrows: Readonly<Record<string, readonly string[]>> = {
  protocol: [],
  server: ['protocol'],
  core: ['protocol', 'server'],
  cache: ['core'],
  'cache-manager': ['core'],
  'express-session': ['core'],
  views: ['cache', 'core'],
  nestjs: ['cache', 'core', 'views'],
};

interface NxGraph {
  readonly graph: { readonly dependencies: Readonly<Record<string, readonly { readonly target: string }[]>> };
}

function readNxGraph(): NxGraph {
  const directory = mkdtempSync(join(tmpdir(), 'memkit-graph-'));
  const file = join(directory, 'graph.json');
  const run = spawnSync('npx', ['nx', 'graph', `--file=${file}`], {
    cwd: workspaceRoot,
    encoding: 'utf8',
    env: { ...process.env, NX_DAEMON: 'false' },
  });
  if (run.status !== 0) throw new Error(`nx graph failed: ${run.stderr}`);
  const graph = JSON.parse(readFileSync(file, 'utf8')) as NxGraph;
  rmSync(directory, { recursive: true });
  return graph;
}

describe('the arrows between packages', () => {
  const { dependencies } = readNxGraph().graph;
  const internal = '@memkit/testing';

  it.each(Object.entries(arrows))('%s depends on %j and on nothing else of memkit', (name, allowed) => {
    const targets = (dependencies[`@memkit/${name}`] ?? []).map(({ target }) => target);
    const ours = [...new Set(targets)].filter((target) => target.startsWith('@memkit/') && target !== internal);
    const missing = allowed.filter((target) => !ours.includes(`@memkit/${target}`));
    expect(ours.filter((target) => !allowed.includes(target.replace('@memkit/', '')))).toEqual([]);
    expect(missing).toEqual([]);
  });

  it('the test tools depend on no package', () => {
    const targets = (dependencies[internal] ?? []).map(({ target }) => target);
    expect(targets.filter((target) => target.startsWith('@memkit/'))).toEqual([]);
  });

  it('protocol, core and server have no runtime dependency outside memkit', () => {
    for (const name of ['protocol', 'core', 'server']) {
      const manifest = JSON.parse(readFileSync(join(workspaceRoot, 'packages', name, 'package.json'), 'utf8')) as {
        dependencies?: Record<string, string>;
      };
      expect(
        Object.keys(manifest.dependencies ?? {}).filter((dependency) => !dependency.startsWith('@memkit/')),
      ).toEqual([]);
    }
  });
});
