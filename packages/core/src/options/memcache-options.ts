import type { Duration, Ttl } from './duration.js';

/** Username and password for SASL PLAIN. */
export interface AuthOptions {
  readonly username: string;
  readonly password: string;
}

export interface ReconnectOptions {
  /** Wait before the first reconnect; doubles with every failure, with jitter. Default `'50ms'`. */
  readonly initialDelay?: Duration;
  /** Longest wait between two attempts. Default `'2s'`. */
  readonly maxDelay?: Duration;
}

/** What to do with the keys of a server that is down: use the next one on the ring, or fail. */
export type FailoverPolicy = 'next' | 'none';

/** `'auto'`: meta without credentials, binary with them. */
export type ProtocolChoice = 'auto' | 'meta' | 'binary';

/** Options of `createMemcache()`. An unknown option is an error that names the nearest known one. */
export interface MemcacheOptions {
  /**
   * Servers as `host[:port]` or URLs (`memcached://user:pass@host:11211`), comma separated or as a list.
   * Default: found in the environment; outside production without any, the embedded server.
   */
  readonly servers?: string | readonly string[];
  /** Credentials; they win over those in URLs and in the environment. Default: none. */
  readonly auth?: AuthOptions;
  /** Wire protocol. Default `'auto'`. */
  readonly protocol?: ProtocolChoice;
  /** Deadline of an operation: queueing, connecting, authenticating and the reply. Default `'1s'`. */
  readonly timeout?: Duration;
  /** Time to live of items stored without one. Default `'forever'`. */
  readonly ttl?: Ttl;
  /** Put in front of every key; counts towards the 250 bytes. Default `''`. */
  readonly keyPrefix?: string;
  /** The server's -I, in bytes, 1024 to 1073741824. Default 1048576. */
  readonly itemSizeMax?: number;
  /** Most requests waiting on one connection before `QUEUE_FULL`, 1 to 10000000. Default 100000. */
  readonly maxQueuedRequests?: number;
  /** What happens to the keys of a dead server. Default `'next'`. */
  readonly failover?: FailoverPolicy;
  /** Waits between attempts to reconnect. */
  readonly reconnect?: ReconnectOptions;
  /** Where variables are looked up. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}
