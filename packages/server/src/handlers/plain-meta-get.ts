/**
 * The hits nearly every `mg` is: no flag changes anything, and nobody is told to recache. Written at once, where meta.ts
 * collects words: the same reply for half the time.
 */
import { metaKeyFlags, type ByteWriter, type MetaOptions } from '@memkit/protocol/internal';
import type { ItemStore } from '../store/item-store.js';
import type { StoredItem } from '../store/stored-item.js';
import { timeToLive } from './meta.js';

/** b c f k q s t v; O is as plain while it is short. */
const PLAIN_LETTERS = 'bcfkqstv';
/** memcached repeats at least so many. */
const SHORT_OPAQUE_LETTERS = 32;

const isPlainCode: readonly boolean[] = Array.from({ length: 0x80 }, (_, code) =>
  PLAIN_LETTERS.includes(String.fromCharCode(code)),
);
const [OPAQUE, CAS, FLAGS, KEY, SIZE, TTL] = ['O', 'c', 'f', 'k', 's', 't'].map((letter) => letter.charCodeAt(0));

export function isPlainHit(item: StoredItem, { tokens, cas }: MetaOptions): boolean {
  if (cas !== undefined || item.isStale || item.isTokenSent) return false;
  for (const token of tokens) {
    const code = token.charCodeAt(0);
    if (isPlainCode[code] !== true && (code !== OPAQUE || token.length > SHORT_OPAQUE_LETTERS)) return false;
  }
  return true;
}

export function answerPlainHit(store: ItemStore, item: StoredItem, options: MetaOptions, writer: ByteWriter): void {
  store.bump(item);
  store.stats.counts.cmd_get += 1;
  store.countHit(item.slabClass);
  if (options.value) {
    writer.latin1('VA ');
    writer.decimal(item.valueBytes);
  } else {
    writer.latin1('HD');
  }
  for (const token of options.tokens) writeFlag(store, item, token, writer);
  writer.latin1('\r\n');
  if (!options.value) return;
  writer.bytes(item.value);
  writer.latin1('\r\n');
}

function writeFlag(store: ItemStore, item: StoredItem, token: string, writer: ByteWriter): void {
  switch (token.charCodeAt(0)) {
    case FLAGS:
      writer.latin1(' f');
      writer.decimal(item.flags);
      return;
    case CAS:
      writer.latin1(` c${String(item.cas)}`);
      return;
    case SIZE:
      writer.latin1(' s');
      writer.decimal(item.valueBytes);
      return;
    case TTL:
      writer.latin1(` t${timeToLive(store, item)}`);
      return;
    case KEY:
      for (const flag of metaKeyFlags(item.key, item.isBinaryKey)) writer.latin1(` ${flag}`);
      return;
    case OPAQUE:
      writer.latin1(` ${token}`);
  }
}
