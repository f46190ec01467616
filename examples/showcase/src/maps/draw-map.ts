import { findLabelPlace, type LabelPlace } from './label-place.js';
import { readOutline, type Point } from './outline.js';
import { projectionFor, toPath, toPixelRings, type Projection } from './projection.js';

/** Everything a template needs to draw the map; path data in pixels of MAP_WIDTH x MAP_HEIGHT. */
export interface CountryMap {
  readonly land: string;
  readonly neighbours: readonly {
    readonly code: string;
    readonly path: string;
    readonly label: LabelPlace | undefined;
  }[];
  /** Meridians and parallels. */
  readonly grid: string;
}

/** Reads the outlines (up to a megabyte each), projects and thins them. Tens of milliseconds: worth keeping. */
export async function drawMap(code: string, around: readonly string[], middle: Point): Promise<CountryMap> {
  const codes = [...new Set(around)];
  const [own = [], ...others] = await Promise.all([code, ...codes].map((each) => readOutline(each)));
  const projection = projectionFor(own, middle);
  const neighbours = others.flatMap((rings, index) => {
    const pixelRings = toPixelRings(rings, projection);
    const neighbour = codes[index];
    if (pixelRings.length === 0 || neighbour === undefined) return [];
    return { code: neighbour, path: toPath(pixelRings), label: findLabelPlace(pixelRings) };
  });
  return { land: toPath(toPixelRings(own, projection)), neighbours, grid: drawGrid(projection) };
}

function drawGrid(projection: Projection): string {
  const { middle, halfHeightDegrees, halfWidthDegrees } = projection;
  const step = [30, 20, 10, 5, 2, 1, 0.5, 0.2, 0.1].find((degrees) => halfHeightDegrees / degrees >= 1.6) ?? 0.05;
  const lines: string[] = [];
  const line = (from: Point, to: Point): void => {
    const [[x1, y1], [x2, y2]] = [projection.toPixels(from), projection.toPixels(to)];
    lines.push(`M${x1.toFixed(1)},${y1.toFixed(1)}L${x2.toFixed(1)},${y2.toFixed(1)}`);
  };
  const [west, east] = [middle[0] - halfWidthDegrees, middle[0] + halfWidthDegrees];
  const [south, north] = [middle[1] - halfHeightDegrees, middle[1] + halfHeightDegrees];
  // Wider than half the globe, the edges would be written as the other side.
  if (halfWidthDegrees < 180) {
    for (let y = Math.ceil(south / step) * step; y <= north; y += step) line([west, y], [east, y]);
  }
  for (let x = Math.ceil(west / step) * step; x <= east; x += step) line([x, south], [x, north]);
  return lines.join('');
}
