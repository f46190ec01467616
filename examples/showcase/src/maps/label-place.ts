import type { Ring } from './outline.js';
import { MAP_HEIGHT, MAP_WIDTH } from './projection.js';

/** Where a name fits into a country's land. */
export interface LabelPlace {
  readonly x: number;
  readonly y: number;
  /** Pixels from side to side. */
  readonly room: number;
}

const STEP = 10;
const EDGE = 14;
/** The corner in which the small globe lies. */
const INSET = { left: 490, bottom: 135 };
/** A line of text needs this many steps of land above and below its middle. */
const CLEARANCE = 1;

/** The middle of the widest stretch of land that can be seen; `undefined` when there is none. */
export function findLabelPlace(pixelRings: readonly Ring[]): LabelPlace | undefined {
  const rows: boolean[][] = [];
  for (let y = EDGE; y <= MAP_HEIGHT - EDGE; y += STEP) rows.push(landAt(y, pixelRings));
  let best: LabelPlace | undefined;
  for (let row = CLEARANCE; row < rows.length - CLEARANCE; row += 1) {
    const around = rows.slice(row - CLEARANCE, row + CLEARANCE + 1);
    const columns = around[0]?.length ?? 0;
    let start = 0;
    for (let column = 0; column <= columns; column += 1) {
      if (column < columns && around.every((line) => line[column] === true)) continue;
      const room = (column - start - 1) * STEP;
      if (room > (best?.room ?? 0)) best = { x: EDGE + start * STEP + room / 2, y: EDGE + row * STEP, room };
      start = column + 1;
    }
  }
  return best;
}

/** One row of the map, step by step: whether there is land. Between an odd and an even crossing of the shore there is. */
function landAt(y: number, rings: readonly Ring[]): boolean[] {
  const crossings = rings.flatMap((ring) => shoreCrossings(y, ring)).sort((a, b) => a - b);
  const row: boolean[] = [];
  let passed = 0;
  for (let x = EDGE; x <= MAP_WIDTH - EDGE; x += STEP) {
    while ((crossings[passed] ?? Infinity) < x) passed += 1;
    row.push(passed % 2 === 1 && !(x > INSET.left && y < INSET.bottom));
  }
  return row;
}

function shoreCrossings(y: number, ring: Ring): number[] {
  const crossings: number[] = [];
  let previous = ring.at(-1);
  for (const point of ring) {
    if (previous !== undefined && point[1] > y !== previous[1] > y) {
      crossings.push(previous[0] + ((y - previous[1]) / (point[1] - previous[1])) * (point[0] - previous[0]));
    }
    previous = point;
  }
  return crossings;
}
