/** Makes items of values and stores them, as one or several. */
import { isMemcacheError } from '@memkit/protocol';
import { chunkBytesFor } from '../commands/chunk-manifest.js';
import type { ChunkedValues } from '../commands/chunked-values.js';
import type { Dispatcher } from '../commands/dispatcher.js';
import type { Deadline } from '../cluster/deadline.js';
import { DeleteCommand } from '../commands/delete.js';
import { GetCommand } from '../commands/get.js';
import { StoreCommand } from '../commands/store.js';
import type { StoreMode } from '../drivers/protocol-driver.js';
import { clientFlags } from '../options/operation-options.js';
import type { TooLargePolicy } from '../options/memcache-options.js';
import type { EncodedValue } from '../values/encoded-value.js';
import {
  fitItem,
  fitRefusedItem,
  fitRefusedPiece,
  surelyFits,
  type Fit,
  type OutgoingValue,
} from '../values/fit-item.js';
import type { ValueCodec } from '../values/value-codec.js';

/** One store, its arguments checked. */
export interface Store {
  readonly mode: StoreMode;
  /** As it travels. */
  readonly key: string;
  readonly exptime: number;
  /** 0n: unconditional. */
  readonly cas: bigint;
  readonly deadline: Deadline;
}

/** memcached's smallest -I is 1 KiB: below it no server can find an item too large. */
const SMALL_BYTES = 512;

export class ItemWriter {
  readonly #dispatcher: Dispatcher;
  readonly #codec: ValueCodec;
  readonly #chunks: ChunkedValues;
  readonly #policy: TooLargePolicy;

  constructor(dispatcher: Dispatcher, codec: ValueCodec, chunks: ChunkedValues, policy: TooLargePolicy) {
    this.#dispatcher = dispatcher;
    this.#codec = codec;
    this.#chunks = chunks;
    this.#policy = policy;
  }

  /**
   * Whether the value was stored.
   * @param flags the caller's own; `undefined`: those of the value
   * @throws `MEMCACHE_NOT_SERIALIZABLE`, `MEMCACHE_ITEM_TOO_LARGE` here or as a rejection
   */
  store(store: Store, value: unknown, flags: number | undefined): Promise<boolean> {
    return this.#sendInTurn(store, this.#encode(store, value, flags));
  }

  /**
   * As `store` in two steps, so that the values of many keys are all checked before the first one is sent.
   * @throws `MEMCACHE_NOT_SERIALIZABLE`
   */
  prepare(store: Store, value: unknown): () => Promise<boolean> {
    const encoded = this.#encode(store, value, undefined);
    return () => this.#sendInTurn(store, encoded);
  }

  /** A value that is still being packed keeps its place among the calls on its key. */
  #sendInTurn(store: Store, encoded: EncodedValue | Promise<EncodedValue>): Promise<boolean> {
    const { turns } = this.#dispatcher;
    const { mode, key, cas, deadline } = store;
    if (!(encoded instanceof Promise) && turns.turnOf(key) === undefined) return this.#send(store, encoded);
    const turn = turns.take(key, Promise.resolve(encoded));
    const effect = mode === 'set' && cas === 0n ? 'store' : 'condition';
    return this.#dispatcher
      .inTime(turn, { name: mode, key, effect }, deadline)
      .then((value) => this.#send(store, value));
  }

  #encode({ mode, key }: Store, value: unknown, flags: number | undefined): EncodedValue | Promise<EncodedValue> {
    if (isPiece(mode)) return this.#codec.encodePiece(value, key);
    return flags === undefined
      ? this.#codec.encode(value, key)
      : this.#codec.encodeRaw(value, clientFlags(flags, mode), key);
  }

  #send(store: Store, value: EncodedValue): Promise<boolean> {
    const { mode, key, deadline } = store;
    const link = this.#dispatcher.linkOf(key);
    if (link === undefined || value.dataBytes < SMALL_BYTES) return this.#sendItem(store, value);
    const outgoing: OutgoingValue = { mode, key, value, link, policy: this.#policy, deadlineAt: deadline.at };
    if (surelyFits(value, link.limits)) return this.#sendFitting(store, outgoing);
    const fit = fitItem(outgoing);
    return fit instanceof Promise
      ? fit.then((known) => this.#sendAs(known, store, outgoing))
      : this.#sendAs(fit, store, outgoing);
  }

  #sendAs(fit: Fit, store: Store, outgoing: OutgoingValue): Promise<boolean> {
    switch (fit) {
      case 'whole':
        return this.#sendFitting(store, outgoing);
      case 'chunks':
        return this.#sendChunks(store, outgoing);
      case 'skip':
        return this.#skip(store);
    }
  }

  /** As a server that refuses a `set`: what the key held is out of date, so nobody may read it any more. */
  async #skip({ mode, key, cas, deadline }: Store): Promise<false> {
    if (mode === 'set' && cas === 0n) await this.#dispatcher.run(new DeleteCommand(key), deadline);
    return false;
  }

  /** The server has the last word: its limit may be smaller than what is known of it. */
  #sendFitting(store: Store, outgoing: OutgoingValue): Promise<boolean> {
    return this.#sendItem(store, outgoing.value).catch(async (error: unknown) => {
      if (!isMemcacheError(error) || error.code !== 'MEMCACHE_ITEM_TOO_LARGE') throw error;
      return this.#sendAs(await fitRefusedItem(outgoing, error), store, outgoing);
    });
  }

  #sendItem(store: Store, value: EncodedValue): Promise<boolean> {
    return isPiece(store.mode) ? this.#sendPiece(store, value) : this.#sendWhole(store, value);
  }

  #sendWhole({ mode, key, exptime, cas, deadline }: Store, { data, dataBytes, flags }: EncodedValue): Promise<boolean> {
    return this.#dispatcher.runNow(new StoreCommand(mode, key, { data, dataBytes, flags, exptime, cas }), deadline);
  }

  /** `false` only for an absent key; a server answers the same to a piece that makes the item too large. */
  async #sendPiece(store: Store, value: EncodedValue): Promise<boolean> {
    if (await this.#sendWhole(store, value)) return true;
    const { mode, key, deadline } = store;
    const existing = await this.#dispatcher.run(new GetCommand(key, (item) => item), deadline);
    const link = this.#dispatcher.linkOf(key);
    if (existing === undefined || link === undefined) return false;
    return fitRefusedPiece({ mode, key, value, link, policy: this.#policy, deadlineAt: deadline.at }, existing);
  }

  #sendChunks(store: Store, { value, link }: OutgoingValue): Promise<boolean> {
    const { mode, key, exptime, cas, deadline } = store;
    // fitItem never answers 'chunks' for a piece.
    if (isPiece(mode)) return Promise.resolve(false);
    const chunkBytes = chunkBytesFor(link.limits);
    return this.#chunks.store({ mode, key, value, exptime, cas, chunkBytes }, deadline);
  }
}

/** Whether the value is added to what the key holds. */
function isPiece(mode: StoreMode): mode is 'append' | 'prepend' {
  return mode === 'append' || mode === 'prepend';
}
