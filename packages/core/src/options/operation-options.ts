/** Arguments of single operations, checked before the first byte. */
import { MemcacheError } from '@memkit/protocol';
import { MAX_COUNTER, assertKnownOptions } from '@memkit/protocol/internal';
import { parseTtl, type Duration, type Ttl } from './duration.js';
import { timerDuration } from './option-checks.js';

/**
 * Checks that options are an object with known names. A number here is what `keys.map(memcache.get)` passes.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function assertOperationOptions(options: unknown, known: readonly string[], command: string): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    const got = options === null ? 'null' : Array.isArray(options) ? 'an array' : `a ${typeof options}`;
    throw badArgument(command, `the parameter "options" is ${got}`, `Give an object with ${known.join(', ')}.`);
  }
  assertKnownOptions(options, known, `${command}()`);
  if ('signal' in options && options.signal !== undefined && !isAbortSignal(options.signal)) {
    throw badArgument(command, 'option "signal" is no AbortSignal', 'Give the signal of an AbortController.');
  }
}

/** By its shape: a signal of another realm or of a polyfill works as well. */
function isAbortSignal(signal: unknown): boolean {
  return typeof signal === 'object' && signal !== null && 'aborted' in signal && 'addEventListener' in signal;
}

const MOST_REMEMBERED = 256;
const ttls = new Map<string, number>();
const timeouts = new Map<string, number>();

/** As `parseTtl`; an application uses few different texts, so they are read once. */
export function ttlMsOf(ttl: Ttl, command: string): number {
  return remember(ttls, ttl, () => parseTtl(ttl, `Cannot ${command}`));
}

export function timeoutMsOf(timeout: Duration): number {
  return remember(timeouts, timeout, () => timerDuration(timeout, 'timeout') ?? 0);
}

function remember(known: Map<string, number>, span: unknown, parse: () => number): number {
  if (typeof span !== 'string') return parse();
  const ms = known.get(span) ?? parse();
  if (known.size < MOST_REMEMBERED) known.set(span, ms);
  return ms;
}

/** @throws `MEMCACHE_INVALID_OPTION` unless it is a whole number from `least` to 2^64 - 1 */
export function unsigned64(value: unknown, parameter: string, command: string, least = 0n): bigint {
  const exact = typeof value === 'bigint' ? value : Number.isSafeInteger(value) ? BigInt(Number(value)) : undefined;
  if (exact !== undefined && exact >= least && exact <= MAX_COUNTER) return exact;
  const got = typeof value === 'number' || typeof value === 'bigint' ? String(value) : `of type ${typeof value}`;
  throw badArgument(
    command,
    `the parameter "${parameter}" is ${got}`,
    `Allowed: a whole number from ${String(least)} to ${String(MAX_COUNTER)}, as a bigint above ${String(Number.MAX_SAFE_INTEGER)}.`,
  );
}

/** @throws `MEMCACHE_INVALID_OPTION` unless it is words, which cannot begin another command */
export function statsGroup(group: unknown): string {
  if (typeof group === 'string' && /^[\w ]*$/.test(group)) return group;
  throw badArgument('stats', 'the parameter "group" is not a name', "Give a name such as 'settings', or nothing.");
}

/** @throws `MEMCACHE_INVALID_OPTION` unless it is a token that `gets` returned */
export function casToken(cas: unknown): bigint {
  if (typeof cas === 'bigint') return unsigned64(cas, 'cas', 'set', 1n);
  throw badArgument('set', `the parameter "cas" is of type ${typeof cas}`, 'Give the cas that gets() returned.');
}

/**
 * Pairs of key and value, from a Map, pairs or an object.
 * @throws `MEMCACHE_INVALID_OPTION`
 */
export function storeEntries(items: unknown): [string, unknown][] {
  if (typeof items === 'object' && items !== null && !Array.isArray(items) && !isIterable(items)) {
    return Object.entries(items);
  }
  if (typeof items === 'object' && items !== null && isIterable(items)) {
    const entries = [...items];
    if (entries.every((entry): entry is [string, unknown] => Array.isArray(entry) && entry.length === 2))
      return entries;
  }
  throw badArgument(
    'setMany',
    'the parameter "items" holds no pairs of key and value',
    'Give a Map, a list of [key, value], or an object.',
  );
}

function isIterable(items: object): items is Iterable<unknown> {
  return Symbol.iterator in items;
}

const MOST_FLAGS = 0xffff_ffff;

/** @throws `MEMCACHE_INVALID_OPTION` unless they are a whole number of 32 bits */
export function clientFlags(flags: unknown, command: string): number {
  if (typeof flags === 'number' && Number.isInteger(flags) && flags >= 0 && flags <= MOST_FLAGS) return flags;
  const got = typeof flags === 'number' ? String(flags) : `of type ${typeof flags}`;
  throw badArgument(command, `option "flags" is ${got}`, `Allowed: a whole number from 0 to ${String(MOST_FLAGS)}.`);
}

/** @throws `MEMCACHE_INVALID_OPTION` */
export function assertKeyList(keys: unknown, command: string): asserts keys is readonly unknown[] {
  if (Array.isArray(keys)) return;
  const got = keys === null ? 'null' : `of type ${typeof keys}`;
  throw badArgument(command, `the parameter "keys" is ${got}`, 'Give a list of strings.');
}

export function badArgument(command: string, detail: string, hint: string): MemcacheError {
  return new MemcacheError('INVALID_OPTION', { action: `Cannot ${command}`, command, detail, hint });
}
