import type { ProtocolDriver, WireRequest } from '../drivers/protocol-driver.js';
import type { Command, ExptimeLimit } from './command.js';

export class TouchCommand implements Command<boolean, boolean> {
  readonly name = 'touch';
  readonly effect = 'touch';
  readonly isIdempotent = true;
  readonly key: string;
  readonly bytes: number;
  readonly #exptime: number;

  constructor(key: string, exptime: number) {
    this.key = key;
    this.bytes = key.length;
    this.#exptime = exptime;
  }

  request(driver: ProtocolDriver): WireRequest<boolean> {
    return driver.touch(this.key, this.#exptime);
  }

  result(wasThere: boolean): boolean {
    return wasThere;
  }

  outdatesCopies(wasThere: boolean): boolean {
    return wasThere;
  }

  forReplica(): this {
    return this;
  }

  expiringWithin(limit: ExptimeLimit): TouchCommand {
    return new TouchCommand(this.key, limit(this.#exptime));
  }
}
