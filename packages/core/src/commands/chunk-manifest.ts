/**
 * What is stored under the key itself when a value is split: one line of text, so that a person, or a client in another
 * language, sees what it is.
 *
 *   feed:42                          memkit-chunks 1 <id> <count> <chunk bytes> <bytes> <crc32> <flags> end
 *   memkit:chunk:<id>:0              first piece
 *   memkit:chunk:<id>:<count - 1>    last piece
 *
 * Every write has an id of its own, so pieces of two writers never mix, and a manifest that is read names exactly the
 * pieces that were stored before it.
 */
import { createHash } from 'node:crypto';
import { MAX_KEY_BYTES, itemOverhead, keyBytes } from '@memkit/protocol/internal';
import { corruptValue } from '../values/corrupt-value.js';
import type { ItemLimits } from '../values/item-limits.js';
import { MOST_PLAIN_BYTES } from '../values/packing.js';

export interface ChunkManifest {
  /** 128 random bits as base64url. */
  readonly id: string;
  /** Size of every piece but the last. */
  readonly chunkBytes: number;
  /** Size of the value as stored: compressed, if it is. */
  readonly totalBytes: number;
  /** CRC-32 of the whole. */
  readonly checksum: number;
  /** The flags that the value would have as one item. */
  readonly flags: number;
}

/** A chunked value has at most this size as stored; a manifest that says more was not written by us. */
export const MOST_CHUNKED_BYTES = MOST_PLAIN_BYTES;
const LINE = /^memkit-chunks 1 ([\w-]{22}) (\d{1,6}) (\d{1,9}) (\d{1,9}) ([0-9a-f]{8}) (\d{1,10}) end$/;
const LONGEST_LINE = 100;

export function writeManifest(manifest: ChunkManifest): string {
  const { id, chunkBytes, totalBytes, checksum, flags } = manifest;
  const hex = checksum.toString(16).padStart(8, '0');
  return `memkit-chunks 1 ${id} ${String(chunkCount(manifest))} ${String(chunkBytes)} ${String(totalBytes)} ${hex} ${String(flags)} end`;
}

/** @throws `MEMCACHE_VALUE_CORRUPT` */
export function readManifest(data: Buffer, key: string): ChunkManifest {
  const [, id, count, chunkBytes, totalBytes, checksum, flags] =
    (data.length <= LONGEST_LINE ? LINE.exec(data.toString('latin1')) : null) ?? [];
  const manifest = {
    id: id ?? '',
    chunkBytes: Number(chunkBytes),
    totalBytes: Number(totalBytes),
    checksum: Number.parseInt(checksum ?? '', 16),
    flags: Number(flags),
  };
  if (
    manifest.chunkBytes > 0 &&
    manifest.totalBytes > 0 &&
    manifest.totalBytes <= MOST_CHUNKED_BYTES &&
    chunkCount(manifest) === Number(count)
  ) {
    return manifest;
  }
  throw corruptValue(
    key,
    'its flags say that it is stored in several items, and the list of them is damaged',
    'Do not append or prepend to values that are stored in several items; delete the key.',
  );
}

export function chunkCount({ chunkBytes, totalBytes }: Pick<ChunkManifest, 'chunkBytes' | 'totalBytes'>): number {
  return Math.ceil(totalBytes / chunkBytes);
}

/** Size of one piece, in bytes, given its place. */
export function chunkSize({ chunkBytes, totalBytes }: ChunkManifest, place: number): number {
  return Math.min(chunkBytes, totalBytes - place * chunkBytes);
}

/** Where the pieces are. @param keyPrefix the client's, so that they stay inside what it may write */
export function chunkKeys(manifest: ChunkManifest, keyPrefix: string): string[] {
  const count = chunkCount(manifest);
  const stem = `memkit:chunk:${manifest.id}:`;
  // Six digits of the place are the most that a manifest allows.
  const fits = keyBytes(keyPrefix) + stem.length + 6 <= MAX_KEY_BYTES;
  const prefix = fits ? keyPrefix : `${createHash('sha256').update(keyPrefix).digest('base64url')}:`;
  return Array.from({ length: count }, (_, place) => `${prefix}${stem}${String(place)}`);
}

/**
 * Size of the pieces for a server, in bytes. Half its limit: memcached keeps items up to that size in one piece itself
 * (slab_chunk_max), and another server of the cluster may store a little less.
 */
export function chunkBytesFor({ itemSizeMax }: ItemLimits): number {
  return Math.floor(itemSizeMax / 2) - MAX_KEY_BYTES - itemOverhead(1);
}
