/**
 * One line of a text connection -> a request, or the error line of memcached 1.6.45. Unlike 1.6.18 it asks for the
 * fewest words alone and ignores what is too many, and it swallows the data behind a storage line it refuses, as long as
 * the length could be read.
 */
import { parseNewestMetaLine } from '../meta/newest-meta-parser.js';
import { canStoreItem } from '../rules/item-size.js';
import { MAX_KEY_BYTES } from '../rules/limits.js';
import { parseSharedLine, parseShutdown } from './classic-line-parser.js';
import { answerSettingLine, SETTING_COMMANDS } from './setting-line-parser.js';
import { readStrictInt32, readStrictUint32, readStrictUint64 } from './strict-numbers.js';
import { BAD_FORMAT, MAX_LENGTH_FIELD, reject, type ParsedLine, type StorageMode } from './text-request.js';
import { readInt32, readUint32 } from './wire-numbers.js';

interface Line {
  readonly words: readonly string[];
  /** The last word that memcached reads is `noreply`. */
  readonly quiet: boolean;
  readonly itemSizeMax: number;
}

interface Command {
  /** Fewest words, the command included. */
  readonly words: number;
  readonly parse: (line: Line) => ParsedLine;
}

/** Of longer lines memcached reads so many words, but every key of a get (MCMC_PARSER_MAX_TOKENS, mcmc.h). */
const MAX_WORDS = 23;
/** With its line end. */
const SHORTEST_LINE_BYTES = 4;
const BAD_EXPTIME = 'CLIENT_ERROR invalid exptime argument';
/** memcached takes the text of its reply with the line end, and adds another; only the text heeds noreply (measured). */
const LONG_KEY_IN_GET = `${BAD_FORMAT}\r\n`;
const LEAST_MEGABYTES = 8;
const MOST_MEGABYTES = 1_000_000_000;

/** Found by the bytes in front of the first space. */
const COMMANDS: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['get', { words: 2, parse: (line) => parseGet(line, false) }],
  ['gets', { words: 2, parse: (line) => parseGet(line, true) }],
  ['gat', { words: 3, parse: (line) => parseGetAndTouch(line, false) }],
  ['gats', { words: 3, parse: (line) => parseGetAndTouch(line, true) }],
  ...(['set', 'add', 'replace', 'append', 'prepend', 'cas'] as const).map((mode): [string, Command] => [
    mode,
    { words: 5, parse: (line) => parseStore(line, mode) },
  ]),
  ['incr', { words: 3, parse: (line) => parseArithmetic(line, 'increment') }],
  ['decr', { words: 3, parse: (line) => parseArithmetic(line, 'decrement') }],
  ['delete', { words: 2, parse: parseDelete }],
  ['touch', { words: 3, parse: parseTouch }],
  ...['mg', 'ms', 'md', 'ma', 'me', 'mn'].map((name): [string, Command] => [
    name,
    { words: 1, parse: ({ words, itemSizeMax }) => parseNewestMetaLine(words.slice(0, MAX_WORDS), itemSizeMax) },
  ]),
  ...['stats', 'watch', 'version', 'quit'].map((name): [string, Command] => [
    name,
    { words: 1, parse: ({ words }) => parseSharedLine(words) },
  ]),
]);

/** Found by the first word, wherever it stands. */
const RARE_COMMANDS: ReadonlyMap<string, (line: Line) => ParsedLine> = new Map<string, (line: Line) => ParsedLine>([
  ['flush_all', parseFlush],
  ['verbosity', parseVerbosity],
  ['cache_memlimit', parseMemoryLimit],
  ['shutdown', ({ words, quiet }) => parseShutdown(words, quiet)],
  ...SETTING_COMMANDS.map((name): [string, (line: Line) => ParsedLine] => [
    name,
    ({ words, quiet }) => reject(answerSettingLine(words, '1.6.45'), quiet),
  ]),
  ['lru_crawler', ({ words }) => parseSharedLine(words)],
]);

/** @param text the line without its end. @param lineBytes its length with the end */
export function parseNewestLine(text: string, lineBytes: number, itemSizeMax: number): ParsedLine {
  if (lineBytes < SHORTEST_LINE_BYTES) return reject(BAD_FORMAT);
  const words = text.split(' ').filter((word) => word !== '');
  const line: Line = { words, quiet: words[Math.min(words.length, MAX_WORDS) - 1] === 'noreply', itemSizeMax };
  const space = text.indexOf(' ');
  const command = COMMANDS.get(space < 0 ? text : text.slice(0, space));
  if (command !== undefined) return words.length < command.words ? reject(BAD_FORMAT) : command.parse(line);
  const rare = RARE_COMMANDS.get(words[0] ?? '');
  if (rare !== undefined) return rare(line);
  // A browser or a health check that speaks HTTP gets no answer it could mistake for one.
  const isHttp = words.length > 1 && words[Math.min(words.length, MAX_WORDS) - 1]?.startsWith('HTTP/') === true;
  return isHttp ? { request: { op: 'quit', isError: true } } : reject('ERROR', line.quiet);
}

function parseGet({ words, quiet }: Line, withCas: boolean, exptime?: number): ParsedLine {
  const keys = words.slice(exptime === undefined ? 1 : 2);
  const long = keys.findIndex((key) => key.length > MAX_KEY_BYTES);
  if (long < 0) return { request: { op: 'get', keys, withCas, exptime, refusal: undefined } };
  return { request: { op: 'get', keys: keys.slice(0, long), withCas, exptime, refusal: quiet ? '' : LONG_KEY_IN_GET } };
}

function parseGetAndTouch(line: Line, withCas: boolean): ParsedLine {
  const exptime = readStrictInt32(line.words[1] ?? '');
  return exptime === undefined ? reject(BAD_EXPTIME) : parseGet(line, withCas, exptime);
}

function parseStore({ words, quiet, itemSizeMax }: Line, mode: StorageMode): ParsedLine {
  const [, key = '', flagsWord = '', exptimeWord = '', lengthWord = '', casWord = ''] = words;
  const length = readStrictInt32(lengthWord);
  // Here nobody has looked for noreply yet.
  if (length === undefined || length < 0 || length > MAX_LENGTH_FIELD) return reject(BAD_FORMAT);
  const refused: ParsedLine = { swallow: length + 2, request: { op: 'rejected', reply: quiet ? '' : BAD_FORMAT } };
  if (key.length > MAX_KEY_BYTES) return refused;
  // These two are still read as C reads them.
  const flags = readUint32(flagsWord);
  const exptime = readInt32(exptimeWord);
  const cas = mode === 'cas' ? readStrictUint64(casWord === '' ? 'none' : casWord) : 0n;
  if (flags === undefined || exptime === undefined || cas === undefined) return refused;
  if (!canStoreItem({ keyBytes: key.length, valueBytes: length, flags }, itemSizeMax)) {
    return { swallow: length + 2, request: { op: 'too-large', key, dropsOldValue: mode === 'set', quiet } };
  }
  return { length, quiet, finish: (data) => ({ op: 'store', mode, key, flags, exptime, cas, data, quiet }) };
}

function parseArithmetic({ words, quiet }: Line, direction: 'increment' | 'decrement'): ParsedLine {
  const [, key = '', byWord = ''] = words;
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT, quiet);
  const by = readStrictUint64(byWord);
  if (by === undefined) return reject('CLIENT_ERROR invalid numeric delta argument', quiet);
  return { request: { op: 'arithmetic', direction, key, by, quiet } };
}

function parseDelete({ words, quiet }: Line): ParsedLine {
  const [, key = ''] = words;
  return key.length > MAX_KEY_BYTES ? reject(BAD_FORMAT, quiet) : { request: { op: 'delete', key, quiet } };
}

function parseTouch({ words, quiet }: Line): ParsedLine {
  const [, key = '', exptimeWord = ''] = words;
  if (key.length > MAX_KEY_BYTES) return reject(BAD_FORMAT, quiet);
  const exptime = readStrictInt32(exptimeWord);
  return exptime === undefined ? reject(BAD_EXPTIME, quiet) : { request: { op: 'touch', key, exptime, quiet } };
}

function parseFlush({ words, quiet }: Line): ParsedLine {
  if (words.length === (quiet ? 2 : 1)) return { request: { op: 'flush', exptime: 0, quiet } };
  const exptime = readStrictInt32(words[1] ?? '');
  return exptime === undefined ? reject(BAD_EXPTIME, quiet) : { request: { op: 'flush', exptime, quiet } };
}

function parseVerbosity({ words, quiet }: Line): ParsedLine {
  const level = readStrictUint32(words[1] ?? '');
  return level === undefined ? reject(BAD_FORMAT, quiet) : { request: { op: 'verbosity', level, quiet } };
}

function parseMemoryLimit({ words, quiet }: Line): ParsedLine {
  const megabytes = readStrictUint32(words[1] ?? '');
  if (megabytes === undefined) return reject('ERROR', quiet);
  if (megabytes < LEAST_MEGABYTES) return reject('MEMLIMIT_TOO_SMALL cannot set maxbytes to less than 8m', quiet);
  if (megabytes > MOST_MEGABYTES) return reject('MEMLIMIT_ADJUST_FAILED input value is megabytes not bytes', quiet);
  return { request: { op: 'memory-limit', megabytes, quiet } };
}
