/**
 * Decides what becomes of an encoded value that may be larger than its server stores. Nothing here touches a
 * connection except the question for the server's limit, which is asked only when a value is too large for what is known.
 */
import { MemcacheError, showNumber } from '@memkit/protocol';
import { MAX_KEY_BYTES, itemOverhead, keyBytes } from '@memkit/protocol/internal';
import type { ServerLink } from '../cluster/server-link.js';
import type { StoreMode, WireItem } from '../drivers/protocol-driver.js';
import { requestFacts } from '../drivers/request-facts.js';
import type { TooLargePolicy } from '../options/memcache-options.js';
import { publishWarning } from '../telemetry/channels.js';
import type { EncodedValue } from './encoded-value.js';
import { bookkeepingBytes, countedBytes, type ItemLimits } from './item-limits.js';
import { learnItemLimits } from './learn-item-limits.js';

const MOST_BESIDE_THE_VALUE = MAX_KEY_BYTES + itemOverhead(1);

/** A value on its way to the server of its key. */
export interface OutgoingValue {
  readonly mode: StoreMode;
  /** As it travels, prefix included. */
  readonly key: string;
  readonly value: EncodedValue;
  readonly link: ServerLink;
  /** The option `onTooLarge`. */
  readonly policy: TooLargePolicy;
  /** A time of the client's clock. */
  readonly deadlineAt: number;
}

/** `'whole'`: send it. `'chunks'`: ChunkedValues stores it. `'skip'`: store nothing and answer `false`;
 * a warning was published. */
export type Fit = 'whole' | 'chunks' | 'skip';

/** True for any key: the common case, decided without looking at the key. */
export function surelyFits(value: EncodedValue, limits: ItemLimits): boolean {
  return value.dataBytes + MOST_BESIDE_THE_VALUE <= limits.itemSizeMax;
}

/**
 * What to do with the value. A Promise only when it is too large for what is known so far and its server has to be
 * asked for its own limit first.
 * @throws `MEMCACHE_ITEM_TOO_LARGE` before the first byte, by the policy `'error'` and for `append` and `prepend`
 * @example
 * if (!surelyFits(value, link.limits)) fit = await fitItem({ mode, key, value, link, policy, deadlineAt });
 */
export function fitItem(outgoing: OutgoingValue): Fit | Promise<Fit> {
  if (fits(outgoing)) return 'whole';
  const { link, deadlineAt } = outgoing;
  if (link.limits.isKnown) return applyPolicy(outgoing, undefined);
  return learnItemLimits(link, deadlineAt).then(() => (fits(outgoing) ? 'whole' : applyPolicy(outgoing, undefined)));
}

/**
 * What to do after a server refused the item as too large although it seemed to fit: its limit is smaller than was
 * assumed or known. Learns the limit and applies the policy; never answers `'whole'`.
 * @param refusal the server's `MEMCACHE_ITEM_TOO_LARGE`
 * @throws `MEMCACHE_ITEM_TOO_LARGE`
 */
export async function fitRefusedItem(outgoing: OutgoingValue, refusal: MemcacheError): Promise<Fit> {
  await learnItemLimits(outgoing.link, outgoing.deadlineAt);
  return applyPolicy(outgoing, refusal);
}

/**
 * Why a server did not append or prepend although the key is there: memcached answers a piece that makes the item too
 * large exactly as it answers an absent key (NOT_STORED, measured on 1.6.18 and 1.6.45).
 * @param outgoing the piece
 * @param existing the item as it is
 * @returns `false` when the item has room for it, so that it must have been absent then
 * @throws `MEMCACHE_ITEM_TOO_LARGE`
 */
export async function fitRefusedPiece(outgoing: OutgoingValue, existing: WireItem): Promise<false> {
  const { link, deadlineAt } = outgoing;
  const dataBytes = existing.data.length + outgoing.value.dataBytes;
  const grown = { ...outgoing, value: { data: '', dataBytes, flags: existing.flags } };
  if (!link.limits.isKnown) await learnItemLimits(link, deadlineAt);
  if (fits(grown)) return false;
  throw tooLarge(grown, undefined);
}

function fits({ key, value, link }: OutgoingValue): boolean {
  const { itemSizeMax, rule } = link.limits;
  if (surelyFits(value, link.limits)) return true;
  return (
    countedBytes({ keyBytes: keyBytes(key), valueBytes: value.dataBytes, flags: value.flags }, rule) <= itemSizeMax
  );
}

function applyPolicy(outgoing: OutgoingValue, refusal: MemcacheError | undefined): Fit {
  const { mode, value, policy, link } = outgoing;
  const isPiece = mode === 'append' || mode === 'prepend';
  if (policy === 'chunk' && !isPiece && value.isWhole !== true) return 'chunks';
  // With numbers that say otherwise, only the server knows why it refused.
  const error = refusal !== undefined && fits(outgoing) ? refusal : tooLarge(outgoing, refusal);
  if (policy !== 'skip' || isPiece) throw error;
  publishWarning({ event: 'value-skipped', server: link.name, command: mode, error });
  return 'skip';
}

function tooLarge(outgoing: OutgoingValue, cause: unknown): MemcacheError {
  const { mode, key, value, link } = outgoing;
  const { itemSizeMax, rule } = link.limits;
  const size = (valueBytes: number) => countedBytes({ keyBytes: keyBytes(key), valueBytes, flags: value.flags }, rule);
  const compressed =
    value.plainBytes === undefined ? '' : ` after compression (${showNumber(size(value.plainBytes))} before)`;
  const bookkeeping = bookkeepingBytes(value.flags, rule);
  const counted =
    bookkeeping === 0 ? 'key and value' : `key, value and ${showNumber(bookkeeping)} bytes of bookkeeping`;
  return new MemcacheError('ITEM_TOO_LARGE', {
    ...requestFacts(mode, key, link.name),
    detail:
      `the item needs ${showNumber(size(value.dataBytes))} bytes${compressed} ` +
      `and the server's limit is ${showNumber(itemSizeMax)} (${counted})`,
    hint: remedies(outgoing),
    cause,
  });
}

function remedies({ mode, value, link, policy }: OutgoingValue): string {
  const canChunk = policy !== 'chunk' && value.isWhole !== true && mode !== 'append' && mode !== 'prepend';
  const ways = ['Store less'];
  ways.push(canChunk ? "turn on chunking (onTooLarge: 'chunk')" : 'split the value over several keys');
  if (link.limits.rule !== 'key-and-value') ways.push('raise memcached -I');
  const last = ways.pop();
  return `${ways.join(', ')}${ways.length > 1 ? ',' : ''} or ${last ?? ''}.`;
}
