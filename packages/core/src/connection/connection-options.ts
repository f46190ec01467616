import type { Duplex } from 'node:stream';
import type { MemcacheError } from '@memkit/protocol';
import type { AuthOptions, CredentialsFunction, ProtocolChoice, TlsOptions } from '../options/memcache-options.js';
import type { ServerAddress } from '../options/server-address.js';

/** What a connection tells whoever watches it. Everything here also reaches the callers concerned as a rejection. */
export type ConnectionEvent =
  | { readonly type: 'connected' }
  /** A connection ended, or an attempt to make one failed. */
  | { readonly type: 'disconnected'; readonly error: MemcacheError }
  /** Credentials were given and the server has no authentication: the connection works without them. Told once. */
  | { readonly type: 'authSkipped' }
  /** Certificates are not verified. Told once. */
  | { readonly type: 'tlsUnverified' };

/** How to get in: what all connections to one server have in common. */
export interface WayInOptions {
  readonly server: ServerAddress;
  /** How messages call the server. Default: its address. */
  readonly name?: string | undefined;
  readonly protocol: ProtocolChoice;
  /** Default: none. */
  readonly auth?: AuthOptions | CredentialsFunction | undefined;
  /** Whether a server without authentication is refused when there are credentials. Default `false`. */
  readonly requireAuth?: boolean | undefined;
  /** Default: without TLS. */
  readonly tls?: TlsOptions | undefined;
  /** Name the certificate must have. Default: the host. */
  readonly servername?: string | undefined;
  /** Gives a stream to the server, connected or connecting. Default: what `server` and `tls` say. */
  readonly openSocket?: (() => Promise<Duplex> | Duplex) | undefined;
  /** Milliseconds on the clock of `deadlineAt`. Default `now` of clock.ts. */
  readonly now?: (() => number) | undefined;
  readonly onEvent?: ((event: ConnectionEvent) => void) | undefined;
}

/** The bounds of one connection. */
export interface ConnectionLimits {
  /** Most requests without a reply, sent or not, before `QUEUE_FULL`. */
  readonly maxQueuedRequests: number;
  /** Most bytes of keys and values of such requests before `QUEUE_FULL`. */
  readonly maxQueuedBytes: number;
  readonly reconnect: { readonly initialDelayMs: number; readonly maxDelayMs: number };
  /** 0 (included) to 1 (excluded). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}
