/**
 * Compression by Node's own zlib. Small values are packed and unpacked at once; large ones on zlib's thread, so that one
 * of them does not hold up every other request of the process.
 */
import {
  brotliCompressSync,
  brotliDecompress,
  brotliDecompressSync,
  constants,
  crc32,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateSync,
  gzipSync,
  inflate,
  inflateRaw,
  inflateRawSync,
  inflateSync,
} from 'node:zlib';
import type { Transform } from 'node:stream';
import { MemcacheError } from '@memkit/protocol';
import type { CompressionAlgorithm } from '../options/memcache-options.js';
import { corruptValue } from './corrupt-value.js';

/** How a format compresses. */
export interface Packing {
  readonly algorithm: CompressionAlgorithm;
  /** Set in the flags of a compressed value, beside those of its type. */
  readonly flags: number;
  /** php-memcached puts the uncompressed size, 4 bytes little-endian, in front of the stream. */
  readonly hasLengthHeader: boolean;
}

/**
 * From here a value is packed off the event loop. Measured with JSON records on Node.js 20: 64 KiB take 0.6 ms, 256 KiB
 * 3 ms and 1 MiB 13 ms to deflate, and the way to zlib's thread and back costs about 0.1 ms.
 */
export const ASYNC_PACK_BYTES = 65_536;
/** Packed values from here are unpacked off the event loop. */
const ASYNC_UNPACK_BYTES = 65_536;
/** What unpacking at once may give: 0.6 ms. A smaller stream that holds more continues on zlib's thread. */
const MOST_UNPACKED_AT_ONCE = 524_288;
/**
 * No value is unpacked beyond this, and none beyond it is packed: 1 MiB of deflate can hold 1 GiB of zeros, and whoever
 * can write to the cache must not be able to take this process's memory.
 */
export const MOST_PLAIN_BYTES = 134_217_728;
// Node's default is 11, for files that are packed once: 30 times slower than deflate. At 4, brotli is as fast as deflate
// and 7 % smaller (measured on JSON records of 64 KiB to 1 MiB).
const BROTLI_QUALITY = 4;
// Java's and Node's gzip both write the shortest header: no name, no comment, no extra field.
const GZIP_HEADER = { bytes: 10, start: Buffer.from([0x1f, 0x8b, 8, 0]) };
const GZIP_TRAILER_BYTES = 8;
const LENGTH_HEADER_BYTES = 4;

export interface Unpacked {
  readonly plain: Buffer;
  /** What follows the stream; something was appended on the server. */
  readonly rest: Buffer;
}

type DoneWithInfo = (error: Error | null, result: unknown) => void;

interface Zlib {
  createPacker(data: Buffer): Transform;
  packSync(data: Buffer): Buffer;
  unpack(data: Buffer, options: UnpackOptions, done: DoneWithInfo): void;
  unpackSync(data: Buffer, options: UnpackOptions): unknown;
}

interface UnpackOptions {
  readonly info: true;
  readonly maxOutputLength: number;
}

const brotliOptions = (data: Buffer) => ({
  params: { [constants.BROTLI_PARAM_QUALITY]: BROTLI_QUALITY, [constants.BROTLI_PARAM_SIZE_HINT]: data.length },
});

const zlibs: Readonly<Record<CompressionAlgorithm, Zlib>> = {
  deflate: {
    createPacker: () => createDeflate(),
    packSync: (data) => deflateSync(data),
    unpack: inflate,
    unpackSync: inflateSync,
  },
  // Not gunzip: it takes appended bytes that look like gzip for a second part of the stream.
  gzip: {
    createPacker: () => createGzip(),
    packSync: (data) => gzipSync(data),
    unpack: inflateRaw,
    unpackSync: inflateRawSync,
  },
  brotli: {
    createPacker: (data) => createBrotliCompress(brotliOptions(data)),
    packSync: (data) => brotliCompressSync(data, brotliOptions(data)),
    unpack: brotliDecompress,
    unpackSync: brotliDecompressSync,
  },
};

/** What is packed off the event loop just now. Destroying one ends its work, and its value fails. */
export type Packers = Set<Transform>;

export function pack(
  { algorithm, hasLengthHeader }: Packing,
  plain: Buffer,
  packers: Packers,
): Buffer | Promise<Buffer> {
  const finish = (packed: Buffer) => (hasLengthHeader ? Buffer.concat([lengthHeader(plain.length), packed]) : packed);
  if (plain.length < ASYNC_PACK_BYTES) return finish(zlibs[algorithm].packSync(plain));
  return packLater(zlibs[algorithm].createPacker(plain), plain, packers).then(finish);
}

/** As zlib's own functions for whole buffers do it, which cannot be stopped. */
function packLater(packer: Transform, plain: Buffer, packers: Packers): Promise<Buffer> {
  packers.add(packer);
  return new Promise((resolve, reject) => {
    const pieces: Buffer[] = [];
    packer.on('data', (piece: Buffer) => pieces.push(piece));
    packer.once('end', () => {
      resolve(Buffer.concat(pieces));
    });
    packer.once('error', reject);
    packer.once('close', () => {
      packers.delete(packer);
      reject(new MemcacheError('CLIENT_CLOSED', { action: 'Cannot compress a value' }));
    });
    packer.end(plain);
  });
}

/**
 * At once for a small value, else a Promise.
 * @throws `MEMCACHE_VALUE_CORRUPT`, or the Promise rejects with it
 */
export function unpack(packing: Packing, data: Buffer, key: string): Unpacked | Promise<Unpacked> {
  const stream = streamOf(packing, data, key);
  if (stream.length >= ASYNC_UNPACK_BYTES) return unpackLater(packing, data, stream, key);
  let result: unknown;
  try {
    result = zlibs[packing.algorithm].unpackSync(stream, { info: true, maxOutputLength: MOST_UNPACKED_AT_ONCE });
  } catch (error) {
    if (isTooLong(error)) return unpackLater(packing, data, stream, key);
    throw damaged(data, key, BROKEN);
  }
  return check(packing, data, stream, result, key);
}

async function unpackLater(packing: Packing, data: Buffer, stream: Buffer, key: string): Promise<Unpacked> {
  const result = await new Promise<unknown>((resolve, reject) => {
    zlibs[packing.algorithm].unpack(stream, { info: true, maxOutputLength: MOST_PLAIN_BYTES }, (error, unpacked) => {
      if (error === null) resolve(unpacked);
      else reject(damaged(data, key, isTooLong(error) ? TOO_LONG : BROKEN));
    });
  });
  return check(packing, data, stream, result, key);
}

function streamOf({ algorithm, hasLengthHeader }: Packing, data: Buffer, key: string): Buffer {
  if (hasLengthHeader) {
    if (data.length < LENGTH_HEADER_BYTES) throw damaged(data, key, BROKEN);
    return data.subarray(LENGTH_HEADER_BYTES);
  }
  if (algorithm !== 'gzip') return data;
  const { bytes, start } = GZIP_HEADER;
  if (data.length < bytes || !data.subarray(0, start.length).equals(start)) throw damaged(data, key, BROKEN);
  return data.subarray(bytes);
}

function check(
  { algorithm, hasLengthHeader }: Packing,
  data: Buffer,
  stream: Buffer,
  result: unknown,
  key: string,
): Unpacked {
  // Node gives this shape for `info`, which its type declarations leave out.
  const { buffer: plain, engine } = result as { buffer: Buffer; engine: { bytesWritten: number } };
  const rest = stream.subarray(engine.bytesWritten);
  if (hasLengthHeader && data.readUInt32LE(0) !== plain.length) throw damaged(data, key, BROKEN);
  if (algorithm !== 'gzip') return { plain, rest };
  if (
    rest.length < GZIP_TRAILER_BYTES ||
    rest.readUInt32LE(0) !== crc32(plain) ||
    rest.readUInt32LE(4) !== plain.length
  ) {
    throw damaged(data, key, BROKEN);
  }
  return { plain, rest: rest.subarray(GZIP_TRAILER_BYTES) };
}

function lengthHeader(bytes: number): Buffer {
  const header = Buffer.alloc(LENGTH_HEADER_BYTES);
  header.writeUInt32LE(bytes);
  return header;
}

function isTooLong(error: unknown): boolean {
  return error instanceof RangeError && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
}

const BROKEN = 'they are damaged, or something was prepended to them on the server';
const TOO_LONG = `they hold more than ${String(MOST_PLAIN_BYTES / 1_048_576)} MiB, which is never unpacked`;

function damaged(data: Buffer, key: string, problem: string): MemcacheError {
  return corruptValue(key, `its flags say ${String(data.length)} compressed bytes and ${problem}`);
}
