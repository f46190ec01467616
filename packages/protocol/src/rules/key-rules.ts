import { MemcacheError } from '../errors/memcache-error.js';
import { showNumber } from '../errors/error-message.js';
import { MAX_KEY_BYTES } from './limits.js';

// Space and control characters end a key on the wire; a key that holds them would be read as another command.
// eslint-disable-next-line no-control-regex -- control characters are what this looks for
const FORBIDDEN = /[\u0000-\u0020\u007f]/;
const ASCII_ONLY = /^[\u0021-\u007e]*$/;
// Half of a surrogate pair has no UTF-8 form: encoders write U+FFFD for every one of them, so different keys would meet.
const LONE_SURROGATE = /\p{Surrogate}/u;

/**
 * Throws unless memcached accepts the key. Runs before the first byte is written: a storage command refused as
 * malformed makes memcached execute its data block as a command (measured on 1.6.18).
 * @param prefix what was put in front of the caller's key, for the message
 * @throws `MEMCACHE_INVALID_KEY`
 */
export function assertKey(key: unknown, action: string, prefix = ''): asserts key is string {
  if (typeof key === 'string' && key.length > 0 && key.length <= MAX_KEY_BYTES && ASCII_ONLY.test(key)) return;
  if (typeof key === 'string' && keyProblem(key) === undefined) return;
  throw invalidKey(key, action, prefix);
}

function invalidKey(key: unknown, action: string, prefix: string): MemcacheError {
  if (typeof key !== 'string') {
    return new MemcacheError('INVALID_KEY', { action, detail: `the key is of type ${typeOf(key)}, not a string` });
  }
  if (prefix !== '' && key.startsWith(prefix)) return invalidBehind(prefix, key, action);
  return new MemcacheError('INVALID_KEY', { action, key, detail: keyProblem(key) ?? 'the key is not legal' });
}

/** Counts as the caller does, who knows nothing of the prefix. */
function invalidBehind(prefix: string, key: string, action: string): MemcacheError {
  const own = key.slice(prefix.length);
  const [bytes, prefixBytes] = [keyBytes(own), keyBytes(prefix)];
  if (bytes + prefixBytes <= MAX_KEY_BYTES) {
    return new MemcacheError('INVALID_KEY', { action, key: own, detail: keyProblem(own) ?? 'the key is not legal' });
  }
  const detail =
    `the key has ${showNumber(bytes)} bytes and its prefix ${showNumber(prefixBytes)}, together ` +
    `${showNumber(bytes + prefixBytes)}, and memcached allows ${showNumber(MAX_KEY_BYTES)}`;
  const hint = `Use at most ${showNumber(MAX_KEY_BYTES - prefixBytes)} bytes behind this prefix, or hash longer keys.`;
  return new MemcacheError('INVALID_KEY', { action, key: own, detail, hint });
}

/** Why memcached would refuse the key, as a clause with numbers; `undefined` when it is fine. */
export function keyProblem(key: string): string | undefined {
  if (key.length === 0) return 'the key is empty';
  const bytes = keyBytes(key);
  if (bytes > MAX_KEY_BYTES) {
    return `the key has ${showNumber(bytes)} bytes and memcached allows ${showNumber(MAX_KEY_BYTES)}`;
  }
  const at = key.search(FORBIDDEN);
  if (at >= 0) {
    return `character ${String(at + 1)} of the key is ${describeCharacter(key.charCodeAt(at))}, which ends a key on the wire`;
  }
  const half = key.search(LONE_SURROGATE);
  if (half >= 0) return `character ${String(half + 1)} of the key is half of a surrogate pair, which has no bytes`;
  return undefined;
}

/** Length of the key on the wire, in bytes. */
export function keyBytes(key: string): number {
  return ASCII_ONLY.test(key) ? key.length : Buffer.byteLength(key);
}

function describeCharacter(code: number): string {
  if (code === 0x20) return 'a space';
  if (code === 0x0d) return 'a carriage return';
  if (code === 0x0a) return 'a line feed';
  return `the control character 0x${code.toString(16).padStart(2, '0')}`;
}

function typeOf(value: unknown): string {
  return value === null ? 'null' : typeof value;
}
