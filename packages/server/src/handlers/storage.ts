/** set, add, replace, append, prepend and cas, for every protocol (memcached.c of 1.6.18, do_store_item). */
import type { StorageMode } from '@memkit/protocol/internal';
import type { ItemStore } from '../store/item-store.js';
import { slabClassOf } from '../store/slab-classes.js';
import type { ItemFacts, NewItem, StoredItem } from '../store/stored-item.js';

export interface StoreInput {
  readonly mode: StorageMode;
  readonly key: string;
  readonly data: Buffer;
  readonly flags: number;
  readonly exptime: number;
  /** 0n: no condition, except in mode `cas`, where it matches nothing. */
  readonly cas: bigint;
  /** Meta `I`: a CAS value below the item's own stores too, and leaves the item stale. */
  readonly allowsStale?: boolean;
  readonly isBinaryKey?: boolean;
  /** Meta `E`: the CAS value of the stored item. */
  readonly newCas?: bigint | undefined;
  /** Meta `N`: append and prepend create an item that is not there, with this exptime. */
  readonly vivify?: number | undefined;
  /** When there is no memory for it the old value goes, so that nobody reads what was to be replaced. Default: with `set`. */
  readonly dropsOldValue?: boolean;
}

export type StoreOutcome = 'stored' | 'not-stored' | 'exists' | 'not-found' | 'no-memory';

export interface StoreResult {
  readonly outcome: StoreOutcome;
  /** What was stored. */
  readonly item: StoredItem | undefined;
}

const NOT_STORED: StoreResult = { outcome: 'not-stored', item: undefined };
const EXISTS: StoreResult = { outcome: 'exists', item: undefined };

export function storeItem(store: ItemStore, input: StoreInput): StoreResult {
  const size = store.sizeFor(input.key, input.data.length, input.flags);
  if (!store.memory.hasRoom(size)) {
    refuseForMemory(store, input.key, input.mode, input.dropsOldValue);
    return { outcome: 'no-memory', item: undefined };
  }
  store.countSet(slabClassOf(size));
  // Since 1.6.45 every attempt takes a CAS value, also one that stores nothing.
  const takesCas = store.version !== '1.6.18' && input.newCas === undefined;
  return tryToStore(store, takesCas ? { ...input, newCas: store.cas.next() } : input);
}

function tryToStore(store: ItemStore, input: StoreInput): StoreResult {
  const old = store.peek(input.key);
  // Read before the old item is replaced.
  const joined = input.mode === 'append' || input.mode === 'prepend' ? old?.facts() : undefined;
  const result = old === undefined ? storeWithoutOld(store, input) : storeOverOld(store, input, old);
  if (store.log.watches('mutations')) logStore(store, input, result, joined);
  return result;
}

function logStore(store: ItemStore, input: StoreInput, { outcome }: StoreResult, joined: ItemFacts | undefined): void {
  const { key, flags, data, mode } = input;
  const valueBytes = data.length + (joined?.valueBytes ?? 0);
  const expiresAt = joined?.expiresAt ?? store.expiry(input.exptime);
  store.log.itemStore({
    key,
    status: outcome.replace('-', '_'),
    command: mode,
    ttl: Number.isFinite(expiresAt) ? expiresAt - store.clock.now() : 0,
    slabClass: slabClassOf(store.sizeFor(key, valueBytes, flags)),
    valueBytes,
  });
}

/** The data was too large to be taken in: counted, and an old value goes so that nobody reads stale data. */
export function refuseTooLarge(store: ItemStore, key: string, dropsOldValue: boolean): void {
  store.stats.count('store_too_large');
  if (store.log.watches('mutations')) {
    store.log.itemStore({ key, status: 'too_large', command: 'set', ttl: 0, slabClass: 0, valueBytes: 0 });
  }
  if (dropsOldValue) drop(store, key);
}

/** There is no memory for it, and nothing may be evicted. */
export function refuseForMemory(
  store: ItemStore,
  key: string,
  mode: StorageMode,
  dropsOldValue = mode === 'set',
): void {
  store.stats.count('store_no_memory');
  if (store.log.watches('mutations')) {
    store.log.itemStore({ key, status: 'no_memory', command: mode, ttl: 0, slabClass: 0, valueBytes: 0 });
  }
  if (dropsOldValue) drop(store, key);
}

function drop(store: ItemStore, key: string): void {
  const old = store.peek(key);
  if (old !== undefined) store.remove(old);
}

function storeWithoutOld(store: ItemStore, input: StoreInput): StoreResult {
  switch (input.mode) {
    case 'set':
    case 'add':
      return link(store, newItem(store, input));
    case 'cas':
      store.stats.count('cas_misses');
      return { outcome: 'not-found', item: undefined };
    case 'append':
    case 'prepend':
      if (input.vivify === undefined) return NOT_STORED;
      return link(store, newItem(store, { ...input, exptime: input.vivify }));
    default:
      return NOT_STORED;
  }
}

function storeOverOld(store: ItemStore, input: StoreInput, old: StoredItem): StoreResult {
  switch (input.mode) {
    case 'set':
    case 'replace':
      return link(store, newItem(store, input), old);
    case 'add':
      // Counts as an access, so that a key everybody tries to add stays.
      store.renew(old);
      return NOT_STORED;
    case 'cas':
      return compareAndStore(store, input, old);
    case 'append':
    case 'prepend':
      return join(store, input, old);
  }
}

function compareAndStore(store: ItemStore, input: StoreInput, old: StoredItem): StoreResult {
  if (input.cas !== 0n && input.cas === old.cas) {
    store.count('cas_hits', old.slabClass);
    return link(store, newItem(store, input));
  }
  if (input.cas !== 0n && input.allowsStale === true && input.cas < old.cas) {
    store.count('cas_hits', old.slabClass);
    const { expiresAt, isTokenSent } = old;
    return link(store, { ...newItem(store, input), expiresAt, isTokenSent, isStale: true });
  }
  store.count('cas_badval', old.slabClass);
  return EXISTS;
}

function join(store: ItemStore, input: StoreInput, old: StoredItem): StoreResult {
  if (input.cas !== 0n && input.cas !== old.cas) return EXISTS;
  const { key, flags, expiresAt } = old;
  const valueBytes = old.valueBytes + input.data.length;
  if (!store.canHold({ key, valueBytes, flags })) return NOT_STORED;
  const parts = input.mode === 'append' ? [old.value, input.data] : [input.data, old.value];
  return link(store, { key, flags, expiresAt, cas: input.newCas, value: Buffer.concat(parts, valueBytes) });
}

function newItem(store: ItemStore, input: StoreInput): NewItem {
  return {
    key: input.key,
    value: input.data,
    flags: input.flags,
    expiresAt: store.expiry(input.exptime),
    cas: input.newCas,
    isBinaryKey: input.isBinaryKey ?? false,
  };
}

function link(store: ItemStore, input: NewItem, old?: StoredItem): StoreResult {
  const item = store.link(input, old);
  // Joined, it may not fit where its part did.
  return item === undefined ? NOT_STORED : { outcome: 'stored', item };
}
