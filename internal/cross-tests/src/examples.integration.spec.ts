/** The two smallest programs run to their end and print what their README shows, on both kinds of server. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { startMemcached, type RealMemcached } from '@memkit/testing';
import { fromSource, runNode } from './run-program.js';
import { workspaceRoot } from './workspace-root.js';

const examples = {
  'with-decorators': 'examples/with-decorators/src/index.ts',
  'with-express-session': 'examples/with-express-session/index.mjs',
};

/** What the README shows the program to print: its `text` block. */
function shownOutput(example: string): string {
  const readme = readFileSync(join(workspaceRoot, 'examples', example, 'README.md'), 'utf8');
  const block = /^```text\n(.*?)^```$/ms.exec(readme);
  return block?.[1] ?? '';
}

describe.each(Object.entries(examples))('examples/%s', (example, file) => {
  let memcached: RealMemcached;
  beforeAll(async () => {
    memcached = await startMemcached();
  });
  afterAll(() => memcached.stop());

  it.each(['the embedded server', 'a real memcached'])('prints what its README shows on %s', async (kind) => {
    const environment = kind === 'a real memcached' ? { MEMCACHE_SERVERS: memcached.address } : {};
    const { code, output } = await runNode([...fromSource, file], environment);
    expect(shownOutput(example)).not.toBe('');
    expect({ code, output }).toEqual({ code: 0, output: shownOutput(example) });
  });
});
