/** `useMemcacheServer()` under the test runners themselves: the same three tests, each run as a user would run it. */
import { describe, expect, it } from '@jest/globals';
import { fromSource, runNode } from './run-program.js';

const folder = 'internal/cross-tests/test-runners';

describe('useMemcacheServer', () => {
  it.each([
    [
      'node --test',
      ['--test', `${folder}/node-test.fixture.mjs`],
      /^# pass 3$/m,
      { NODE_OPTIONS: fromSource.join(' ') },
    ],
    [
      'Vitest',
      ['node_modules/vitest/vitest.mjs', 'run', '--config', `${folder}/vitest.config.mjs`],
      /Tests\s+3 passed \(3\)/,
      {},
    ],
    [
      'Jest',
      ['--experimental-vm-modules', 'node_modules/jest/bin/jest.js', '--config', `${folder}/jest.config.mjs`],
      /^Tests:\s+3 passed, 3 total$/m,
      {},
    ],
  ])('starts, empties and closes a server under %s', async (_, args, summary, environment) => {
    const { code, output } = await runNode(args, environment);
    expect(output).toMatch(summary);
    expect(code).toBe(0);
    expect(output).not.toContain('did not exit');
  });
});
