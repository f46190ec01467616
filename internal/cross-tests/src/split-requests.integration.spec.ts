/**
 * However the bytes of a connection are cut into chunks, the replies are the same: the sequences of the differential
 * test, whole, byte by byte and cut at random.
 *
 *   SPLIT_SEQUENCES   how many of each protocol and version; default 15
 *   SPLIT_SEED        number of the first one; default 1
 */
import process from 'node:process';
import { describe, expect, it } from '@jest/globals';
import type { MemcachedVersion } from '@memkit/protocol/internal';
import { createServer } from '@memkit/server';
import { SeededRandom } from '@memkit/testing';
import type { Operation, Protocol } from './differential/operation.js';
import { showReplies } from './differential/player.js';
import { randomSequence } from './differential/sequence.js';
import { shrink } from './differential/shrink.js';

const SEQUENCES = Number(process.env['SPLIT_SEQUENCES'] ?? 15);
const FIRST_SEED = Number(process.env['SPLIT_SEED'] ?? 1);
const PROTOCOLS: readonly Protocol[] = ['text', 'meta', 'binary'];
const VERSIONS: readonly MemcachedVersion[] = ['1.6.18', '1.6.45'];
const NOW = 1_700_000_000;
/** Longest pieces of the random cuts, in bytes: within requests, about a request, many requests. */
const PIECES = [3, 40, 1000];
const TIMEOUT_MS = 600_000;

/** The replies of an empty server to bytes that are cut at these places. */
async function repliesTo(version: MemcachedVersion, bytes: Buffer, cuts: readonly number[]): Promise<string> {
  const server = createServer({ version, clock: { now: () => NOW } });
  const client = server.connect();
  const chunks: Buffer[] = [];
  client.on('data', (chunk: Buffer) => chunks.push(chunk));
  const closed = new Promise((resolve) => client.once('close', resolve));
  for (const [index, at] of [0, ...cuts].entries()) client.write(bytes.subarray(at, cuts[index]));
  client.end();
  await closed;
  await server.close();
  return Buffer.concat(chunks).toString('latin1');
}

function cutAtRandom(random: SeededRandom, length: number, longestPiece: number): number[] {
  const cuts: number[] = [];
  for (let at = 1 + random.below(longestPiece); at < length; at += 1 + random.below(longestPiece)) cuts.push(at);
  return cuts;
}

/** What to read about it; `undefined` when the replies are the same. */
async function findDifference(
  version: MemcachedVersion,
  sequence: readonly Operation[],
  cuts: readonly number[],
): Promise<string | undefined> {
  const bytes = Buffer.concat(sequence.map((operation) => operation.bytes(0n)));
  const whole = await repliesTo(version, bytes, []);
  const differs = async (some: readonly number[]): Promise<boolean> =>
    (await repliesTo(version, bytes, some)) !== whole;
  if (!(await differs(cuts))) return undefined;
  const least = await shrink(cuts, differs);
  const [expected, got] = [showReplies(whole), showReplies(await repliesTo(version, bytes, least))];
  const at = expected.findIndex((reply, index) => reply !== got[index]);
  const around = least.map((cut) => JSON.stringify(bytes.toString('latin1', Math.max(0, cut - 100), cut + 100)));
  return [
    `cut at ${least.join(', ')}, amid ${around.join(', ')},`,
    `reply ${String(at)} is ${String(got[at])} and not ${String(expected[at])}`,
  ].join(' ');
}

describe.each(VERSIONS)('the server as %s', (version) => {
  it.each(PROTOCOLS)(
    'gives the same replies to %s however it is cut',
    async (protocol) => {
      for (let seed = FIRST_SEED; seed < FIRST_SEED + SEQUENCES; seed += 1) {
        const random = new SeededRandom(seed);
        const sequence = randomSequence(protocol, version, seed);
        const length = sequence.reduce((sum, operation) => sum + operation.bytes(0n).length, 0);
        const everywhere = Array.from({ length: length - 1 }, (_, index) => index + 1);
        for (const cuts of [everywhere, ...PIECES.map((longest) => cutAtRandom(random, length, longest))]) {
          const difference = await findDifference(version, sequence, cuts);
          if (difference !== undefined) throw new Error(`Sequence ${String(seed)} of ${protocol}: ${difference}`);
        }
      }
    },
    TIMEOUT_MS,
  );

  it('gives replies at all', async () => {
    expect(await repliesTo(version, Buffer.from('version\r\nmn\r\n'), [3])).toBe(`VERSION ${version}\r\nMN\r\n`);
  });
});
