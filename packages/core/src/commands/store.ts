import type { OutgoingItem, ProtocolDriver, StoreMode, StoreOutcome, WireRequest } from '../drivers/protocol-driver.js';
import type { Command } from './command.js';

export class StoreCommand implements Command<StoreOutcome, boolean> {
  readonly name: StoreMode;
  readonly key: string;
  readonly bytes: number;
  readonly isIdempotent: boolean;
  readonly #item: OutgoingItem;

  constructor(mode: StoreMode, key: string, item: OutgoingItem) {
    this.name = mode;
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
}
