import { readdir } from 'node:fs/promises';
import { COUNTRY_FILES, readOutline, type Point, type Ring } from './outline.js';

/** A globe as SVG paths, seen from far above `middle`; the circle has the radius `GLOBE_RADIUS` around 0,0. */
export interface Globe {
  readonly land: string;
  readonly grid: string;
}

export const GLOBE_RADIUS = 100;

/** Of the land one sees at this size. */
const THINNED_DEGREES = 0.6;
const GRID_DEGREES = 20;

/** Read once per process: nine megabytes of outlines, thinned to what a small globe can show. */
let allLand: Promise<readonly Ring[]> | undefined;

/** @param detail the shortest line that is drawn, for a radius of 100 */
export async function drawGlobe(middle: Point, detail: number): Promise<Globe> {
  allLand ??= readAllLand();
  const project = orthographic(middle);
  const land = (await allLand).map((ring) => landPath(ring, project, detail)).join('');
  return { land, grid: gridPath(project) };
}

async function readAllLand(): Promise<readonly Ring[]> {
  const names = (await readdir(COUNTRY_FILES)).filter((name) => name.endsWith('.geo.json'));
  const rings: Ring[] = [];
  // One after the other: parsing all at once would keep the process from answering meanwhile.
  for (const name of names) {
    const outline = await readOutline(name.slice(0, 3));
    rings.push(...outline.map(thin).filter((ring) => ring.length > 3));
  }
  return rings;
}

function thin(ring: Ring): Ring {
  const kept: Point[] = [];
  for (const point of ring) {
    const last = kept.at(-1);
    if (last === undefined || Math.hypot(point[0] - last[0], point[1] - last[1]) >= THINNED_DEGREES) kept.push(point);
  }
  return kept;
}

interface Seen {
  readonly x: number;
  readonly y: number;
  /** On this side of the globe. */
  readonly isInFront: boolean;
}

type Project = (point: Point) => Seen;

function orthographic([longitude0, latitude0]: Point): Project {
  const radians = Math.PI / 180;
  const [sin0, cos0] = [Math.sin(latitude0 * radians), Math.cos(latitude0 * radians)];
  return ([longitude, latitude]) => {
    const [sin, cos] = [Math.sin(latitude * radians), Math.cos(latitude * radians)];
    const turn = (longitude - longitude0) * radians;
    const x = cos * Math.sin(turn);
    const y = cos0 * sin - sin0 * cos * Math.cos(turn);
    const isInFront = sin0 * sin + cos0 * cos * Math.cos(turn) >= 0;
    // What lies behind is drawn on the rim, so that land cut by the horizon keeps its shape.
    const scale = GLOBE_RADIUS / (isInFront ? 1 : Math.max(1e-9, Math.hypot(x, y)));
    return { x: x * scale, y: -y * scale, isInFront };
  };
}

function landPath(ring: Ring, project: Project, detail: number): string {
  const seen = ring.map(project);
  if (!seen.some(({ isInFront }) => isInFront)) return '';
  const kept: Seen[] = [];
  for (const point of seen) {
    const last = kept.at(-1);
    if (last === undefined || Math.hypot(point.x - last.x, point.y - last.y) >= detail) kept.push(point);
  }
  return kept.length < 3 ? '' : `M${kept.map(show).join('L')}z`;
}

function gridPath(project: Project): string {
  const lines: Ring[] = [];
  for (let longitude = -180; longitude < 180; longitude += GRID_DEGREES) {
    lines.push(range(-80, 80).map((latitude) => [longitude, latitude]));
  }
  for (let latitude = -60; latitude <= 60; latitude += GRID_DEGREES) {
    lines.push(range(-180, 180).map((longitude) => [longitude, latitude]));
  }
  return lines.map((line) => visiblePart(line.map(project))).join('');
}

function visiblePart(line: readonly Seen[]): string {
  return line
    .map((point, index) => {
      if (!point.isInFront) return '';
      return `${line[index - 1]?.isInFront === true ? 'L' : 'M'}${show(point)}`;
    })
    .join('');
}

function range(from: number, to: number): number[] {
  return Array.from({ length: (to - from) / 4 + 1 }, (_, index) => from + index * 4);
}

function show({ x, y }: Seen): string {
  return `${x.toFixed(1)},${y.toFixed(1)}`;
}
