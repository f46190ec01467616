import type { Point, Ring } from './outline.js';
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
  for (let y = EDGE; y <= MAP_HEIGHT - EDGE; y += STEP) {
    const row: boolean[] = [];
    for (let x = EDGE; x <= MAP_WIDTH - EDGE; x += STEP) {
      row.push(!(x > INSET.left && y < INSET.bottom) && isInside([x, y], pixelRings));
    }
    rows.push(row);
  }
  let best: LabelPlace | undefined;
  for (let row = CLEARANCE; row < rows.length - CLEARANCE; row += 1) {
    const around = rows.slice(row - CLEARANCE, row + CLEARANCE + 1);
    let start = 0;
    const columns = around[0]?.length ?? 0;
    for (let column = 0; column <= columns; column += 1) {
      if (column < columns && around.every((line) => line[column] === true)) continue;
      const room = (column - start - 1) * STEP;
      if (room > (best?.room ?? 0)) best = { x: EDGE + start * STEP + room / 2, y: EDGE + row * STEP, room };
      start = column + 1;
    }
  }
  return best;
}

/** Even-odd: a line from the point to the left crosses the shore an odd number of times. */
function isInside([x, y]: Point, rings: readonly Ring[]): boolean {
  let inside = false;
  for (const ring of rings) {
    let previous = ring.at(-1);
    for (const point of ring) {
      if (previous !== undefined && point[1] > y !== previous[1] > y) {
        const crossing = previous[0] + ((y - previous[1]) / (point[1] - previous[1])) * (point[0] - previous[0]);
        if (crossing < x) inside = !inside;
      }
      previous = point;
    }
  }
  return inside;
}
