import { MemcacheError } from '@memkit/protocol';
import type { ProtocolChoice } from '../options/memcache-options.js';
import { BinaryDriver } from './binary-driver.js';
import { MetaDriver } from './meta-driver.js';
import type { ProtocolDriver } from './protocol-driver.js';

export interface DriverChoice {
  readonly protocol: ProtocolChoice;
  /** Whether the connection logs in with SASL, which only the binary protocol has. */
  readonly hasCredentials: boolean;
  /** `host:port`, for the messages of errors the server reports. */
  readonly server: string;
}

/**
 * Meta without credentials, binary with them; a driver belongs to one server.
 * @throws `MEMCACHE_INVALID_OPTION` for the meta protocol with credentials
 */
export function chooseDriver({ protocol, hasCredentials, server }: DriverChoice): ProtocolDriver {
  if (protocol === 'meta' && hasCredentials) {
    throw new MemcacheError('INVALID_OPTION', {
      action: 'Cannot use option "protocol"',
      server,
      detail: 'the meta protocol has no SASL login and credentials are given',
      hint: "Use protocol 'auto' or 'binary', or give no credentials.",
    });
  }
  const isBinary = protocol === 'binary' || hasCredentials;
  return isBinary ? new BinaryDriver(server, { isLoggedIn: hasCredentials }) : new MetaDriver(server);
}
