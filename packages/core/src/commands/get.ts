import type { CasItem } from '../cache-client.js';
import type { ProtocolDriver, WireItem, WireRequest } from '../drivers/protocol-driver.js';
import { decodeValue } from '../values/value-codec.js';
import type { Command } from './command.js';

export class GetCommand implements Command<WireItem | undefined, unknown> {
  readonly name = 'get';
  readonly isIdempotent = true;
  readonly key: string;
  readonly bytes: number;

  constructor(key: string) {
    this.key = key;
    this.bytes = key.length;
  }

  request(driver: ProtocolDriver): WireRequest<WireItem | undefined> {
    return driver.get(this.key);
  }

  result(item: WireItem | undefined): unknown {
    return item === undefined ? undefined : decodeValue(item, this.key);
  }
}

export class GetsCommand implements Command<WireItem | undefined, CasItem | undefined> {
  readonly name = 'gets';
  readonly isIdempotent = true;
  readonly key: string;
  readonly bytes: number;

  constructor(key: string) {
    this.key = key;
    this.bytes = key.length;
  }

  request(driver: ProtocolDriver): WireRequest<WireItem | undefined> {
    return driver.gets(this.key);
  }

  result(item: WireItem | undefined): CasItem | undefined {
    return item === undefined ? undefined : { value: decodeValue(item, this.key), cas: item.cas, flags: item.flags };
  }
}
