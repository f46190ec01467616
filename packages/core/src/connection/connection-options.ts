import type { Duplex } from 'node:stream';
import type { MemcacheError } from '@memkit/protocol';
import type { ProtocolDriver } from '../drivers/protocol-driver.js';
import type { AuthOptions } from '../options/memcache-options.js';
import type { ServerAddress } from '../options/server-address.js';

/** What a connection tells whoever watches it. Everything here also reaches the callers concerned as a rejection. */
export type ConnectionEvent =
  | { readonly type: 'connected' }
  /** A connection ended, or an attempt to make one failed. */
  | { readonly type: 'disconnected'; readonly error: MemcacheError }
  /** Credentials were given and the server knows no SASL: the connection works without them. Told once. */
  | { readonly type: 'authSkipped' }
  | { readonly type: 'authFailed'; readonly error: MemcacheError };

export interface ConnectionOptions {
  readonly server: ServerAddress;
  readonly driver: ProtocolDriver;
  /** Gives a stream to the server, connected or connecting. Default: TCP to `server`. */
  readonly openSocket?: (() => Promise<Duplex> | Duplex) | undefined;
  /** Sent as SASL PLAIN before anything else; needs the binary driver. Default: none. */
  readonly auth?: AuthOptions | undefined;
  /** Most requests without a reply, sent or not, before `QUEUE_FULL`. */
  readonly maxQueuedRequests: number;
  readonly reconnect: { readonly initialDelayMs: number; readonly maxDelayMs: number };
  /** Milliseconds on the clock of `deadlineAt`. Default `performance.now`. */
  readonly now?: (() => number) | undefined;
  /** 0 (included) to 1 (excluded). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
  readonly onEvent?: ((event: ConnectionEvent) => void) | undefined;
}
