/**
 * slabs, lru, extstore and refresh_certs: commands that set up parts of memcached this server does not have. They are
 * checked and answered as memcached does, and change nothing.
 */
import type { MemcachedVersion } from './memcached-version.js';
import { readStrictInt32, readStrictUint32 } from './strict-numbers.js';
import { BAD_FORMAT } from './text-request.js';
import { readInt32, readUint32 } from './wire-numbers.js';

interface SettingRules {
  readonly int32: (token: string) => number | undefined;
  readonly uint32: (token: string) => number | undefined;
  /** 1.6.45 is content with the beginning of a name. */
  readonly isName: (word: string | undefined, name: string) => boolean;
  readonly hasAutomoveWindow: boolean;
}

type Words = readonly string[];

const RULES: Readonly<Record<MemcachedVersion, SettingRules>> = {
  '1.6.18': {
    int32: readInt32,
    uint32: readUint32,
    isName: (word, name) => word === name,
    hasAutomoveWindow: false,
  },
  '1.6.45': {
    int32: readStrictInt32,
    uint32: readStrictUint32,
    isName: (word, name) => word !== undefined && name.startsWith(word),
    hasAutomoveWindow: true,
  },
};

/** Number of the largest slab class with the default limits (stats slabs of both versions). */
const LARGEST_CLASS = 39;
const MOST_HOT_AND_WARM = 80;
const AUTOMOVE_SECONDS = { least: 3, most: 1800 };
const EXTSTORE_NUMBERS = 'item_size item_age low_ttl recache_rate compact_under drop_under max_sleep drop_unread'.split(
  ' ',
);
const C_DOUBLE = /^[\t-\r ]*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?(?=[\t-\r \0]|$)/i;

export const SETTING_COMMANDS = ['slabs', 'lru', 'extstore', 'refresh_certs'] as const;

/** memcached's answer to one of these commands. */
export function answerSettingLine(words: Words, version: MemcachedVersion): string {
  const rules = RULES[version];
  switch (words[0]) {
    case 'slabs':
      return slabs(words, rules);
    case 'lru':
      return lru(words, rules);
    case 'extstore':
      return extstore(words, rules);
    default:
      return 'Error TLS not enabled';
  }
}

function slabs(words: Words, rules: SettingRules): string {
  const [, command, first, second] = words;
  if (words.length === 4 && rules.isName(command, 'reassign')) return reassign(first, second, rules);
  return words.length >= 3 && rules.isName(command, 'automove') ? automove(words, rules) : 'ERROR';
}

function reassign(from: string | undefined, to: string | undefined, { int32 }: SettingRules): string {
  const [source, destination] = [int32(from ?? ''), int32(to ?? '')];
  if (source === undefined || destination === undefined) return BAD_FORMAT;
  if (source === destination) return 'SAME src and dst class are identical';
  const isClass = (id: number): boolean => id >= 0 && id <= LARGEST_CLASS;
  const isKnown = isClass(destination) && (source === -1 || isClass(source));
  return isKnown ? 'NOSPARE source class has no spare pages' : 'BADCLASS invalid src or dst class id';
}

function automove(words: Words, rules: SettingRules): string {
  const [, , mode, value] = words;
  const isRatio = rules.isName(mode, 'ratio') || (rules.hasAutomoveWindow && rules.isName(mode, 'freeratio'));
  if (isRatio) return isDouble(value) ? 'OK' : 'ERROR';
  if (rules.hasAutomoveWindow && rules.isName(mode, 'window')) {
    const seconds = rules.uint32(value ?? '');
    if (seconds === undefined) return BAD_FORMAT;
    const isInRange = seconds >= AUTOMOVE_SECONDS.least && seconds <= AUTOMOVE_SECONDS.most;
    return isInRange ? 'OK' : 'CLIENT_ERROR automove window too low or too high';
  }
  const level = rules.uint32(mode ?? '');
  if (level === undefined) return BAD_FORMAT;
  return level <= 2 ? 'OK' : 'ERROR';
}

function lru(words: Words, rules: SettingRules): string {
  const [, command, value] = words;
  if (rules.isName(command, 'tune') && words.length >= 6) return tune(words, rules);
  if (words.length < 3) return 'ERROR';
  if (rules.isName(command, 'mode')) {
    return rules.isName(value, 'flat') || rules.isName(value, 'segmented') ? 'OK' : 'ERROR';
  }
  return rules.isName(command, 'temp_ttl') && rules.int32(value ?? '') !== undefined ? 'OK' : 'ERROR';
}

function tune(words: Words, { uint32 }: SettingRules): string {
  const [, , hotWord = '', warmWord = '', hotFactor = '', warmFactor = ''] = words;
  const [hot, warm] = [uint32(hotWord), uint32(warmWord)];
  if (hot === undefined || warm === undefined || !isDouble(hotFactor) || !isDouble(warmFactor)) return 'ERROR';
  if (hot + warm > MOST_HOT_AND_WARM) return 'ERROR hot and warm pcts must not exceed 80';
  const isPositive = Number.parseFloat(hotFactor) > 0 && Number.parseFloat(warmFactor) > 0;
  return isPositive ? 'OK' : 'ERROR hot/warm age factors must be greater than 0';
}

function extstore(words: Words, rules: SettingRules): string {
  const [, name, value = '', second = ''] = words;
  if (words.length < 3) return 'ERROR';
  const isNumber = (word: string): boolean => rules.uint32(word) !== undefined;
  if (rules.isName(name, 'free_memchunks') && words.length > 3) {
    return isNumber(value) && isNumber(second) ? 'OK' : 'ERROR';
  }
  if (EXTSTORE_NUMBERS.some((known) => rules.isName(name, known))) return isNumber(value) ? 'OK' : 'ERROR';
  return rules.isName(name, 'max_frag') && isDouble(value) ? 'OK' : 'ERROR';
}

function isDouble(word: string | undefined): boolean {
  return word !== undefined && C_DOUBLE.test(word);
}
