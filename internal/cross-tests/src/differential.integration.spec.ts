/**
 * Random requests to real memcacheds and to this server: the same bytes come back, but for what known-differences.ts
 * lists. Each build is compared with the server of that version.
 *
 *   DIFFERENTIAL_OPERATIONS   how many requests for each build, all protocols together; default 100,000, some 5 seconds
 *   DIFFERENTIAL_SEED         number of the first sequence; default 1
 *
 * From internal/cross-tests, with sequences no run has seen yet:
 *
 *   DIFFERENTIAL_SEED=90001 DIFFERENTIAL_OPERATIONS=200000 \
 *     node --experimental-vm-modules ../../node_modules/jest/bin/jest.js src/differential
 *
 * A failure names its sequence, and shows the least of it that still fails.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { memcachedBuilds, startMemcached, type RealMemcached } from '@memkit/testing';
import { findDifference } from './differential/find-difference.js';
import { KNOWN_DIFFERENCES } from './differential/known-differences.js';
import type { Protocol } from './differential/operation.js';
import { Player } from './differential/player.js';
import { randomSequence } from './differential/sequence.js';
import { workspaceRoot } from './workspace-root.js';

const OPERATIONS = Number(process.env['DIFFERENTIAL_OPERATIONS'] ?? 100_000);
const FIRST_SEED = Number(process.env['DIFFERENTIAL_SEED'] ?? 1);
const PROTOCOLS: readonly Protocol[] = ['text', 'meta', 'binary'];
/** For a hundred times as many operations as the default. */
const TIMEOUT_MS = 1_000_000;

const VERSIONS: readonly MemcachedVersion[] = ['1.6.18', '1.6.45'];
const builds = memcachedBuilds().flatMap(({ name, program, version }) =>
  VERSIONS.filter((known) => known === version).map((known) => ({ name, program, version: known })),
);

it('there is a build to compare with', () => {
  expect(builds).not.toEqual([]);
});

describe.each(builds)('the server beside the $name', ({ program, version }) => {
  let memcached: RealMemcached;
  let player: Player;

  beforeAll(async () => {
    memcached = await startMemcached({ binary: program, args: ['-m', '1024', '-t', '1'] });
    player = await Player.start(memcached.port, version);
  });
  afterAll(async () => {
    await player.close();
    await memcached.stop();
  });

  it.each(PROTOCOLS)(
    'gives the same replies to random %s requests',
    async (protocol) => {
      let operations = 0;
      for (let seed = FIRST_SEED; operations < OPERATIONS / PROTOCOLS.length; seed += 1) {
        const sequence = randomSequence(protocol, version, seed);
        operations += sequence.length;
        const difference = await findDifference(player, sequence);
        if (difference !== undefined) throw new Error(`Sequence ${String(seed)} of ${protocol}: ${difference}`);
      }
      expect(operations).toBeGreaterThanOrEqual(OPERATIONS / PROTOCOLS.length);
    },
    TIMEOUT_MS,
  );

  it.each(KNOWN_DIFFERENCES.filter(({ builds: affected }) => affected.includes(version)))(
    'differs as it says: $what',
    async ({ example }) => {
      const { theirs, ours } = await player.playAsOne(example);
      expect(ours).not.toBe(theirs);
    },
  );
});

describe('the list of differences', () => {
  const readme = readFileSync(join(workspaceRoot, 'packages/server/README.md'), 'utf8').replace(/\s+/g, ' ');

  it.each(KNOWN_DIFFERENCES)('is in the README: $what', ({ what, builds: affected }) => {
    expect(readme).toContain(`${what} (${affected.join(', ')})`);
  });
});
