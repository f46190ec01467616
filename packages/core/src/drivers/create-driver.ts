import { BinaryDriver } from './binary-driver.js';
import type { DriverSessionOptions } from './driver-session.js';
import { MetaDriver } from './meta-driver.js';
import type { ProtocolDriver, ProtocolName } from './protocol-driver.js';
import { TextDriver } from './text-driver.js';

/**
 * The driver for one connection; a new connection needs a new one, because requests are numbered.
 * @param server `host:port`, for messages
 */
export function createDriver(name: ProtocolName, server: string, options: DriverSessionOptions): ProtocolDriver {
  switch (name) {
    case 'meta':
      return new MetaDriver(server, options);
    case 'binary':
      return new BinaryDriver(server, options);
    case 'text':
      return new TextDriver(server, options);
  }
}
