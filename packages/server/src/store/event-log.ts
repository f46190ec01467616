/**
 * What `watch` shows: a line for each event, to every watcher of its kind (logger.c of 1.6.18; `deletions` from 1.6.45).
 * Costs one comparison an event while nobody watches.
 */
import { encodeKey } from './encoded-key.js';
import type { StoredItem } from './stored-item.js';

const EVENT_BITS = {
  rawcmds: 1,
  evictions: 2,
  fetchers: 4,
  mutations: 8,
  sysevents: 16,
  connevents: 32,
  deletions: 64,
  // A proxy has these; somebody who watches them here sees nothing.
  proxyreqs: 128,
  proxyevents: 256,
  proxyuser: 512,
} as const;

export type EventKind = keyof typeof EVENT_BITS;

export function isEventKind(word: string): word is EventKind {
  return Object.hasOwn(EVENT_BITS, word);
}

/** Takes lines. `false`: there was no room for this one. */
export interface Watcher {
  write(line: string): boolean;
}

export interface StoreEvent {
  readonly key: string;
  readonly status: string;
  readonly command: string;
  /** Seconds the item has to live; 0: for ever. */
  readonly ttl: number;
  readonly slabClass: number;
  readonly valueBytes: number;
}

/** memcached's WATCHER_LIMIT. */
const MOST_WATCHERS = 20;

export class EventLog {
  /** The connection that is being answered; memcached's `cfd`. */
  connection = 0;
  /** Lines that watchers took, and lines they had no room for. */
  sent = 0;
  /** Events of a kind somebody watched. */
  written = 0;
  skipped = 0;
  readonly #watchers = new Map<Watcher, number>();
  #bits = 0;
  #lastId = 0;

  get watchers(): number {
    return this.#watchers.size;
  }

  watches(kind: EventKind): boolean {
    return (this.#bits & EVENT_BITS[kind]) !== 0;
  }

  /** `false` when there are as many as memcached allows. */
  add(watcher: Watcher, kinds: readonly EventKind[]): boolean {
    if (this.#watchers.size >= MOST_WATCHERS) return false;
    let bits = 0;
    for (const kind of kinds) bits |= EVENT_BITS[kind];
    this.#watchers.set(watcher, bits);
    this.#bits |= bits;
    return true;
  }

  remove(watcher: Watcher): void {
    this.#watchers.delete(watcher);
    this.#bits = 0;
    for (const bits of this.#watchers.values()) this.#bits |= bits;
  }

  itemGet(key: string, status: 'not_found' | 'found' | 'flushed' | 'expired', item?: StoredItem): void {
    const facts = `clsid=${String(item?.slabClass ?? 0)} cfd=${String(this.connection)} size=${String(item?.valueBytes ?? 0)}`;
    this.#write('fetchers', `type=item_get key=${encodeKey(key)} status=${status} ${facts}`);
  }

  itemStore({ key, status, command, ttl, slabClass, valueBytes }: StoreEvent): void {
    const facts = `ttl=${String(ttl)} clsid=${String(slabClass)} cfd=${String(this.connection)} size=${String(valueBytes)}`;
    this.#write('mutations', `type=item_store key=${encodeKey(key)} status=${status} cmd=${command} ${facts}`);
  }

  deletion(item: StoredItem, command: string): void {
    const facts = `clsid=${String(item.slabClass)} size=${String(item.valueBytes)}`;
    this.#write('deletions', `type=deleted key=${encodeKey(item.key)} cmd=${command} ${facts}`);
  }

  /** @param now the current Unix second */
  eviction(item: StoredItem, now: number): void {
    const ttl = Number.isFinite(item.expiresAt) ? item.expiresAt - now : -1;
    const facts = `fetch=${item.isFetched ? 'yes' : 'no'} ttl=${String(ttl)} la=${String(now - item.time)}`;
    const size = `clsid=${String(item.slabClass)} size=${String(item.valueBytes)}`;
    this.#write('evictions', `type=eviction key=${encodeKey(item.key)} ${facts} ${size}`);
  }

  /** @param text what stands behind the number of the event */
  connectionEvent(text: string): void {
    if (this.watches('connevents')) this.#write('connevents', text);
  }

  #write(kind: EventKind, text: string): void {
    this.#lastId += 1;
    this.written += 1;
    const ms = Date.now();
    const time = `${String(Math.floor(ms / 1000))}.${String((ms % 1000) * 1000)}`;
    const line = `ts=${time} gid=${String(this.#lastId)} ${text}\n`;
    for (const [watcher, bits] of this.#watchers) {
      if ((bits & EVENT_BITS[kind]) === 0) continue;
      if (watcher.write(line)) this.sent += 1;
      else this.skipped += 1;
    }
  }
}
