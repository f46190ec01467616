/** incr and decr, for every protocol (memcached.c of 1.6.18, do_add_delta). */
import { MAX_COUNTER, readUint64 } from '@memkit/protocol/internal';
import type { ItemStore } from '../store/item-store.js';
import type { ItemFacts, StoredItem } from '../store/stored-item.js';

export interface ArithmeticInput {
  readonly key: string;
  readonly direction: 'increment' | 'decrement';
  readonly by: bigint;
  /** 0n: no condition. */
  readonly cas?: bigint;
}

export type ArithmeticResult =
  | {
      readonly outcome: 'done';
      readonly value: bigint;
      /**
       * The item to report on. When the number grew by a digit this is the replaced item with the new CAS value: a
       * change to its expiry has no effect, which is what memcached does as well (1.6.18).
       */
      readonly item: ItemFacts;
    }
  | { readonly outcome: 'not-found' | 'exists' | 'not-a-number' | 'no-memory' };

/** memcached keeps larger values in several chunks and does not read numbers from those (slab_chunk_max / 2). */
const MAX_NUMBER_BYTES = 512 * 1024;

export function changeCounter(store: ItemStore, { key, direction, by, cas = 0n }: ArithmeticInput): ArithmeticResult {
  const counter = direction === 'increment' ? 'incr' : 'decr';
  const item = store.peek(key);
  if (item === undefined) {
    return { outcome: 'not-found' };
  }
  if (item.valueBytes === 0 || item.valueBytes > MAX_NUMBER_BYTES) return { outcome: 'not-a-number' };
  if (cas !== 0n && cas !== item.cas) return { outcome: 'exists' };
  const current = readUint64(item.value.toString('latin1'));
  if (current === undefined) return { outcome: 'not-a-number' };
  store.count(`${counter}_hits`, item.slabClass);
  const value = direction === 'increment' ? (current + by) & MAX_COUNTER : decremented(current, by);
  return write(store, item, value);
}

export function countMissedCounter(store: ItemStore, direction: 'increment' | 'decrement'): void {
  store.stats.count(direction === 'increment' ? 'incr_misses' : 'decr_misses');
}

function decremented(current: bigint, by: bigint): bigint {
  return by > current ? 0n : current - by;
}

/** A number that needs no more room keeps the length of the old value: spaces fill the rest, as in memcached. */
function write(store: ItemStore, item: StoredItem, value: bigint): ArithmeticResult {
  const digits = String(value);
  if (digits.length <= item.valueBytes) {
    item.value = Buffer.from(digits.padEnd(item.valueBytes), 'latin1');
    item.cas = store.cas.next();
    store.renew(item);
    return { outcome: 'done', value, item };
  }
  const replaced = item.facts();
  const { key, flags, expiresAt } = replaced;
  const grown = store.link({ key, flags, expiresAt, value: Buffer.from(digits, 'latin1') });
  if (grown === undefined) return { outcome: 'no-memory' };
  return { outcome: 'done', value, item: { ...replaced, cas: grown.cas } };
}
