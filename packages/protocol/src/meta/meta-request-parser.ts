/**
 * One line of the meta protocol -> a request, or memcached 1.6.18's own error line. The order of the checks is
 * memcached's, because it decides which error a client sees and whether the data block is swallowed.
 */
import { canStoreItem } from '../rules/item-size.js';
import { MAX_KEY_BYTES } from '../rules/limits.js';
import { BAD_FORMAT, MAX_LENGTH_FIELD, reject, type ParsedLine } from '../text/text-request.js';
import type { MemcachedVersion } from '../text/memcached-version.js';
import { readInt32 } from '../text/wire-numbers.js';
import { hasLongOpaque, LONG_OPAQUE, parseMetaOptions } from './meta-option-parser.js';
import type { MetaOptions, MetaStorageMode } from './meta-request.js';

/** Most words in a line, the command included (MFLAG_MAX_OPT_LENGTH counts one more for its end mark). */
const MAX_WORDS = 19;
const TOO_MANY_FLAGS = 'CLIENT_ERROR options flags too long';
const BAD_FLAG = 'CLIENT_ERROR invalid or duplicate flag';

const STORAGE_MODES: Readonly<Record<string, MetaStorageMode>> = {
  E: 'add',
  A: 'append',
  P: 'prepend',
  R: 'replace',
  S: 'set',
};
export const DIRECTIONS: Readonly<Record<string, 'increment' | 'decrement'>> = {
  I: 'increment',
  '+': 'increment',
  D: 'decrement',
  '-': 'decrement',
};

/** @param words the line without its spaces; `words[0]` has two letters and starts with `m` */
export function parseMetaLine(words: readonly string[], itemSizeMax: number): ParsedLine {
  switch (words[0]) {
    case 'mg':
      return parseGet(words);
    case 'ms':
      return parseSet(words, itemSizeMax);
    case 'md':
      return parseDelete(words);
    case 'ma':
      return parseArithmetic(words);
    case 'me':
      return parseDebug(words);
    case 'mn':
      return { request: { op: 'meta-noop' } };
    default:
      return reject('ERROR');
  }
}

function parseGet(words: readonly string[]): ParsedLine {
  const problem = lineProblem(words, 'CLIENT_ERROR options flags are too long');
  if (problem !== undefined) return reject(problem);
  const read = readFlags(words, 2);
  // A long opaque token is noticed only while the reply is written: what the other flags change is changed.
  return 'error' in read ? reject(read.error) : { request: { op: 'meta-get', ...read } };
}

function parseSet(words: readonly string[], itemSizeMax: number): ParsedLine {
  const problem = lineProblem(words, TOO_MANY_FLAGS);
  if (problem !== undefined) return reject(problem);
  const length = readInt32(words[2] ?? '');
  if (length === undefined || length < 0 || length > MAX_LENGTH_FIELD) return reject(BAD_FORMAT);
  const refuse = (reply: string): ParsedLine => ({ swallow: length + 2, request: { op: 'rejected', reply } });

  const read = readFlags(words, 3);
  if ('error' in read) return refuse(read.error);
  const { key, options } = read;
  const mode = storageMode(options);
  if (mode === undefined) return refuse('CLIENT_ERROR invalid mode for ms M token');
  if (hasLongOpaque(options.tokens)) return refuse(LONG_OPAQUE);
  const item = { keyBytes: key.length, valueBytes: length, flags: options.clientFlags };
  if (!canStoreItem(item, itemSizeMax)) {
    // The error line is sent even with q, and the old value goes in every mode.
    return { swallow: length + 2, request: { op: 'too-large', key, dropsOldValue: true, quiet: false } };
  }
  return { length, quiet: false, finish: (data) => ({ op: 'meta-set', key, mode, data, options }) };
}

function parseDelete(words: readonly string[]): ParsedLine {
  const problem = lineProblem(words, TOO_MANY_FLAGS);
  if (problem !== undefined) return reject(problem);
  const read = readFlags(words, 2);
  if ('error' in read) return reject(BAD_FLAG);
  if (hasLongOpaque(read.options.tokens)) return reject(LONG_OPAQUE);
  return { request: { op: 'meta-delete', ...read } };
}

function parseArithmetic(words: readonly string[]): ParsedLine {
  const problem = lineProblem(words, TOO_MANY_FLAGS);
  if (problem !== undefined) return reject(problem);
  const read = readFlags(words, 2);
  if ('error' in read) return reject(BAD_FLAG);
  const direction = DIRECTIONS[read.options.mode ?? 'I'];
  if (direction === undefined) return reject('CLIENT_ERROR invalid mode for ma M token');
  return { request: { op: 'meta-arithmetic', direction, ...read } };
}

function parseDebug(words: readonly string[]): ParsedLine {
  const [, key] = words;
  if (key === undefined || key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT);
  if (words[2] !== 'b') return { request: { op: 'meta-debug', key } };
  const decoded = decodeBase64Key(key);
  return decoded === undefined ? reject(BAD_FORMAT) : { request: { op: 'meta-debug', key: decoded } };
}

function lineProblem(words: readonly string[], tooMany: string): string | undefined {
  const [command, key] = words;
  if (key === undefined) return 'ERROR';
  if (key.length > MAX_KEY_BYTES) return BAD_FORMAT;
  if (command === 'ms' && words.length === 2) return BAD_FORMAT;
  return words.length > MAX_WORDS ? tooMany : undefined;
}

/** @param firstFlag which word is the first flag */
export function readFlags(
  words: readonly string[],
  firstFlag: number,
  version: MemcachedVersion = '1.6.18',
): { readonly key: string; readonly options: MetaOptions } | { readonly error: string } {
  let key = words[1] ?? '';
  const decodeKey = (): boolean => {
    const decoded = decodeBase64Key(key);
    key = decoded ?? '';
    return decoded !== undefined;
  };
  const options = parseMetaOptions(words.slice(firstFlag), decodeKey, BAD_FORMAT, version);
  return 'error' in options ? options : { key, options };
}

/** A CAS value turns set and replace into cas; the other modes compare it too, but keep their name. */
export function storageMode({ mode, cas }: MetaOptions): MetaStorageMode | undefined {
  const chosen = mode === undefined ? 'set' : STORAGE_MODES[mode];
  return cas !== undefined && (chosen === 'set' || chosen === 'replace') ? 'cas' : chosen;
}

// The padding ends the key; memcached ignores what follows and characters outside the alphabet (base64.c).
const BASE64_IGNORED = /[^A-Za-z0-9+/=]/g;

export function decodeBase64Key(key: string): string | undefined {
  const letters = key.replace(BASE64_IGNORED, '');
  if (letters.length === 0 || letters.length % 4 !== 0) return undefined;
  const padding = letters.indexOf('=');
  const group = padding < 0 ? letters : letters.slice(0, padding - (padding % 4) + 4);
  if (padding >= 0 && padding % 4 < 2) return undefined;
  return Buffer.from(group, 'base64').toString('latin1');
}
