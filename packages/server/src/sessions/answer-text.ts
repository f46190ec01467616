/** One text or meta request -> its reply, written behind the others of this chunk. */
import {
  writeEnd,
  writeLine,
  writeMetaReply,
  writeStat,
  writeValue,
  type ByteWriter,
  type ClassicRequest,
  type TextRequest,
} from '@memkit/protocol/internal';
import { changeCounter, countMissedCounter } from '../handlers/arithmetic.js';
import { deleteItem } from '../handlers/delete.js';
import { answerLruCrawler } from '../handlers/lru-crawler.js';
import { answerMeta, metaGet, type MetaAnswer } from '../handlers/meta.js';
import { answerPlainHit, isPlainHit } from '../handlers/plain-meta-get.js';
import { fetchItem } from '../handlers/retrieval.js';
import { refuseTooLarge, storeItem, type StoreOutcome } from '../handlers/storage.js';
import { cachedumpLines } from '../handlers/stats/cachedump.js';
import { collectStats } from '../handlers/stats/collect-stats.js';
import { hasEnd } from '../handlers/stats/sizes.js';
import { switchDetail } from '../handlers/stats/detail.js';
import { touchItem } from '../handlers/touch.js';
import { answerShutdown } from '../handlers/shutdown.js';
import { answerWatch } from '../handlers/watch.js';
import type { ItemStore } from '../store/item-store.js';
import type { StoredItem } from '../store/stored-item.js';
import type { AnswerContext } from './answer-context.js';
import { REPLY_PART_BYTES, type Answered } from './answered.js';

/** memcached's MAX_VERBOSITY_LEVEL. */
const MOST_VERBOSITY = 2;

const STORE_REPLIES: Readonly<Record<StoreOutcome, string>> = {
  stored: 'STORED',
  'not-stored': 'NOT_STORED',
  exists: 'EXISTS',
  'not-found': 'NOT_FOUND',
  'no-memory': 'SERVER_ERROR out of memory storing object',
};

export function answerText(context: AnswerContext, request: TextRequest, writer: ByteWriter): Answered {
  context.store.log.connection = context.connection.id;
  switch (request.op) {
    case 'quit':
      if (request.isError === true) context.connection.closeReason = 'error';
      return 'close';
    case 'rejected':
      if (request.reply !== '') writeLine(writer, request.reply);
      return undefined;
    case 'too-large':
      refuseTooLarge(context.store, request.key, request.dropsOldValue);
      if (!request.quiet) writeLine(writer, 'SERVER_ERROR object too large for cache');
      return undefined;
    case 'meta-get':
      answerMetaGet(context.store, request, writer);
      return undefined;
    case 'meta-set':
    case 'meta-delete':
    case 'meta-arithmetic':
    case 'meta-debug':
    case 'meta-noop': {
      writeMetaAnswer(writer, answerMeta(context.store, request));
      return undefined;
    }
    case 'get':
      return answerGet(context.store, request, writer);
    case 'watch':
      return answerWatch(context, request.kinds, writer);
    case 'lru-crawler':
      return answerLruCrawler(context, request.words, writer);
    case 'shutdown':
      return answerShutdown(context.facts, request, writer);
    default:
      answerClassic(context, request, writer);
      return undefined;
  }
}

function answerMetaGet(store: ItemStore, request: Extract<TextRequest, { op: 'meta-get' }>, writer: ByteWriter): void {
  const item = store.peek(request.key);
  if (item !== undefined && isPlainHit(item, request.options)) answerPlainHit(store, item, request.options, writer);
  else writeMetaAnswer(writer, metaGet(store, request, item));
}

function writeMetaAnswer(writer: ByteWriter, answer: MetaAnswer): void {
  if (answer === undefined) return;
  if ('error' in answer) writeLine(writer, answer.error);
  else writeMetaReply(writer, answer);
}

type AnsweredRequest = Exclude<ClassicRequest, { readonly op: 'quit' | 'get' | 'watch' | 'lru-crawler' | 'shutdown' }>;

function answerClassic(context: AnswerContext, request: AnsweredRequest, writer: ByteWriter): void {
  if (request.op === 'stats') {
    answerStats(context, request.words, writer);
  } else {
    const line = replyLine(context, request);
    if (!('quiet' in request && request.quiet)) writeLine(writer, line);
  }
}

function replyLine({ store, facts }: AnswerContext, request: Exclude<AnsweredRequest, { op: 'stats' }>): string {
  switch (request.op) {
    case 'store':
      store.prefixes.countSet(request.key);
      return STORE_REPLIES[storeItem(store, request).outcome];
    case 'delete':
      store.prefixes.countDelete(request.key);
      return deleteItem(store, request.key) === 'deleted' ? 'DELETED' : 'NOT_FOUND';
    case 'arithmetic':
      return counterLine(store, request);
    case 'touch':
      return touchItem(store, request.key, request.exptime) === undefined ? 'NOT_FOUND' : 'TOUCHED';
    case 'version':
      return `VERSION ${facts.version}`;
    case 'flush':
      store.stats.count('cmd_flush');
      if (facts.disabled.has('flush-all')) return 'CLIENT_ERROR flush_all not allowed';
      store.flush(request.exptime);
      return 'OK';
    case 'verbosity':
      store.stats.verbosity = Math.min(request.level, MOST_VERBOSITY);
      return 'OK';
    case 'memory-limit':
      store.memory.bytes = request.megabytes * 1024 * 1024;
      return 'OK';
  }
}

function counterLine(store: ItemStore, request: Extract<ClassicRequest, { op: 'arithmetic' }>): string {
  const result = changeCounter(store, request);
  switch (result.outcome) {
    case 'done':
      return String(result.value);
    case 'not-a-number':
      return 'CLIENT_ERROR cannot increment or decrement non-numeric value';
    case 'no-memory':
      return 'SERVER_ERROR out of memory';
    default:
      countMissedCounter(store, request.direction);
      return 'NOT_FOUND';
  }
}

/** Of a get, before others have their turn. */
const KEYS_A_PART = 1000;

type GetRequest = Extract<ClassicRequest, { op: 'get' }>;

function answerGet(store: ItemStore, request: GetRequest, writer: ByteWriter): Answered {
  if (request.refusal === undefined) return writeValues(store, request, 0, writer);
  // The values found before the long key are dropped with it.
  for (const key of request.keys) lookUp(store, request, key);
  writeLine(writer, request.refusal);
  return undefined;
}

/** Values of a long list of keys can be larger than all memory together: they are looked up as the client takes them. */
function writeValues(store: ItemStore, request: GetRequest, from: number, writer: ByteWriter): Answered {
  const { keys, withCas } = request;
  const most = writer.length + REPLY_PART_BYTES;
  for (let at = from; at < keys.length; at += 1) {
    if (writer.length > most || at - from === KEYS_A_PART) return (next) => writeValues(store, request, at, next);
    const key = keys[at] ?? '';
    const item = lookUp(store, request, key);
    if (item !== undefined)
      writeValue(writer, { key, flags: item.flags, value: item.value, cas: withCas ? item.cas : undefined });
  }
  writeEnd(writer);
  return undefined;
}

function lookUp(store: ItemStore, { exptime }: GetRequest, key: string): StoredItem | undefined {
  const item = exptime === undefined ? fetchItem(store, key) : touchItem(store, key, exptime);
  store.prefixes.countGet(key, item !== undefined);
  return item;
}

function answerStats(context: AnswerContext, words: readonly string[], writer: ByteWriter): void {
  const [group = ''] = words;
  if (group === 'detail' || group === 'cachedump') {
    const lines = group === 'detail' ? switchDetail(context, words[1]) : cachedumpLines(context, words);
    for (const line of lines) writeLine(writer, line);
    return;
  }
  const stats = collectStats(context, group);
  if (stats === undefined) {
    writeLine(writer, 'ERROR');
  } else if (stats === 'reset') {
    writeLine(writer, 'RESET');
  } else {
    for (const [name, value] of stats) writeStat(writer, name, value);
    if (hasEnd(group)) writeEnd(writer);
  }
}
