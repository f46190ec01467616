import type { ProtocolDriver, WireRequest } from '../drivers/protocol-driver.js';
import type { Command } from './command.js';

/** Repeatable: the item is gone either way. A repetition may answer `false` for what the first try deleted. */
export class DeleteCommand implements Command<boolean, boolean> {
  readonly name = 'delete';
  readonly effect = 'delete';
  readonly isIdempotent = true;
  readonly key: string;
  readonly bytes: number;

  constructor(key: string) {
    this.key = key;
    this.bytes = key.length;
  }

  request(driver: ProtocolDriver): WireRequest<boolean> {
    return driver.delete(this.key);
  }

  result(wasThere: boolean): boolean {
    return wasThere;
  }

  /** A server that had no item says nothing about its copies. */
  outdatesCopies(): boolean {
    return true;
  }

  forReplica(): this {
    return this;
  }
}
