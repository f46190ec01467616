import type { OutgoingItem, ProtocolDriver, StoreMode, StoreOutcome, WireRequest } from '../drivers/protocol-driver.js';
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
}
