/**
 * One line of the meta protocol -> a request, or the error line of memcached 1.6.45. Its checks come in another order
 * than those of 1.6.18, and the data behind a refused `ms` is swallowed whenever its length could be read.
 */
import { canStoreItem } from '../rules/item-size.js';
import { MAX_KEY_BYTES } from '../rules/limits.js';
import { readStrictInt32 } from '../text/strict-numbers.js';
import { BAD_FORMAT, MAX_LENGTH_FIELD, reject, type ParsedLine } from '../text/text-request.js';
import { hasLongOpaque, LONG_OPAQUE } from './meta-option-parser.js';
import { decodeBase64Key, DIRECTIONS, readFlags, storageMode } from './meta-request-parser.js';
import type { MetaOptions } from './meta-request.js';

/** Most words in a line, the command included (MFLAG_MAX_OPT_LENGTH, proto_parser.h). */
const MAX_WORDS = 20;
const TOO_MANY_FLAGS = 'CLIENT_ERROR options flags are too long';
const BAD_FLAG = 'CLIENT_ERROR invalid or duplicate flag';
/** What the tokenizer takes for a flag; with anything else the whole line is refused. */
const FLAG_START = /^[0-9A-z]/;

/** @param words the line without its spaces, at most as many as memcached reads; the first is a meta command */
export function parseNewestMetaLine(words: readonly string[], itemSizeMax: number): ParsedLine {
  const [command] = words;
  if (command === 'mn') return { request: { op: 'meta-noop' } };
  const firstFlag = command === 'ms' ? 3 : 2;
  const isReadable = words.length >= firstFlag && words.slice(firstFlag).every((word) => FLAG_START.test(word));
  if (!isReadable) return reject(BAD_FORMAT);
  switch (command) {
    case 'mg':
      return parseGet(words);
    case 'ms':
      return parseSet(words, itemSizeMax);
    case 'md':
      return parseDelete(words);
    case 'ma':
      return parseArithmetic(words);
    default:
      return parseDebug(words);
  }
}

type Flags = { readonly key: string; readonly options: MetaOptions } | { readonly error: string };

function readNewestFlags(words: readonly string[], firstFlag: number): Flags {
  const [, key = ''] = words;
  if (key.length > MAX_KEY_BYTES) return { error: BAD_FORMAT };
  return words.length > MAX_WORDS ? { error: TOO_MANY_FLAGS } : readFlags(words, firstFlag, '1.6.45');
}

function parseGet(words: readonly string[]): ParsedLine {
  const read = readNewestFlags(words, 2);
  return 'error' in read ? reject(read.error) : { request: { op: 'meta-get', ...read } };
}

function parseSet(words: readonly string[], itemSizeMax: number): ParsedLine {
  const length = readStrictInt32(words[2] ?? '');
  if (length === undefined || length < 0 || length > MAX_LENGTH_FIELD) return reject(BAD_FORMAT);
  const refuse = (reply: string): ParsedLine => ({ swallow: length + 2, request: { op: 'rejected', reply } });

  const read = readNewestFlags(words, 3);
  if ('error' in read) return refuse(read.error);
  const { key, options } = read;
  const mode = storageMode(options);
  if (mode === undefined) return refuse('CLIENT_ERROR invalid mode for ms M token');
  const item = { keyBytes: key.length, valueBytes: length, flags: options.clientFlags };
  if (!canStoreItem(item, itemSizeMax)) {
    // The error line is sent even with q, and the old value goes in every mode.
    return { swallow: length + 2, request: { op: 'too-large', key, dropsOldValue: true, quiet: false } };
  }
  if (hasLongOpaque(options.tokens)) return refuse(LONG_OPAQUE);
  return { length, quiet: false, finish: (data) => ({ op: 'meta-set', key, mode, data, options }) };
}

function parseDelete(words: readonly string[]): ParsedLine {
  const read = readNewestFlags(words, 2);
  if ('error' in read) return reject(read.error);
  return hasLongOpaque(read.options.tokens) ? reject(LONG_OPAQUE) : { request: { op: 'meta-delete', ...read } };
}

function parseArithmetic(words: readonly string[]): ParsedLine {
  const read = readNewestFlags(words, 2);
  if ('error' in read) return reject(BAD_FLAG);
  const direction = DIRECTIONS[read.options.mode ?? 'I'];
  if (direction === undefined) return reject('CLIENT_ERROR invalid mode for ma M token');
  return { request: { op: 'meta-arithmetic', direction, ...read } };
}

/** `b` counts only with a word behind it (measured on 1.6.45). */
function parseDebug(words: readonly string[]): ParsedLine {
  const [, key = '', flag] = words;
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT);
  if (words.length < 4 || flag !== 'b') return { request: { op: 'meta-debug', key } };
  const decoded = decodeBase64Key(key);
  return decoded === undefined ? reject(BAD_FORMAT) : { request: { op: 'meta-debug', key: decoded } };
}
