/**
 * Values that are too large for one item: their pieces under keys of their own, and a manifest under the key itself.
 *
 *   store    pieces (all at once) -> manifest, with the caller's condition -> on refusal the pieces are deleted again
 *   read     manifest -> one getMany of the pieces -> length and checksum -> the whole value, or a miss
 *
 * A reader sees the old value or the new one: the manifest changes hands in one step, and pieces are never rewritten.
 * The pieces of a value that was overwritten stay until their time to live ends or memcached needs the memory.
 */
import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { MemcacheError, isMemcacheError, showNumber } from '@memkit/protocol';
import type { FoundItems, OutgoingItem, StoreMode, WireItem } from '../drivers/protocol-driver.js';
import { requestFacts } from '../drivers/request-facts.js';
import { publishWarning } from '../telemetry/channels.js';
import { corruptValue } from '../values/corrupt-value.js';
import type { EncodedValue } from '../values/encoded-value.js';
import { valueFlags } from '../values/value-flags.js';
import type { ChunkOperations } from './chunk-operations.js';
import {
  MOST_CHUNKED_BYTES,
  chunkKeys,
  chunkSize,
  readManifest,
  writeManifest,
  type ChunkManifest,
} from './chunk-manifest.js';
import type { Deadline } from '../cluster/deadline.js';
import { isServerAnswer } from './retry-policy.js';

/** Whether the item is a manifest instead of a value. */
export function isChunked(item: Pick<WireItem, 'flags'>): boolean {
  return item.flags === valueFlags.chunked;
}

export interface ChunkedStore {
  readonly mode: Extract<StoreMode, 'set' | 'add' | 'replace'>;
  readonly key: string;
  readonly value: EncodedValue;
  readonly exptime: number;
  readonly cas: bigint;
  /** See `chunkBytesFor`. */
  readonly chunkBytes: number;
}

/** What many manifests stand for: no key is in both, and a key in neither is a miss. */
interface WholeItems {
  readonly items: ReadonlyMap<string, WireItem>;
  readonly failures: ReadonlyMap<string, MemcacheError>;
}

export class ChunkedValues {
  readonly #operations: ChunkOperations;
  readonly #keyPrefix: string;
  readonly #randomBytes: (size: number) => Buffer;

  constructor(operations: ChunkOperations, keyPrefix: string, random: (size: number) => Buffer = randomBytes) {
    this.#operations = operations;
    this.#keyPrefix = keyPrefix;
    this.#randomBytes = random;
  }

  /**
   * Whether the value was stored, decided by the manifest: `add`, `replace` and `cas` mean what they mean for one item.
   * @throws `MEMCACHE_ITEM_TOO_LARGE` beyond 128 MiB, and what the operations reject with
   */
  async store({ mode, key, value, exptime, cas, chunkBytes }: ChunkedStore, deadline: Deadline): Promise<boolean> {
    const data = typeof value.data === 'string' ? Buffer.from(value.data) : value.data;
    if (data.length > MOST_CHUNKED_BYTES) throw beyondChunking(mode, key, data.length);
    const manifest: ChunkManifest = {
      id: this.#randomBytes(16).toString('base64url'),
      chunkBytes,
      totalBytes: data.length,
      checksum: crc32(data),
      flags: value.flags,
    };
    const keys = chunkKeys(manifest, this.#keyPrefix);
    const pieces = keys.map((pieceKey, place) => {
      const start = place * chunkBytes;
      const piece = item(data.subarray(start, start + chunkBytes), valueFlags.bytes, exptime, 0n);
      return this.#operations.store('set', pieceKey, piece, deadline);
    });
    const failed = (await Promise.allSettled(pieces)).find(({ status }) => status === 'rejected');
    if (failed?.status === 'rejected') {
      this.#deleteLater(keys);
      throw failed.reason;
    }
    const line = Buffer.from(writeManifest(manifest));
    let stored: boolean;
    try {
      stored = await this.#operations.store(mode, key, item(line, valueFlags.chunked, exptime, cas), deadline);
    } catch (error) {
      // After a lost connection the manifest may be there, and then the pieces are needed.
      if (isServerAnswer(error)) this.#deleteLater(keys);
      throw error;
    }
    if (!stored) this.#deleteLater(keys);
    return stored;
  }

  /**
   * The item as if it had never been split, with the CAS token of its manifest; `undefined` when pieces are gone.
   * @throws `MEMCACHE_VALUE_CORRUPT` when the manifest is none, and what `getMany` failed with
   */
  async read(key: string, manifest: WireItem, deadline: Deadline): Promise<WireItem | undefined> {
    const { items, failures } = await this.readMany(new Map([[key, manifest]]), deadline);
    const failure = failures.get(key);
    if (failure !== undefined) throw failure;
    return items.get(key);
  }

  /** As `read`, for many keys: the pieces of all of them in one getMany. Never rejects. */
  async readMany(manifests: ReadonlyMap<string, WireItem>, deadline: Deadline): Promise<WholeItems> {
    const items = new Map<string, WireItem>();
    const failures = new Map<string, MemcacheError>();
    const wanted: { key: string; cas: bigint; manifest: ChunkManifest; pieceKeys: string[] }[] = [];
    for (const [key, { data, cas }] of manifests) {
      const manifest = tryReadManifest(data, key);
      if (manifest instanceof MemcacheError) failures.set(key, manifest);
      else wanted.push({ key, cas, manifest, pieceKeys: chunkKeys(manifest, this.#keyPrefix) });
    }
    const pieceKeys = wanted.flatMap((one) => one.pieceKeys);
    if (pieceKeys.length === 0) return { items, failures };
    const read = await this.#operations.getMany(pieceKeys, deadline);
    let at = 0;
    for (const one of wanted) {
      const pieces = read.items.slice(at, (at += one.pieceKeys.length));
      const failure = firstOf(one.pieceKeys, read.failures);
      if (failure !== undefined) {
        failures.set(one.key, failure);
        continue;
      }
      const data = assemble(one.manifest, pieces);
      if (data !== undefined) items.set(one.key, { data, flags: one.manifest.flags, cas: one.cas });
      else reportMiss(one.key);
    }
    return { items, failures };
  }

  /**
   * Gives the pieces of a value the expiry that its manifest got. `false` when some are gone, and so is the value.
   * @param manifest what `getAndTouch` on the key answered
   */
  async touch(key: string, manifest: WireItem, exptime: number, deadline: Deadline): Promise<boolean> {
    const keys = chunkKeys(readManifest(manifest.data, key), this.#keyPrefix);
    const touched = await Promise.all(keys.map((pieceKey) => this.#operations.touch(pieceKey, exptime, deadline)));
    return touched.every(Boolean);
  }

  /**
   * Whether the key was there. What it held is asked for in the same round trip; if that was a manifest, its pieces are
   * deleted in the background.
   */
  async delete(key: string, deadline: Deadline): Promise<boolean> {
    // Each of the two would wait for its own turn, and the delete might get it first.
    const turn = this.#operations.turnOver('delete', key, deadline);
    if (turn !== undefined) await turn;
    const reading = this.#operations.getMany([key], deadline);
    const deleting = this.#operations.delete(key, deadline);
    const [wasThere, { items }] = await Promise.all([deleting, reading]);
    const [item] = items;
    const manifest = item !== undefined && isChunked(item) ? tryReadManifest(item.data, key) : undefined;
    if (manifest !== undefined && !(manifest instanceof MemcacheError)) {
      this.#deleteLater(chunkKeys(manifest, this.#keyPrefix));
    }
    return wasThere;
  }

  /** Nobody waits: a piece that stays is never read again, and expires. */
  #deleteLater(keys: readonly string[]): void {
    const deadline = this.#operations.backgroundDeadline();
    for (const key of keys) {
      this.#operations.delete(key, deadline).catch((error: unknown) => {
        const server = (isMemcacheError(error) ? error.server : undefined) ?? '';
        publishWarning({ event: 'chunks-left', server, command: 'delete', error });
      });
    }
  }
}

function item(data: Buffer, flags: number, exptime: number, cas: bigint): OutgoingItem {
  return { data, dataBytes: data.length, flags, exptime, cas };
}

function tryReadManifest(data: Buffer, key: string): ChunkManifest | MemcacheError {
  try {
    return readManifest(data, key);
  } catch (error) {
    if (error instanceof MemcacheError) return error;
    throw error;
  }
}

function firstOf<Found>(keys: readonly string[], found: ReadonlyMap<string, Found>): Found | undefined {
  if (found.size === 0) return undefined;
  const key = keys.find((one) => found.has(one));
  return key === undefined ? undefined : found.get(key);
}

/** The whole value, or `undefined` unless every piece is there with its length and the checksum is right. */
function assemble(manifest: ChunkManifest, items: FoundItems): Buffer | undefined {
  const pieces: Buffer[] = [];
  for (const [place, piece] of items.entries()) {
    if (piece?.data.length !== chunkSize(manifest, place)) return undefined;
    pieces.push(piece.data);
  }
  const data = Buffer.concat(pieces, manifest.totalBytes);
  return crc32(data) === manifest.checksum ? data : undefined;
}

function reportMiss(key: string): void {
  const error = corruptValue(key, 'it is stored in several items, and some of them are gone');
  publishWarning({ event: 'chunks-missing', server: '', command: 'get', error });
}

function beyondChunking(mode: StoreMode, key: string, bytes: number): MemcacheError {
  return new MemcacheError('ITEM_TOO_LARGE', {
    ...requestFacts(mode, key, ''),
    server: undefined,
    detail: `the value has ${showNumber(bytes)} bytes and at most ${showNumber(MOST_CHUNKED_BYTES)} are split into items`,
    hint: 'Store less, or split the value over several keys.',
  });
}
