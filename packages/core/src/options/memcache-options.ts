import type { RingPreset } from '../cluster/key-ring.js';
import type { Serializer } from '../values/serializer.js';
import type { ValueProfile } from '../values/value-profile.js';
import type { Duration, Ttl } from './duration.js';

/**
 * How credentials travel. `'auto'`: SASL PLAIN on the binary protocol, and the ASCII login where the server (memcached
 * -Y) answers in text. `'ascii'`: memcached's -Y. `'memcachier'`: MemCachier's ASCII login, for the text protocol.
 */
export type AuthMechanism = 'auto' | 'sasl' | 'ascii' | 'memcachier';

/** Username and password. */
export interface AuthOptions {
  readonly username: string;
  readonly password: string;
  /** How they travel. Default `'auto'`. */
  readonly mechanism?: AuthMechanism;
}

/** Gives the credentials of now; asked at every connect, and once more after the server refused the last ones. */
export type CredentialsFunction = () => AuthOptions | Promise<AuthOptions>;

/** TLS, with the names of `node:tls`. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of the well-known ones, as PEM. */
  readonly ca?: string | Buffer | readonly (string | Buffer)[];
  /** Certificate of this client for mutual TLS, as PEM. */
  readonly cert?: string | Buffer;
  /** Private key of `cert`, as PEM. */
  readonly key?: string | Buffer;
  /** Opens an encrypted `key`. */
  readonly passphrase?: string;
  /** Name the server's certificate must have. Default: the host as it was configured. */
  readonly servername?: string;
  /** `false` trusts any certificate, which is published as a warning. Default `true`. */
  readonly rejectUnauthorized?: boolean;
}

/** How long a connection waits after a failed attempt; calls meanwhile fail at once, with the reason of that attempt. */
export interface ReconnectOptions {
  /** Longest wait before the first reconnect; doubles with every failure, with jitter. Default `'50ms'`. */
  readonly initialDelay?: Duration;
  /** Longest wait between two attempts. Default `'2s'`. */
  readonly maxDelay?: Duration;
}

/** When a server counts as down, and for how long it is left alone. */
export interface HealthOptions {
  /** Failures in a row that take a server down, 1 to 1000. Default 3. */
  readonly failures?: number;
  /** Wait before the first probe of a server that is down; doubles with every failed probe, with jitter. Default `'1s'`. */
  readonly downTime?: Duration;
  /** Longest wait between two probes. Default `'30s'`. */
  readonly maxDownTime?: Duration;
}

/** Servers that take over the keys of one that is down, for a short time. */
export interface GutterOptions {
  /** As the option `servers`; they hold nothing while all is well. */
  readonly servers: string | readonly string[];
  /** Longest time to live of an item there, 1 s to 1 day: how stale it may be when the server returns. Default `'10s'`. */
  readonly ttl?: Ttl;
}

/**
 * What happens to the keys of a server that is down: the next server on the ring takes them, their operations fail, or
 * a pool of its own takes them for a short time.
 */
export type FailoverPolicy = 'next' | 'none' | { readonly gutter: GutterOptions };

/**
 * `'auto'`: binary with credentials (the text protocols on memcached -Y), otherwise meta where the server speaks it and
 * classic text where not.
 */
export type ProtocolChoice = 'auto' | 'meta' | 'text' | 'binary';

/** What becomes of a value that is too large even compressed: an error, several items, or nothing (`set` gives `false`). */
export type TooLargePolicy = 'error' | 'chunk' | 'skip';

/** What values can be compressed with. */
export type CompressionAlgorithm = 'deflate' | 'gzip' | 'brotli';

/** Compression by Node's own zlib; kept only where it makes a value smaller. */
export interface CompressionOptions {
  /** Values from this size are compressed, in bytes, 0 to 1073741824. Default 4096. */
  readonly threshold?: number;
  /** What new values are compressed with; all are understood on read. Default `'deflate'`. */
  readonly algorithm?: CompressionAlgorithm;
}

/**
 * Where the list of servers comes from. `'static'`: as configured. `'dns'`: every address of each configured name.
 * `'srv'`: the SRV records of each name. `'elasticache'`: the nodes that the configuration endpoint lists.
 */
export type DiscoveryMethod = 'static' | 'dns' | 'srv' | 'elasticache';

/** Lists of servers that change by themselves. */
export interface DiscoveryOptions {
  /** Default `'elasticache'` for names of ElastiCache configuration endpoints, else `'static'`. */
  readonly method?: DiscoveryMethod;
  /** Time between two looks at the list, at least 1 s. Default `'60s'`. */
  readonly refresh?: Duration;
}

/** Options of `createMemcache()`. An unknown option is an error that names the nearest known one. */
export interface MemcacheOptions {
  /**
   * Servers as `host[:port[:weight]]`, `/path/of/socket` or URLs (`memcached://user:pass@host:11211?timeout=750ms`,
   * `memcaches://` for TLS, `unix:///path`), comma separated or as a list.
   * Default: found in the environment; outside production without any, the embedded server.
   */
  readonly servers?: string | readonly string[];
  /** Name of the bound service to use when `VCAP_SERVICES` or `STACKATO_SERVICES` hold several. Default: the first one. */
  readonly service?: string;
  /** Credentials, or a function that gives them; they win over those in URLs and in the environment. Default: none. */
  readonly auth?: AuthOptions | CredentialsFunction;
  /** Whether a server that knows no authentication is an error (`AUTH_FAILED`) when credentials are given. Default `false`. */
  readonly requireAuth?: boolean;
  /** TLS to every server; `true` with the defaults. Default: what the URLs say, else none. */
  readonly tls?: boolean | TlsOptions;
  /** Wire protocol. Default `'auto'`. */
  readonly protocol?: ProtocolChoice;
  /** Deadline of an operation: queueing, connecting, authenticating and the reply; at most 24 days. Default `'1s'`. */
  readonly timeout?: Duration;
  /** Time to live of items stored without one; whole seconds on the wire, rounded up. Default `'forever'`. */
  readonly ttl?: Ttl;
  /** Put in front of every key; at most 249 bytes, which count towards the key's 250. Default `''`. */
  readonly keyPrefix?: string;
  /** The server's -I, in bytes, 1024 to 1073741824. Default: 1048576 until the server's own setting is known. */
  readonly itemSizeMax?: number;
  /** What becomes of a value that is too large even compressed. Default `'error'`. */
  readonly onTooLarge?: TooLargePolicy;
  /** Compression of large values; `false`: none. What is compressed is read in any case. Default: deflate from 4096 bytes. */
  readonly compression?: boolean | CompressionOptions;
  /** Turns values that are neither text nor bytes into bytes and back. Default: JSON. */
  readonly serializer?: Serializer;
  /** Whose flags and formats values are written and read with. Default `'memkit'`. */
  readonly profile?: ValueProfile;
  /** Connections to each server, 1 to 100; one key always uses the same one. Default 1. */
  readonly pool?: number;
  /** Most requests waiting on one connection before `QUEUE_FULL`, 1 to 10000000. Default 100000. */
  readonly maxQueuedRequests?: number;
  /** Most bytes of keys and values waiting on one connection before `QUEUE_FULL`, 1 MiB to 16 GiB. Default 268435456. */
  readonly maxQueuedBytes?: number;
  /** Which server a key belongs to. Default `'ketama'`. */
  readonly ring?: RingPreset;
  /** What happens to the keys of a dead server. Default `'next'`. */
  readonly failover?: FailoverPolicy;
  /** Further servers that get a copy of every write, 0 to 10; read when the first is down. Default 0. */
  readonly replicas?: number;
  /** When a server counts as down. */
  readonly health?: HealthOptions;
  /** Where the list of servers comes from, and how often it is read again. */
  readonly discovery?: DiscoveryOptions;
  /** Waits between attempts to reconnect. */
  readonly reconnect?: ReconnectOptions;
  /** Where variables are looked up. Default `process.env`. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
}
