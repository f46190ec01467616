import { MemcacheError } from '@memkit/protocol';
import type { Serializer } from './serializer.js';

const HINT = 'Store strings, bytes or plain JSON data.';

/**
 * JSON text of a value that is neither string nor bytes.
 * @throws `MEMCACHE_NOT_SERIALIZABLE` for what JSON has no word for; the message names the path, never a value
 */
export function serialize(value: unknown, key: string): string {
  // The declared type leaves out that a toJSON method may return nothing.
  let text: unknown;
  let problem: string | undefined;
  try {
    problem = unsupported(value);
    if (problem === undefined) text = JSON.stringify(value);
  } catch (cause) {
    const path = tryFindProblem(value);
    throw notSerializable(key, path ?? 'a toJSON method or a getter of the value failed', path ? undefined : cause);
  }
  if (problem !== undefined) throw notSerializable(key, `the value is ${problem}`);
  if (typeof text !== 'string') throw notSerializable(key, 'its toJSON method returns nothing');
  return text;
}

function notSerializable(key: string, detail: string, cause?: unknown): MemcacheError {
  return new MemcacheError('NOT_SERIALIZABLE', { action: 'Cannot store', key, detail, hint: HINT, cause });
}

/** What JSON would drop or distort without a word, as a noun. */
function unsupported(value: unknown): string | undefined {
  switch (typeof value) {
    case 'undefined':
      return 'undefined (a miss; null is a value)';
    case 'function':
      return 'a function';
    case 'symbol':
      return 'a symbol';
    case 'bigint':
      return 'a bigint';
    case 'number':
      return Number.isFinite(value) ? undefined : `${String(value)}, which JSON turns into null`;
    default:
      break;
  }
  if (value instanceof Map) return 'a Map, which JSON turns into {}';
  if (value instanceof Set) return 'a Set, which JSON turns into {}';
  if (value instanceof Promise) return 'a promise; await it first';
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) return 'a typed array other than Uint8Array';
  return undefined;
}

/** A Proxy may refuse to be looked at. */
function tryFindProblem(value: unknown): string | undefined {
  try {
    return findProblem(value, '', new Set());
  } catch {
    return undefined;
  }
}

/** Only runs after JSON.stringify failed: where the cycle or the bigint is. */
function findProblem(value: unknown, path: string, above: Set<object>): string | undefined {
  if (typeof value === 'bigint') return `the value has a bigint at ${path}`;
  if (typeof value !== 'object' || value === null) return undefined;
  if (above.has(value)) return `the value has a cycle at ${path}`;
  above.add(value);
  for (const [name, child] of Object.entries(value)) {
    const step = Array.isArray(value) ? `[${name}]` : `.${name}`;
    const found = findProblem(child, path === '' ? step.replace(/^\./, '') : path + step, above);
    if (found !== undefined) return found;
  }
  above.delete(value);
  return undefined;
}

/** JSON; the default. */
export const jsonSerializer: Serializer = {
  serialize: (value) => serialize(value, ''),
  deserialize: (data) => JSON.parse(data.toString('utf8')) as unknown,
};
