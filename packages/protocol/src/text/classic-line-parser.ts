/**
 * One line of the classic text protocol -> a request, or memcached 1.6.18's own error line. The table says how many
 * words each command takes; any other number is answered `ERROR`, and a data block that follows is then read as a
 * command, which is why clients must validate before they write.
 */
import { canStoreItem } from '../rules/item-size.js';
import { DEFAULT_ITEM_SIZE_MAX, MAX_KEY_BYTES } from '../rules/limits.js';
import { answerSettingLine, SETTING_COMMANDS } from './setting-line-parser.js';
import { BAD_FORMAT, MAX_LENGTH_FIELD, reject, type ParsedLine, type StorageMode } from './text-request.js';
import { readInt32, readUint32, readUint64 } from './wire-numbers.js';

interface Command {
  /** Fewest and most words, the command included. */
  readonly words: readonly [number, number];
  readonly parse: (words: readonly string[], itemSizeMax: number) => ParsedLine;
}

const ANY = Number.POSITIVE_INFINITY;
/** More can only be bytes (proto_text.c of 1.6.18, process_memlimit_command). */
const MOST_MEGABYTES = 1_000_000_000;
const BAD_EXPTIME = 'CLIENT_ERROR invalid exptime argument';

const COMMANDS_OF_1_6_18: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['get', { words: [2, ANY], parse: (words) => parseGet(words, false) }],
  ['gets', { words: [2, ANY], parse: (words) => parseGet(words, true) }],
  // Undocumented, still answered by 1.6.18.
  ['bget', { words: [2, ANY], parse: (words) => parseGet(words, false) }],
  ['gat', { words: [2, ANY], parse: (words) => parseGetAndTouch(words, false) }],
  ['gats', { words: [2, ANY], parse: (words) => parseGetAndTouch(words, true) }],
  ...(['set', 'add', 'replace', 'append', 'prepend'] as const).map((mode): [string, Command] => [
    mode,
    { words: [5, 6], parse: (words, itemSizeMax) => parseStore(words, mode, itemSizeMax) },
  ]),
  ['cas', { words: [6, 7], parse: (words, itemSizeMax) => parseStore(words, 'cas', itemSizeMax) }],
  ['incr', { words: [3, 4], parse: (words) => parseArithmetic(words, 'increment') }],
  ['decr', { words: [3, 4], parse: (words) => parseArithmetic(words, 'decrement') }],
  ['delete', { words: [2, 4], parse: parseDelete }],
  ['touch', { words: [3, 4], parse: parseTouch }],
  ['flush_all', { words: [1, 3], parse: parseFlush }],
  ['verbosity', { words: [2, 3], parse: parseVerbosity }],
  ['cache_memlimit', { words: [2, 3], parse: parseMemoryLimit }],
  ['stats', { words: [1, ANY], parse: (words) => ({ request: { op: 'stats', words: words.slice(1) } }) }],
  ['watch', { words: [1, ANY], parse: parseWatch }],
  ['lru_crawler', { words: [1, ANY], parse: (words) => ({ request: { op: 'lru-crawler', words: words.slice(1) } }) }],
  ['version', { words: [1, ANY], parse: () => ({ request: { op: 'version' } }) }],
  ['quit', { words: [1, ANY], parse: () => ({ request: { op: 'quit' } }) }],
  ...SETTING_COMMANDS.map((name): [string, Command] => [name, { words: [1, ANY], parse: parseSetting }]),
  ['shutdown', { words: [1, ANY], parse: (words) => parseShutdown(words, false) }],
]);

export function parseClassicLine(words: readonly string[], itemSizeMax: number): ParsedLine {
  const command = COMMANDS_OF_1_6_18.get(words[0] ?? '');
  if (command === undefined) {
    // A browser or a health check that speaks HTTP gets no answer it could mistake for one.
    return words.at(-1)?.startsWith('HTTP/') === true ? { request: { op: 'quit', isError: true } } : reject('ERROR');
  }
  const [fewest, most] = command.words;
  if (words.length < fewest || words.length > most) return reject('ERROR');
  return command.parse(words, itemSizeMax);
}

/** For commands whose words every version reads in the same way. */
export function parseSharedLine(words: readonly string[]): ParsedLine {
  return parseClassicLine(words, DEFAULT_ITEM_SIZE_MAX);
}

function parseGet(words: readonly string[], withCas: boolean, exptime?: number): ParsedLine {
  const keys = words.slice(exptime === undefined ? 1 : 2);
  const long = keys.findIndex((key) => key.length > MAX_KEY_BYTES);
  if (long < 0) return { request: { op: 'get', keys, withCas, exptime, refusal: undefined } };
  return { request: { op: 'get', keys: keys.slice(0, long), withCas, exptime, refusal: BAD_FORMAT } };
}

function parseGetAndTouch(words: readonly string[], withCas: boolean): ParsedLine {
  const exptime = readInt32(words[1] ?? '');
  return exptime === undefined ? reject(BAD_EXPTIME) : parseGet(words, withCas, exptime);
}

function parseStore(words: readonly string[], mode: StorageMode, itemSizeMax: number): ParsedLine {
  const quiet = endsWithNoreply(words);
  const [, key = '', flagsWord = '', exptimeWord = '', lengthWord = '', casWord = ''] = words;
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT, quiet);
  const flags = readUint32(flagsWord);
  const exptime = readInt32(exptimeWord);
  const length = readInt32(lengthWord);
  if (flags === undefined || exptime === undefined || length === undefined) return reject(BAD_FORMAT, quiet);
  const cas = mode === 'cas' ? readUint64(casWord) : 0n;
  if (cas === undefined) return reject(BAD_FORMAT, quiet);
  if (length < 0 || length > MAX_LENGTH_FIELD) return reject(BAD_FORMAT, quiet);
  if (!canStoreItem({ keyBytes: key.length, valueBytes: length, flags }, itemSizeMax)) {
    return { swallow: length + 2, request: { op: 'too-large', key, dropsOldValue: mode === 'set', quiet } };
  }
  return { length, quiet, finish: (data) => ({ op: 'store', mode, key, flags, exptime, cas, data, quiet }) };
}

function parseArithmetic(words: readonly string[], direction: 'increment' | 'decrement'): ParsedLine {
  const quiet = endsWithNoreply(words);
  const [, key = '', byWord = ''] = words;
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT, quiet);
  const by = readUint64(byWord);
  if (by === undefined) return reject('CLIENT_ERROR invalid numeric delta argument', quiet);
  return { request: { op: 'arithmetic', direction, key, by, quiet } };
}

function parseDelete(words: readonly string[]): ParsedLine {
  const [, key = '', hold] = words;
  const quiet = words.length > 2 && endsWithNoreply(words);
  // An ancient hold time of 0 is still accepted.
  const isAllowed = words.length < 3 || (words.length === 3 ? hold === '0' || quiet : hold === '0' && quiet);
  if (!isAllowed) return reject(`${BAD_FORMAT}.  Usage: delete <key> [noreply]`, quiet);
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT, quiet);
  return { request: { op: 'delete', key, quiet } };
}

function parseTouch(words: readonly string[]): ParsedLine {
  const quiet = endsWithNoreply(words);
  const [, key = '', exptimeWord = ''] = words;
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT, quiet);
  const exptime = readInt32(exptimeWord);
  if (exptime === undefined) return reject(BAD_EXPTIME, quiet);
  return { request: { op: 'touch', key, exptime, quiet } };
}

function parseFlush(words: readonly string[]): ParsedLine {
  const quiet = endsWithNoreply(words);
  if (words.length === (quiet ? 2 : 1)) return { request: { op: 'flush', exptime: 0, quiet } };
  const exptime = readInt32(words[1] ?? '');
  if (exptime === undefined) return reject(BAD_EXPTIME, quiet);
  return { request: { op: 'flush', exptime, quiet } };
}

function parseVerbosity(words: readonly string[]): ParsedLine {
  const quiet = endsWithNoreply(words);
  const level = readUint32(words[1] ?? '');
  if (level === undefined) return reject(BAD_FORMAT, quiet);
  return { request: { op: 'verbosity', level, quiet } };
}

function parseWatch(words: readonly string[]): ParsedLine {
  return { request: { op: 'watch', kinds: words.slice(1), quiet: endsWithNoreply(words) } };
}

/** @param quiet 1.6.18 does not look for noreply here */
export function parseShutdown(words: readonly string[], quiet: boolean): ParsedLine {
  return { request: { op: 'shutdown', words: words.slice(1), quiet } };
}

/** Only some of them know noreply. */
function parseSetting(words: readonly string[]): ParsedLine {
  const quiet = endsWithNoreply(words) && (words[0] !== 'slabs' || words[1] === 'automove');
  return reject(answerSettingLine(words, '1.6.18'), quiet);
}

function parseMemoryLimit(words: readonly string[]): ParsedLine {
  const quiet = endsWithNoreply(words);
  const megabytes = readUint32(words[1] ?? '');
  // "ERROR" comes with the usage text of memcached's own limit checks; below 8 MB it refuses.
  if (megabytes === undefined) return reject('ERROR', quiet);
  if (megabytes < 8) return reject('MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m', quiet);
  if (megabytes > MOST_MEGABYTES) return reject('MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes', quiet);
  return { request: { op: 'memory-limit', megabytes, quiet } };
}

function endsWithNoreply(words: readonly string[]): boolean {
  return words.at(-1) === 'noreply';
}
