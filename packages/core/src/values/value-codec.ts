/** Values <-> bytes and flags. Values are data: nothing read is ever executed. */
import { MemcacheError, showNumber } from '@memkit/protocol';
import type { WireItem } from '../drivers/protocol-driver.js';
import type { ClientSettings } from '../options/client-settings.js';
import { defaultCompression } from '../options/default-options.js';
import { invalid } from '../options/option-checks.js';
import { corruptValue } from './corrupt-value.js';
import type { EncodedValue } from './encoded-value.js';
import { jsonSerializer } from './json-serializer.js';
import { OwnFormat } from './own-format.js';
import { MOST_PLAIN_BYTES, pack, unpack, type Packers, type Packing, type Unpacked } from './packing.js';
import { bytesOf } from './plain-values.js';
import { profileTables } from './profiles/profile-tables.js';
import { TableFormat } from './profiles/table-format.js';
import type { ValueFormat } from './value-format.js';

export type { EncodedValue } from './encoded-value.js';
export { toCount } from './plain-values.js';

/** What a client needs to turn values into items and back. */
export interface ValueCodec {
  /**
   * A value as bytes and flags. A Promise only for a large value that is compressed off the event loop, so a caller
   * checks `instanceof Promise`. Bytes must not change until it is settled.
   * @param key as it travels, for messages
   * @throws `MEMCACHE_NOT_SERIALIZABLE`
   */
  encode(value: unknown, key: string): EncodedValue | Promise<EncodedValue>;
  /**
   * Text or bytes with the caller's own flags: as they are, neither compressed nor split.
   * @throws `MEMCACHE_NOT_SERIALIZABLE` for any other value
   */
  encodeRaw(value: unknown, flags: number, key: string): EncodedValue;
  /**
   * What `append` and `prepend` add to an item: text or bytes as they are. The item keeps its own flags.
   * @throws `MEMCACHE_NOT_SERIALIZABLE` for any other value
   */
  encodePiece(value: unknown, key: string): EncodedValue;
  /** A whole number from 0 to 18446744073709551615 as digits that the server counts, with the flags of the profile. */
  encodeCounter(value: number | bigint): EncodedValue;
  /**
   * The value of an item. A Promise only for a large compressed value; returned from `then` or an `async` function it
   * needs no check.
   * @throws `MEMCACHE_VALUE_CORRUPT`, or the Promise rejects with it
   */
  decode(item: Pick<WireItem, 'data' | 'flags'>, key: string): unknown;
  /** Stops what is still being packed. */
  close(): void;
}

/**
 * Compression costs time at every read, so it has to save a tenth. Where an item comes near the server's limit, any byte
 * counts.
 */
const LEAST_SAVED_SHARE = 0.1;
const NEAR_THE_LIMIT_BYTES = 524_288;

type ValueSettings = Pick<ClientSettings, 'compression' | 'serializer' | 'profile'>;

/** @throws `MEMCACHE_INVALID_OPTION` when a serializer is given to a profile that has its own format */
export function createValueCodec(settings: ValueSettings): ValueCodec {
  return new FormatCodec(
    formatOf(settings),
    settings.compression === false ? undefined : settings.compression.threshold,
  );
}

function formatOf({ compression, serializer, profile }: ValueSettings): ValueFormat {
  if (profile === 'memkit') {
    return new OwnFormat(serializer, (compression === false ? defaultCompression : compression).algorithm);
  }
  if (serializer !== jsonSerializer) {
    throw invalid('serializer', `the profile '${profile}' has a format of its own`, 'Leave one of the two out.');
  }
  return new TableFormat(profile, profileTables[profile]);
}

class FormatCodec implements ValueCodec {
  readonly #format: ValueFormat;
  readonly #threshold: number;
  readonly #packers: Packers = new Set();

  /** @param threshold `undefined`: nothing is compressed */
  constructor(format: ValueFormat, threshold: number | undefined) {
    this.#format = format;
    this.#threshold = format.packing === undefined ? Infinity : (threshold ?? Infinity);
  }

  encode(value: unknown, key: string): EncodedValue | Promise<EncodedValue> {
    const plain = this.#format.write(value, key);
    const { packing } = this.#format;
    if (plain.dataBytes < this.#threshold || packing === undefined || plain.dataBytes > MOST_PLAIN_BYTES) return plain;
    // A number that is shorter than any stream, and that the server could no longer count.
    if (plain.flags === this.#format.counterFlags && typeof value === 'number') return plain;
    const data = typeof plain.data === 'string' ? Buffer.from(plain.data) : plain.data;
    const packed = pack(packing, data, this.#packers);
    if (!(packed instanceof Promise)) return smallerOf(plain, packed, packing);
    return packed.then(
      (bytes) => smallerOf(plain, bytes, packing),
      (cause: unknown) => {
        const detail = `zlib could not compress its ${showNumber(data.length)} bytes`;
        throw new MemcacheError('NOT_SERIALIZABLE', { action: 'Cannot store', key, detail, cause });
      },
    );
  }

  encodeRaw(value: unknown, flags: number, key: string): EncodedValue {
    return { ...rawBytes(value, key, 'flags go with a string or bytes'), flags, isWhole: true };
  }

  encodePiece(value: unknown, key: string): EncodedValue {
    return { ...rawBytes(value, key, 'only a string or bytes can be added to an item'), flags: 0 };
  }

  encodeCounter(value: number | bigint): EncodedValue {
    const digits = value.toString();
    return { data: digits, dataBytes: digits.length, flags: this.#format.counterFlags };
  }

  close(): void {
    for (const packer of this.#packers) packer.destroy();
  }

  decode({ data, flags }: Pick<WireItem, 'data' | 'flags'>, key: string): unknown {
    const packing = this.#format.packingOf(flags);
    if (packing === undefined) return this.#format.read(data, flags, key);
    if (typeof packing === 'string') {
      throw corruptValue(key, `it is compressed with ${packing}`, 'Let its writer use zlib, or delete the key.');
    }
    const typeFlags = flags & ~packing.flags;
    const unpacked = unpack(packing, data, key);
    return unpacked instanceof Promise
      ? unpacked.then((bytes) => this.#grown(bytes, typeFlags, key))
      : this.#grown(unpacked, typeFlags, key);
  }

  #grown({ plain, rest }: Unpacked, flags: number, key: string): unknown {
    if (rest.length === 0) return this.#format.read(plain, flags, key);
    if (this.#format.canGrow(flags)) return this.#format.read(Buffer.concat([plain, rest]), flags, key);
    const detail = `${String(rest.length)} bytes were appended on the server to a value that is not text`;
    throw corruptValue(key, detail, 'Append to strings and bytes only; delete the key.');
  }
}

function smallerOf(plain: EncodedValue, packed: Buffer, { flags }: Packing): EncodedValue {
  const saved = plain.dataBytes - packed.length;
  const least = plain.dataBytes < NEAR_THE_LIMIT_BYTES ? plain.dataBytes * LEAST_SAVED_SHARE : 1;
  if (saved < least) return plain;
  // Flags that a small value does without cost 4 bytes, which the least saving outweighs.
  return { data: packed, dataBytes: packed.length, flags: plain.flags | flags, plainBytes: plain.dataBytes };
}

function rawBytes(value: unknown, key: string, detail: string): Pick<EncodedValue, 'data' | 'dataBytes'> {
  if (typeof value === 'string') return { data: value, dataBytes: Buffer.byteLength(value) };
  if (value instanceof Uint8Array) return { data: bytesOf(value), dataBytes: value.byteLength };
  throw new MemcacheError('NOT_SERIALIZABLE', {
    action: 'Cannot store',
    key,
    detail,
    hint: 'Turn the value into a string or a Uint8Array first.',
  });
}
