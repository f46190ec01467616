/** Commands for specs of the connection, one for each driver method, without the values of the real ones. */
import type {
  ArithmeticInput,
  OutgoingItem,
  ProtocolDriver,
  Sendable,
  StoreMode,
  WireRequest,
} from '../../drivers/protocol-driver.js';

export function ask<Reply>(
  name: string,
  key: string,
  request: (driver: ProtocolDriver) => WireRequest<Reply>,
  bytes = key.length,
): Sendable<Reply> {
  return { name, key, bytes, request };
}

export const asking = {
  get: (key: string) => ask('get', key, (driver) => driver.get(key)),
  gets: (key: string) => ask('gets', key, (driver) => driver.gets(key)),
  store: (mode: StoreMode, key: string, item: OutgoingItem) =>
    ask(mode, key, (driver) => driver.store(mode, key, item), key.length + item.dataBytes),
  delete: (key: string) => ask('delete', key, (driver) => driver.delete(key)),
  touch: (key: string, exptime: number) => ask('touch', key, (driver) => driver.touch(key, exptime)),
  arithmetic: (key: string, input: ArithmeticInput) =>
    ask(input.direction, key, (driver) => driver.arithmetic(key, input)),
  stats: (group: string) => ask('stats', '', (driver) => driver.stats(group)),
  version: () => ask('version', '', (driver) => driver.version()),
  flush: () => ask('flush', '', (driver) => driver.flush()),
};

export function item(data: Buffer | string, extra: Partial<OutgoingItem> = {}): OutgoingItem {
  return { data, dataBytes: Buffer.byteLength(data), flags: 0, exptime: 0, cas: 0n, ...extra };
}

/** A time of the deadline clock. */
export function within(ms: number): number {
  return performance.now() + ms;
}
