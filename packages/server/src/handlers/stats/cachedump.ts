import { readUint32 } from '@memkit/protocol/internal';
import type { StatsContext } from './stat.js';

const MOST_CLASSES = 64;
const MOST_BYTES = 2 * 1024 * 1024;

/** stats cachedump: keys of one slab class, the last used first, at most 2 MiB of them (items.c of 1.6.18). */
export function cachedumpLines({ store, facts }: StatsContext, words: readonly string[]): readonly string[] {
  if (facts.disabled.has('dumping')) return ['CLIENT_ERROR stats cachedump not allowed'];
  const [, classWord, limitWord] = words;
  if (classWord === undefined || limitWord === undefined) return ['CLIENT_ERROR bad command line'];
  const [slabClass, limit] = [readUint32(classWord), readUint32(limitWord)];
  if (slabClass === undefined || limit === undefined) return ['CLIENT_ERROR bad command line format'];
  if (slabClass >= MOST_CLASSES) return ['CLIENT_ERROR Illegal slab id'];
  const lines: string[] = [];
  let bytes = 0;
  for (const item of store.newestFirst(MOST_LOOKS)) {
    if (item.slabClass !== slabClass || item.isBinaryKey) continue;
    const end = Number.isFinite(item.expiresAt) ? item.expiresAt : 0;
    const line = `ITEM ${item.key} [${String(item.valueBytes)} b; ${String(end)} s]`;
    bytes += line.length + 2;
    if (bytes > MOST_BYTES) break;
    lines.push(line);
    if (lines.length === limit) break;
  }
  return [...lines, 'END'];
}

/** A dump of a class with few items must not walk over all others at once. */
const MOST_LOOKS = 100_000;
