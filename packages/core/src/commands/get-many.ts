import type { FoundItems, ProtocolDriver, Sendable, WireRequest } from '../drivers/protocol-driver.js';

/** Several keys of one server in one request. No key of its own: a failure concerns them all. */
export class GetManyCommand implements Sendable<FoundItems> {
  readonly name = 'getMany';
  readonly key = '';
  readonly routeKey: string | undefined;
  readonly isIdempotent = true;
  readonly keys: readonly string[];
  readonly bytes: number;

  /**
   * @param keys of one share of the server's link
   * @param bytes sum of the keys' lengths
   */
  constructor(keys: readonly string[], bytes: number) {
    this.keys = keys;
    this.routeKey = keys[0];
    this.bytes = bytes;
  }

  request(driver: ProtocolDriver): WireRequest<FoundItems> {
    return driver.getMany(this.keys);
  }
}
