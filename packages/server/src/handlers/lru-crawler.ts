/** lru_crawler: its switches, and dumps of all keys as long replies (proto_text.c and crawler.c of 1.6.18 and 1.6.45). */
import { readUint32, writeLine, type ByteWriter } from '@memkit/protocol/internal';
import type { ServerFacts } from '../server-facts.js';
import type { Answered } from '../sessions/answered.js';
import { REPLY_PART_BYTES } from '../sessions/answered.js';
import { encodeKey } from '../store/encoded-key.js';
import type { ItemStore } from '../store/item-store.js';
import type { StatsContext } from './stats/stat.js';
import type { StoredItem } from '../store/stored-item.js';

const BAD_FORMAT = 'CLIENT_ERROR bad command line format';
const BAD_CLASS = 'BADCLASS invalid class id';
const DISABLED = 'CLIENT_ERROR lru crawler disabled';
const MOST_CLASSES = 64;
const MOST_SLEEP_US = 1_000_000;
/** Between two looks at how long the reply is, items that are not shown are passed over too. */
const LOOKS_A_PART = 5000;

type Dump = 'metadump' | 'mgdump';

export function answerLruCrawler(
  { store, facts }: StatsContext,
  words: readonly string[],
  writer: ByteWriter,
): Answered {
  const [command, value] = words;
  const dump = dumpOf(store, words);
  if (dump !== undefined && store.isCrawlerEnabled) {
    const refusal = dumpRefusal(facts, dump, writer);
    const classes = classesOf(value ?? '');
    if (refusal !== undefined || classes === undefined) {
      writeLine(writer, refusal ?? BAD_CLASS);
      return undefined;
    }
    if (store.version !== '1.6.18') writeLine(writer, 'OK');
    return writeDump(store, dump, classes, store.liveItems(), writer);
  }
  writeLine(writer, dump === undefined ? replyLine(store, words.length, command, value) : DISABLED);
  return undefined;
}

function dumpRefusal({ disabled }: ServerFacts, dump: Dump, writer: ByteWriter): string | undefined {
  if (disabled.has('dumping')) return `ERROR ${dump === 'metadump' ? dump : 'key dump'} not allowed`;
  return writer.length > 0 ? `ERROR cannot pipeline other commands before ${dump}` : undefined;
}

function dumpOf(store: ItemStore, [command, classes, ...rest]: readonly string[]): Dump | undefined {
  if (classes === undefined || rest.length > 0) return undefined;
  if (command === 'metadump') return command;
  return command === 'mgdump' && store.version !== '1.6.18' ? command : undefined;
}

function replyLine(store: ItemStore, words: number, command: string | undefined, value = ''): string {
  if (words === 1 && command === 'enable') {
    if (store.isCrawlerEnabled) return 'ERROR failed to start lru crawler thread';
    store.isCrawlerEnabled = true;
    return 'OK';
  }
  if (words === 1 && command === 'disable') {
    store.isCrawlerEnabled = false;
    return 'OK';
  }
  if (words !== 2) return 'ERROR';
  switch (command) {
    case 'crawl':
      return crawl(store, value);
    case 'tocrawl':
      return readUint32(value) === undefined ? BAD_FORMAT : 'OK';
    case 'sleep': {
      const microseconds = readUint32(value);
      if (microseconds === undefined) return BAD_FORMAT;
      return microseconds > MOST_SLEEP_US ? 'CLIENT_ERROR sleep must be one second or less' : 'OK';
    }
    default:
      return 'ERROR';
  }
}

function crawl(store: ItemStore, value: string): string {
  if (!store.isCrawlerEnabled) return DISABLED;
  if (value === 'hash') return 'ERROR an unknown error happened';
  if (classesOf(value) === undefined) return BAD_CLASS;
  store.sweepAll();
  return 'OK';
}

/** Slab classes by number, `all` for every one; `undefined` when a number is none. */
function classesOf(words: string): 'all' | ReadonlySet<number> | undefined {
  if (words === 'all' || words === 'hash') return 'all';
  const numbers = words.split(',').map((word) => readUint32(word));
  const isClass = (id: number | undefined): id is number => id !== undefined && id >= 1 && id < MOST_CLASSES;
  return numbers.every(isClass) ? new Set(numbers) : undefined;
}

function writeDump(
  store: ItemStore,
  dump: Dump,
  classes: 'all' | ReadonlySet<number>,
  items: Iterator<StoredItem, void>,
  writer: ByteWriter,
): Answered {
  const most = writer.length + REPLY_PART_BYTES;
  for (let looks = 0; looks < LOOKS_A_PART && writer.length < most; looks += 1) {
    const { value: item } = items.next();
    if (item === undefined) {
      writeLine(writer, dump === 'metadump' ? 'END' : 'EN');
      return undefined;
    }
    if (classes === 'all' || classes.has(item.slabClass)) writer.latin1(dumpLine(store, dump, item));
  }
  return (next) => writeDump(store, dump, classes, items, next);
}

function dumpLine(store: ItemStore, dump: Dump, item: StoredItem): string {
  if (dump === 'mgdump') {
    const key = item.isBinaryKey ? `${Buffer.from(item.key, 'latin1').toString('base64')} b` : item.key;
    return `mg ${key}\r\n`;
  }
  const facts = [
    `key=${encodeKey(item.key)}`,
    `exp=${Number.isFinite(item.expiresAt) ? String(item.expiresAt) : '-1'}`,
    `la=${String(item.time)}`,
    `cas=${String(item.cas)}`,
    `fetch=${item.isFetched ? 'yes' : 'no'}`,
    `cls=${String(item.slabClass)}`,
    `size=${String(store.sizeOf(item))}`,
  ];
  // 1.6.45 leaves a space behind the flags.
  return store.version === '1.6.18' ? `${facts.join(' ')}\n` : `${facts.join(' ')} flags=${String(item.flags)} \n`;
}
