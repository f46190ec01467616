/** The options about values: compression and serializer. */
import { assertKnownOptions } from '@memkit/protocol/internal';
import { jsonSerializer } from '../values/json-serializer.js';
import type { Serializer } from '../values/serializer.js';
import type { ClientSettings } from './client-settings.js';
import { defaultCompression } from './default-options.js';
import type { CompressionAlgorithm, CompressionOptions } from './memcache-options.js';
import { assertObject, flag, invalid, oneOf, typeOf, wholeNumber } from './option-checks.js';

const ALGORITHMS: readonly CompressionAlgorithm[] = ['deflate', 'gzip', 'brotli'];
const THRESHOLD = { least: 0, most: 1_073_741_824 };

/** @throws `MEMCACHE_INVALID_OPTION` */
export function compressionOption(compression: unknown): ClientSettings['compression'] {
  if (typeof compression !== 'object' || compression === null) {
    return flag(compression, 'compression') === false ? false : defaultCompression;
  }
  assertObject(compression, 'compression');
  assertKnownOptions(compression, ['threshold', 'algorithm'], 'compression');
  const { threshold, algorithm }: CompressionOptions = compression;
  return {
    threshold: wholeNumber(threshold, THRESHOLD, 'compression.threshold') ?? defaultCompression.threshold,
    algorithm: oneOf(algorithm, ALGORITHMS, 'compression.algorithm') ?? defaultCompression.algorithm,
  };
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function serializerOption(serializer: unknown): Serializer {
  if (serializer === undefined) return jsonSerializer;
  assertObject(serializer, 'serializer');
  const { serialize, deserialize } = serializer as Partial<Record<keyof Serializer, unknown>>;
  for (const [name, part] of Object.entries({ serialize, deserialize })) {
    if (typeof part === 'function') continue;
    throw invalid(`serializer.${name}`, `got ${typeOf(part)}`, 'Give a function.');
  }
  return serializer as Serializer;
}
