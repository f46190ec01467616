import type { Point, Ring } from './outline.js';

interface Edge {
  isInside(point: Point): boolean;
  crossing(from: Point, to: Point): Point;
}

/** The part of a ring within a rectangle from 0,0 with some room around it (Sutherland and Hodgman). */
export function clipRing(ring: Ring, width: number, height: number, room: number): Ring {
  const edges = [
    vertical((x) => x >= -room, -room),
    vertical((x) => x <= width + room, width + room),
    horizontal((y) => y >= -room, -room),
    horizontal((y) => y <= height + room, height + room),
  ];
  return edges.reduce(clipAt, ring);
}

function clipAt(ring: Ring, edge: Edge): Ring {
  const kept: Point[] = [];
  let previous = ring.at(-1);
  for (const point of ring) {
    const isInside = edge.isInside(point);
    if (previous !== undefined && isInside !== edge.isInside(previous)) kept.push(edge.crossing(previous, point));
    if (isInside) kept.push(point);
    previous = point;
  }
  return kept;
}

function vertical(isInside: (x: number) => boolean, at: number): Edge {
  return {
    isInside: ([x]) => isInside(x),
    crossing: ([x1, y1], [x2, y2]) => [at, y1 + ((y2 - y1) * (at - x1)) / (x2 - x1)],
  };
}

function horizontal(isInside: (y: number) => boolean, at: number): Edge {
  return {
    isInside: ([, y]) => isInside(y),
    crossing: ([x1, y1], [x2, y2]) => [x1 + ((x2 - x1) * (at - y1)) / (y2 - y1), at],
  };
}
