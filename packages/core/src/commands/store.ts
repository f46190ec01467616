import { MemcacheError, showNumber } from '@memkit/protocol';
import type { OutgoingItem, ProtocolDriver, StoreMode, StoreOutcome, WireRequest } from '../drivers/protocol-driver.js';
import { requestFacts } from '../drivers/request-facts.js';
import type { Command, Effect, ExptimeLimit } from './command.js';
import { DeleteCommand } from './delete.js';

const effects: Readonly<Record<StoreMode, Effect>> = {
  set: 'store',
  add: 'condition',
  replace: 'condition',
  append: 'change',
  prepend: 'change',
};

/** What follows from mode and item are getters, so that it is a smaller object: one is made for every call. */
export class StoreCommand implements Command<StoreOutcome, boolean> {
  readonly name: StoreMode;
  readonly key: string;
  readonly #item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem) {
    this.name = mode;
    this.key = key;
    this.#item = item;
  }

  get effect(): Effect {
    return this.#item.cas === 0n ? effects[this.name] : 'condition';
  }

  get bytes(): number {
    return this.key.length + this.#item.dataBytes;
  }

  /** A second `add` finds the item of the first; a second CAS finds its token spent. Both would say "not stored". */
  get isIdempotent(): boolean {
    return this.name === 'set' && this.#item.cas === 0n;
  }

  request(driver: ProtocolDriver): WireRequest<StoreOutcome> {
    const { data, dataBytes } = this.#item;
    // Announced with a length they no longer have, the bytes of the next request would become part of the value.
    if (typeof data !== 'string' && data.length !== dataBytes) throw this.#changed(data.length, dataBytes);
    return driver.store(this.name, this.key, this.#item);
  }

  result(outcome: StoreOutcome): boolean {
    return outcome === 'stored';
  }

  outdatesCopies(outcome: StoreOutcome): boolean {
    return outcome === 'stored';
  }

  /** The owner has decided about the condition; what `append` made of the value is not known here. */
  forReplica(): Command<unknown, unknown> {
    if (effects[this.name] === 'change') return new DeleteCommand(this.key);
    return new StoreCommand('set', this.key, { ...this.#item, cas: 0n });
  }

  expiringWithin(limit: ExptimeLimit): StoreCommand {
    return new StoreCommand(this.name, this.key, { ...this.#item, exptime: limit(this.#item.exptime) });
  }

  #changed(bytes: number, dataBytes: number): MemcacheError {
    return new MemcacheError('NOT_SERIALIZABLE', {
      ...requestFacts(this.name, this.key, ''),
      server: undefined,
      detail: `its ${showNumber(dataBytes)} bytes became ${showNumber(bytes)} before they could be sent`,
      hint: 'Do not transfer or resize the memory of a value before the call has settled.',
    });
  }
}
