import { clipRing } from './clip.js';
import type { Point, Ring } from './outline.js';

export const MAP_WIDTH = 640;
export const MAP_HEIGHT = 480;

/** Room around the country, as a share of its own size. */
const MARGIN = 0.3;
const SMALLEST_SPAN_DEGREES = 0.6;
/** Land smaller than this share of the largest piece does not decide what the map shows. */
const SMALL_PIECE = 0.02;
/** Points closer together than this many pixels are one. */
const RESOLUTION = 0.9;
/** Pixels beyond the edge of the map, so that shores end outside of it. */
const BLEED = 4;

/** Degrees -> pixels, with the country in the middle: equirectangular, true at its own latitude. */
export interface Projection {
  readonly middle: Point;
  /** Degrees of latitude from the middle of the map to its upper edge. */
  readonly halfHeightDegrees: number;
  readonly halfWidthDegrees: number;
  toPixels(point: Point): Point;
}

/** A map section that shows the country's main land with its surroundings. */
export function projectionFor(rings: readonly Ring[], fallback: Point): Projection {
  const anchor = largest(rings)?.[0] ?? fallback;
  const pieces = rings.map((ring) => bounds(ring.map((point) => near(point, anchor[0]))));
  const biggest = Math.max(0, ...pieces.map(size));
  const box = join(pieces.filter((piece) => size(piece) >= biggest * SMALL_PIECE)) ?? around(anchor);
  const middle: Point = [(box.west + box.east) / 2, (box.south + box.north) / 2];
  const squeeze = Math.max(0.15, Math.cos((middle[1] * Math.PI) / 180));
  const width = Math.max(SMALLEST_SPAN_DEGREES, box.east - box.west) * squeeze * (1 + MARGIN);
  const height = Math.max(SMALLEST_SPAN_DEGREES, box.north - box.south) * (1 + MARGIN);
  const scale = Math.min(MAP_WIDTH / width, MAP_HEIGHT / height);
  return {
    middle,
    halfHeightDegrees: MAP_HEIGHT / 2 / scale,
    halfWidthDegrees: MAP_WIDTH / 2 / (scale * squeeze),
    toPixels: (point) => {
      const [longitude, latitude] = near(point, middle[0]);
      return [
        MAP_WIDTH / 2 + (longitude - middle[0]) * squeeze * scale,
        MAP_HEIGHT / 2 - (latitude - middle[1]) * scale,
      ];
    },
  };
}

/** The rings in pixels: only those that can be seen, and only points that can be told apart. */
export function toPixelRings(rings: readonly Ring[], projection: Projection): readonly Ring[] {
  return rings.map((ring) => visibleRing(ring, projection)).filter((ring) => ring.length > 0);
}

/** The `d` of an SVG path. */
export function toPath(pixelRings: readonly Ring[]): string {
  return pixelRings.map((ring) => `M${ring.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join('L')}z`).join('');
}

function visibleRing(ring: Ring, projection: Projection): Ring {
  if (!canBeSeen(ring, projection)) return [];
  const pixels = ring.map((point) => projection.toPixels(point));
  const kept: Point[] = [];
  for (const pixel of clipRing(pixels, MAP_WIDTH, MAP_HEIGHT, BLEED)) {
    const last = kept.at(-1);
    if (last === undefined || Math.hypot(pixel[0] - last[0], pixel[1] - last[1]) >= RESOLUTION) kept.push(pixel);
  }
  if (kept.length >= 3) return kept;
  // An islet: one pixel, so that it is not lost.
  const [first] = kept;
  if (first === undefined) return [];
  const [x, y] = first;
  return [
    [x, y],
    [x + 1, y],
    [x + 1, y + 1],
    [x, y + 1],
  ];
}

/** In degrees and without projecting: most of the land of most neighbours is somewhere else. */
function canBeSeen(ring: Ring, { middle, halfWidthDegrees, halfHeightDegrees }: Projection): boolean {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [longitude, latitude] of ring) {
    const turned = longitude - 360 * Math.round((longitude - middle[0]) / 360) - middle[0];
    west = Math.min(west, turned);
    east = Math.max(east, turned);
    south = Math.min(south, latitude - middle[1]);
    north = Math.max(north, latitude - middle[1]);
  }
  const isBeside = east < -halfWidthDegrees || west > halfWidthDegrees;
  const isAboveOrBelow = north < -halfHeightDegrees || south > halfHeightDegrees;
  // A ring this wide was torn apart on the far side of the globe.
  return !isBeside && !isAboveOrBelow && east - west < 180;
}

interface Box {
  readonly west: number;
  readonly east: number;
  readonly south: number;
  readonly north: number;
}

/** The same point, written so that it lies within half a turn of the longitude. */
function near([longitude, latitude]: Point, of: number): Point {
  return [longitude - 360 * Math.round((longitude - of) / 360), latitude];
}

function bounds(points: readonly Point[]): Box {
  let [west, east, south, north] = [Infinity, -Infinity, Infinity, -Infinity];
  for (const [x, y] of points) {
    west = Math.min(west, x);
    east = Math.max(east, x);
    south = Math.min(south, y);
    north = Math.max(north, y);
  }
  return { west, east, south, north };
}

function join(boxes: readonly Box[]): Box | undefined {
  if (boxes.length === 0) return undefined;
  return bounds(
    boxes.flatMap(({ west, east, south, north }): Point[] => [
      [west, south],
      [east, north],
    ]),
  );
}

function around([longitude, latitude]: Point): Box {
  return { west: longitude - 1, east: longitude + 1, south: latitude - 1, north: latitude + 1 };
}

function size({ west, east, south, north }: Box): number {
  return (east - west) * (north - south);
}

function largest(rings: readonly Ring[]): Ring | undefined {
  return rings.toSorted((a, b) => size(bounds(b)) - size(bounds(a)))[0];
}
