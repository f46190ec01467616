/**
 * {faults} x {get, getMany over 3 servers, set, increment, delete} x {meta, text, binary}. Every cell settles within its
 * deadline and a margin, with the right error, and the client works again by itself once the fault is over. The cells
 * run side by side, because most of their time is waiting; a rejection nobody handled fails the run.
 */
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { interceptNames } from './fault-matrix/broken-names.js';
import { EventLoopLag } from './fault-matrix/event-loop-lag.js';
import { FAULTS, PROTOCOLS } from './fault-matrix/fault-table.js';
import { COMMANDS } from './fault-matrix/matrix-command.js';
import { runCell, type Cell } from './fault-matrix/run-cell.js';
import { startWaysIn, stopWaysIn } from './fault-matrix/way-in.js';

const AT_ONCE = 24;

jest.setTimeout(60_000);

const cells: readonly Cell[] = FAULTS.flatMap((fault, index) =>
  PROTOCOLS.flatMap((protocol) =>
    COMMANDS.map((command) => ({ fault, protocol, command, prefix: `${String(index)}:${protocol}:${command}` })),
  ),
);

let ways: Awaited<ReturnType<typeof startWaysIn>>;
let restoreNames: () => void;
const lag = new EventLoopLag();
const running = new Map<Cell, Promise<void>>();

beforeAll(async () => {
  restoreNames = interceptNames();
  ways = await startWaysIn();
  const lanes: Promise<unknown>[] = Array.from({ length: AT_ONCE }, () => Promise.resolve());
  for (const [index, cell] of cells.entries()) {
    const lane = index % AT_ONCE;
    const run = lanes[lane]!.then(() => runCell(cell, ways[cell.fault.wayIn(cell.protocol)], lag));
    lanes[lane] = run.catch(() => undefined);
    running.set(cell, run);
  }
});

afterAll(async () => {
  await Promise.allSettled(running.values());
  await stopWaysIn(ways);
  lag.stop();
  restoreNames();
});

describe.each(FAULTS)('$title', (fault) => {
  it.each(cells.filter((cell) => cell.fault === fault))(
    '$command over $protocol › settles in time, fails as it should, and recovers',
    async (cell) => {
      await expect(running.get(cell)).resolves.toBeUndefined();
    },
  );
});
