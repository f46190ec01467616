/** The format of the profile 'memkit': text and bytes as they are, whole numbers as digits, everything else serialized. */
import { MemcacheError } from '@memkit/protocol';
import type { CompressionAlgorithm } from '../options/memcache-options.js';
import { corruptValue, notWhatFlagsSay } from './corrupt-value.js';
import type { EncodedValue } from './encoded-value.js';
import { jsonSerializer, serialize } from './json-serializer.js';
import type { Packing } from './packing.js';
import { bytesOf, readCount } from './plain-values.js';
import type { Serializer } from './serializer.js';
import type { ValueFormat } from './value-format.js';
import { COMPRESSION_MASK, OWN_FLAGS_MASK, compressionFlags, valueFlags } from './value-flags.js';

const packings: Readonly<Record<CompressionAlgorithm, Packing>> = {
  deflate: { algorithm: 'deflate', flags: compressionFlags.deflate, hasLengthHeader: false },
  gzip: { algorithm: 'gzip', flags: compressionFlags.gzip, hasLengthHeader: false },
  brotli: { algorithm: 'brotli', flags: compressionFlags.brotli, hasLengthHeader: false },
};

const packingOfFlags: ReadonlyMap<number, Packing> = new Map(
  Object.values(packings).map((packing) => [packing.flags, packing]),
);

export class OwnFormat implements ValueFormat {
  readonly counterFlags = valueFlags.number;
  readonly packing: Packing;
  readonly #serializer: Serializer | undefined;

  /** @param algorithm of new values; all are read */
  constructor(serializer: Serializer, algorithm: CompressionAlgorithm) {
    this.#serializer = serializer === jsonSerializer ? undefined : serializer;
    this.packing = packings[algorithm];
  }

  write(value: unknown, key: string): EncodedValue {
    if (typeof value === 'string') {
      return { data: value, dataBytes: Buffer.byteLength(value), flags: valueFlags.string };
    }
    if (value instanceof Uint8Array) {
      const data = bytesOf(value);
      return { data, dataBytes: data.length, flags: valueFlags.bytes };
    }
    if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) {
      const digits = value.toString();
      return { data: digits, dataBytes: digits.length, flags: valueFlags.number };
    }
    if (this.#serializer !== undefined) return this.#serialized(this.#serializer, value, key);
    const text = serialize(value, key);
    return { data: text, dataBytes: Buffer.byteLength(text), flags: valueFlags.json };
  }

  read(data: Buffer, flags: number, key: string): unknown {
    switch (flags) {
      case valueFlags.string:
        return data.toString('utf8');
      case valueFlags.json:
        return parseJson(data, key);
      case valueFlags.number: {
        const count = readCount(data);
        if (count === undefined) throw notWhatFlagsSay(key, data, 'a number');
        return count;
      }
      case valueFlags.serialized:
        return this.#deserialized(data, key);
      default:
        // Flags of other clients, and those a caller chose, are not ours to interpret.
        return data;
    }
  }

  packingOf(flags: number): Packing | string | undefined {
    const packing = flags & COMPRESSION_MASK;
    // Above our bits stands somebody else's meaning, and beside them, too.
    if (packing === 0 || (flags & OWN_FLAGS_MASK) !== flags) return undefined;
    return packingOfFlags.get(packing) ?? 'a compression this version does not know';
  }

  canGrow(flags: number): boolean {
    return flags === valueFlags.string || flags === valueFlags.bytes;
  }

  #serialized(serializer: Serializer, value: unknown, key: string): EncodedValue {
    const refuse = (detail: string, cause?: unknown) =>
      new MemcacheError('NOT_SERIALIZABLE', { action: 'Cannot store', key, detail, hint: SERIALIZER_HINT, cause });
    if (value === undefined) throw refuse('the value is undefined (a miss; null is a value)');
    let isPromise: boolean;
    try {
      const output: unknown = serializer.serialize(value);
      const flags = valueFlags.serialized;
      if (typeof output === 'string') return { data: output, dataBytes: Buffer.byteLength(output), flags };
      if (output instanceof Uint8Array) {
        const data = bytesOf(output);
        return { data, dataBytes: data.length, flags };
      }
      isPromise = isThenable(output);
      // Nobody waits for it, so it may fail without a word.
      if (isPromise) void Promise.resolve(output).catch(() => undefined);
    } catch (cause) {
      throw refuse('serializer.serialize() failed', cause);
    }
    throw refuse(isPromise ? NOT_AT_ONCE : 'serializer.serialize() gave neither a string nor a Uint8Array');
  }

  #deserialized(data: Buffer, key: string): unknown {
    if (this.#serializer === undefined) {
      throw corruptValue(key, 'it was written with a serializer of its own', 'Give this client the same serializer.');
    }
    const refuse = (problem: string, cause?: unknown) => {
      const detail = `serializer.deserialize() ${problem} ${String(data.length)} bytes`;
      return new MemcacheError('VALUE_CORRUPT', { action: 'Cannot read', key, detail, cause });
    };
    const take = (value: unknown): unknown => {
      if (value === undefined) throw refuse('gave undefined, which is a miss, for its');
      return value;
    };
    const fail = (cause: unknown): never => {
      throw refuse('failed on its', cause);
    };
    let given: unknown;
    let isPromise = false;
    try {
      given = this.#serializer.deserialize(data);
      isPromise = isThenable(given);
    } catch (cause) {
      fail(cause);
    }
    return isPromise ? Promise.resolve(given).catch(fail).then(take) : take(given);
  }
}

function isThenable(output: unknown): boolean {
  return typeof output === 'object' && output !== null && 'then' in output && typeof output.then === 'function';
}

const NOT_AT_ONCE = 'serializer.serialize() gave a promise, and it has to answer at once';
const SERIALIZER_HINT = 'Store what the serializer supports, or strings and bytes.';

function parseJson(data: Buffer, key: string): unknown {
  try {
    return JSON.parse(data.toString('utf8'));
  } catch {
    // Not as cause: the parser's message quotes the value.
    throw notWhatFlagsSay(key, data, 'JSON');
  }
}
