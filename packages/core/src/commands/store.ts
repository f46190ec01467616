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

export class StoreCommand implements Command<StoreOutcome, boolean> {
  readonly name: StoreMode;
  readonly effect: Effect;
  readonly key: string;
  readonly bytes: number;
  readonly isIdempotent: boolean;
  readonly #item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem) {
    this.name = mode;
    this.effect = item.cas === 0n ? effects[mode] : 'condition';
    this.key = key;
    this.bytes = key.length + item.dataBytes;
    // A second `add` finds the item of the first; a second CAS finds its token spent. Both would say "not stored".
    this.isIdempotent = mode === 'set' && item.cas === 0n;
    this.#item = item;
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
