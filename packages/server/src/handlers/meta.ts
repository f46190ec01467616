/**
 * mg, ms, md, ma and me: memcached's replies, token by token. Reply flags come in the order of the request's, and a flag
 * that changes the item (T) takes effect at its place in that order: `t T30` shows the old time.
 */
import {
  hasLongOpaque,
  LONG_OPAQUE,
  metaKeyFlags,
  tokensBeforeLongOpaque,
  type MetaAnswerLine,
  type MetaOptions,
  type MetaRequest,
} from '@memkit/protocol/internal';
import type { ItemStore } from '../store/item-store.js';
import type { ItemFacts, StoredItem } from '../store/stored-item.js';
import { changeCounter, countMissedCounter } from './arithmetic.js';
import { storeItem, type StoreOutcome } from './storage.js';

/** A reply, or an error line, or nothing where `q` suppresses the nominal answer. */
export type MetaAnswer = MetaAnswerLine | { readonly error: string } | undefined;

type Request<Op extends MetaRequest['op']> = Extract<MetaRequest, { readonly op: Op }>;

const EMPTY = Buffer.alloc(0);
const STORED: MetaAnswerLine = { status: 'HD', flags: [] };
/** Flags of mg that look at the item before the access is counted. */
const LOOKS_FIRST = ['N', 'T', 'R', 'l', 'h'];

export function answerMeta(store: ItemStore, request: MetaRequest): MetaAnswer {
  switch (request.op) {
    case 'meta-get':
      return metaGet(store, request, store.peek(request.key));
    case 'meta-set':
      return metaSet(store, request);
    case 'meta-delete':
      return metaDelete(store, request);
    case 'meta-arithmetic':
      return metaArithmetic(store, request);
    case 'meta-debug':
      return { error: metaDebug(store, request.key) };
    case 'meta-noop':
      return { error: 'MN' };
  }
}

/** A long opaque token is noticed only while the reply is written: what the flags in front of it change is changed. */
export function metaGet(store: ItemStore, request: Request<'meta-get'>, found: StoredItem | undefined): MetaAnswer {
  const answer = getItem(store, request, found);
  return hasLongOpaque(request.options.tokens) ? { error: LONG_OPAQUE } : answer;
}

function getItem(store: ItemStore, { key, options }: Request<'meta-get'>, found: StoredItem | undefined): MetaAnswer {
  let item = found;
  const isTouch = options.exptime !== undefined;
  const looksFirst = options.tokens.some((token) => LOOKS_FIRST.includes(token.charAt(0)));
  if (item !== undefined && !looksFirst && !options.noUpdate) store.bump(item);
  let isVivified = false;
  if (item === undefined && options.vivify !== undefined) {
    item = store.link({ key, value: EMPTY, flags: 0, expiresAt: Number.POSITIVE_INFINITY, cas: options.newCas });
    isVivified = item !== undefined;
  }
  store.stats.count(isTouch && item !== undefined ? 'cmd_touch' : 'cmd_get');
  if (item === undefined) {
    store.stats.count('get_misses');
    return options.quiet ? undefined : { status: 'EN', flags: echoFlags(key, options) };
  }
  store.count(isTouch ? 'touch_hits' : 'get_hits', item.slabClass);
  const { flags, hasWon } = hitFlags(store, item, options, isVivified);
  if (hasLongOpaque(options.tokens)) return undefined;
  flags.push(...recacheFlags(item, hasWon));
  if (looksFirst && !options.noUpdate) store.bump(item);
  const isWanted = options.value && (options.cas === undefined || options.cas !== item.cas);
  return isWanted ? { status: 'VA', flags, value: item.value } : { status: 'HD', flags };
}

function hitFlags(
  store: ItemStore,
  item: StoredItem,
  options: MetaOptions,
  isVivified: boolean,
): { readonly flags: string[]; readonly hasWon: boolean } {
  const flags: string[] = [];
  let hasWon = false;
  for (const token of tokensBeforeLongOpaque(options.tokens)) {
    switch (token.charAt(0)) {
      case 'T':
        item.expiresAt = store.expiry(options.exptime ?? 0);
        break;
      case 'N':
        if (isVivified) item.expiresAt = store.expiry(options.vivify ?? 0);
        break;
      case 'R':
        hasWon ||= !item.isTokenSent && isNearItsEnd(store, item, options.recache ?? 0);
        break;
      default:
        flags.push(...itemFlag(store, item, token));
    }
  }
  return { flags, hasWon: hasWon || isVivified };
}

/** Who may recache the item: this client (W), or another who was told (Z); X: it is stale. */
function recacheFlags(item: StoredItem, hasWon: boolean): string[] {
  const flags: string[] = [];
  if (item.isTokenSent) flags.push('Z');
  if (item.isStale) flags.push('X');
  if (hasWon || (item.isStale && !item.isTokenSent)) {
    flags.push('W');
    item.isTokenSent = true;
  }
  return flags;
}

function isNearItsEnd(store: ItemStore, item: StoredItem, recache: number): boolean {
  // Nothing ends before R0: 0 is no time, as everywhere.
  return recache !== 0 && item.expiresAt < store.expiry(recache);
}

function itemFlag(store: ItemStore, item: ItemFacts, token: string): readonly string[] {
  switch (token.charAt(0)) {
    case 's':
      return [`s${String(item.valueBytes)}`];
    case 't':
      return [`t${timeToLive(store, item)}`];
    case 'c':
      return [`c${String(item.cas)}`];
    case 'f':
      return [`f${String(item.flags)}`];
    case 'l':
      return [`l${String(store.clock.now() - item.time)}`];
    case 'h':
      return [item.isFetched ? 'h1' : 'h0'];
    case 'O':
      return [token];
    case 'k':
      return metaKeyFlags(item.key, item.isBinaryKey);
    default:
      return [];
  }
}

/** -1: never ends. An end in the past wraps to 32 bits, as memcached's unsigned subtraction does. */
export function timeToLive(store: ItemStore, item: ItemFacts): string {
  return Number.isFinite(item.expiresAt) ? String((item.expiresAt - store.clock.now()) >>> 0) : '-1';
}

/** What every reply repeats, hit or not: opaque and key. */
function echoFlags(key: string, options: MetaOptions): string[] {
  return options.tokens.flatMap((token) => {
    if (token.startsWith('O')) return [token];
    return token.startsWith('k') ? [...metaKeyFlags(key, options.isBinaryKey)] : [];
  });
}

const STORE_STATUS = { stored: 'HD', 'not-stored': 'NS', exists: 'EX', 'not-found': 'NF' } as const satisfies Partial<
  Record<StoreOutcome, MetaAnswerLine['status']>
>;

function metaSet(store: ItemStore, { key, mode, data, options }: Request<'meta-set'>): MetaAnswer {
  const { outcome, item } = storeItem(store, {
    mode,
    key,
    data,
    flags: options.clientFlags,
    exptime: options.exptime ?? 0,
    cas: options.cas ?? 0n,
    // Here, and only here, 0 is none.
    newCas: options.newCas === 0n ? undefined : options.newCas,
    vivify: options.vivify,
    allowsStale: options.invalidate,
    isBinaryKey: options.isBinaryKey,
    dropsOldValue: true,
  });
  if (outcome === 'no-memory') return { error: 'SERVER_ERROR out of memory storing object' };
  if (outcome === 'stored' && options.quiet) return undefined;
  if (outcome === 'stored' && options.tokens.length === 0) return STORED;
  const flags = options.tokens.flatMap((token) => {
    if (token.startsWith('O')) return [token];
    if (token.startsWith('k')) return [...metaKeyFlags(key, options.isBinaryKey)];
    if (token.startsWith('s')) return [`s${String(item?.valueBytes ?? data.length)}`];
    return token.startsWith('c') ? [`c${String(item?.cas ?? 0n)}`] : [];
  });
  return { status: STORE_STATUS[outcome], flags };
}

function metaDelete(store: ItemStore, { key, options }: Request<'meta-delete'>): MetaAnswer {
  const flags = echoFlags(key, options);
  const old = store.peek(key);
  if (old === undefined || (options.cas !== undefined && options.cas !== old.cas)) {
    store.stats.count('delete_misses');
    return { status: old === undefined ? 'NF' : 'EX', flags };
  }
  const { slabClass } = old;
  const item = options.dropsValue ? dropValue(store, old, options) : old;
  if (item === undefined) return { error: 'SERVER_ERROR out of memory' };
  if (options.invalidate) {
    if (options.exptime !== undefined) item.expiresAt = store.expiry(options.exptime);
    item.isStale = true;
    // The next reader may win again.
    item.isTokenSent = false;
    item.cas = store.cas.of(options.newCas);
  } else {
    store.count('delete_hits', slabClass);
    if (!options.dropsValue) {
      if (store.log.watches('deletions')) store.log.deletion(item, 'md');
      store.remove(item);
    }
  }
  return options.quiet ? undefined : { status: 'HD', flags };
}

/** An empty item takes its place, with the flags and expiry of the request: none, unless given (1.6.45). */
function dropValue(store: ItemStore, old: StoredItem, options: MetaOptions): StoredItem | undefined {
  const { clientFlags: flags, exptime = 0, newCas: cas = old.cas } = options;
  return store.link({ key: old.key, value: EMPTY, flags, expiresAt: store.expiry(exptime), cas });
}

/** A long opaque token is noticed only behind the change: the counter moves all the same (1.6.18). */
function metaArithmetic(store: ItemStore, request: Request<'meta-arithmetic'>): MetaAnswer {
  const answer = changeMetaCounter(store, request);
  const isRefused = answer !== undefined && 'error' in answer;
  return !isRefused && hasLongOpaque(request.options.tokens) ? { error: LONG_OPAQUE } : answer;
}

function changeMetaCounter(store: ItemStore, { key, direction, options }: Request<'meta-arithmetic'>): MetaAnswer {
  const result = changeCounter(store, { key, direction, by: options.delta, cas: options.cas ?? 0n });
  switch (result.outcome) {
    case 'done': {
      if (options.newCas !== undefined) result.item.cas = store.cas.of(options.newCas);
      const reply = counterReply(store, result.item, result.value, key, options, false);
      return options.quiet ? undefined : reply;
    }
    case 'not-a-number':
      return { error: 'CLIENT_ERROR cannot increment or decrement non-numeric value' };
    case 'no-memory':
      return { error: 'SERVER_ERROR out of memory' };
    case 'exists':
      return { status: 'EX', flags: echoFlags(key, options) };
    case 'not-found':
      return options.vivify === undefined ? missedCounter(store, direction, key, options) : vivify(store, key, options);
  }
}

function missedCounter(
  store: ItemStore,
  direction: 'increment' | 'decrement',
  key: string,
  options: MetaOptions,
): MetaAnswer {
  countMissedCounter(store, direction);
  return { status: 'NF', flags: echoFlags(key, options) };
}

/** The answer of a created counter is sent even with q on 1.6.18. */
function vivify(store: ItemStore, key: string, options: MetaOptions): MetaAnswer {
  const value = Buffer.from(String(options.initial), 'latin1');
  const item = store.link({ key, value, flags: 0, expiresAt: Number.POSITIVE_INFINITY, cas: options.newCas });
  if (item === undefined) return { error: 'SERVER_ERROR Out of memory allocating new item' };
  const reply = counterReply(store, item, options.initial, key, options, true);
  return options.quiet && store.version !== '1.6.18' ? undefined : reply;
}

function counterReply(
  store: ItemStore,
  item: ItemFacts,
  value: bigint,
  key: string,
  options: MetaOptions,
  isVivified: boolean,
): MetaAnswerLine {
  const flags: string[] = [];
  for (const token of tokensBeforeLongOpaque(options.tokens)) {
    const letter = token.charAt(0);
    if (letter === 'T') item.expiresAt = store.expiry(options.exptime ?? 0);
    else if (letter === 'N' && isVivified) item.expiresAt = store.expiry(options.vivify ?? 0);
    else if (letter === 'c' || letter === 't' || letter === 'O') flags.push(...itemFlag(store, item, token));
    else if (letter === 'k') flags.push(...metaKeyFlags(key, options.isBinaryKey));
  }
  return options.value ? { status: 'VA', flags, value: Buffer.from(String(value), 'latin1') } : { status: 'HD', flags };
}

function metaDebug(store: ItemStore, key: string): string {
  // Of all meta commands memcached counts this one alone.
  store.stats.count('cmd_meta');
  const item = store.peek(key);
  if (item === undefined) return 'EN';
  const now = store.clock.now();
  // 1.6.18 shows how long ago it ended.
  const isNewest = store.version !== '1.6.18';
  const shownKey = item.isBinaryKey ? Buffer.from(item.key, 'latin1').toString('base64') : item.key;
  const facts = [
    `exp=${Number.isFinite(item.expiresAt) ? String(isNewest ? item.expiresAt - now : now - item.expiresAt) : '-1'}`,
    `la=${String(now - item.time)}`,
    `cas=${String(item.cas)}`,
    `fetch=${item.isFetched ? 'yes' : 'no'}`,
    `cls=${String(item.slabClass)}`,
    `size=${String(store.sizeOf(item))}`,
  ];
  return `ME ${shownKey} ${facts.join(' ')}`;
}
