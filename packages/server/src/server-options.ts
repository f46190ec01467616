import { MemcacheError } from '@memkit/protocol';
import {
  assertKnownOptions,
  DEFAULT_ITEM_SIZE_MAX,
  LONGEST_TIMER_MS,
  MEMCACHED_VERSIONS,
  type MemcachedVersion,
} from '@memkit/protocol/internal';
import { resolveAccounts, type ResolvedAccounts } from './accounts/resolve-accounts.js';
import type { LoginKind, ServerCredentials } from './accounts/credentials.js';
import { resolveDisabled, type DisabledFeature } from './disabled-feature.js';
import { resolvePlace, type ListeningPlace } from './doors/listening-place.js';
import { resolveTls, type ServerTlsOptions, type TlsSettings } from './doors/tls-settings.js';
import { parseSpan, type Span } from './faults/span.js';
import { COMPATIBLE_VERSION } from './server-facts.js';
import { systemClock, type ItemClock } from './store/item-clock.js';
import type { SizeRule } from './store/size-rule.js';

export interface ServerOptions {
  /** TCP port for `listen()`, 0 to 65535. Default 0: a free one. */
  readonly port?: number;
  /** Address to listen on. Default `127.0.0.1`: reachable from this machine only. */
  readonly host?: string;
  /**
   * Path of a unix socket to listen on instead of a port, as memcached's -s; at most 103 bytes. A file that a server left
   * behind there is replaced, and `close()` removes it.
   */
  readonly unixSocket?: string;
  /** Permission bits of the socket file, memcached's -a. Default `0o700`: this user only. */
  readonly unixSocketMode?: number;
  /** TLS on the port, as memcached's -Z; `true` makes a certificate for localhost, see `server.certificate`. Default: plain. */
  readonly tls?: boolean | ServerTlsOptions;
  /**
   * How many connections may be open at once, 1 to 1,000,000, memcached's -c. One more is told "ERROR Too many open
   * connections" and closed. Default 1,024.
   */
  readonly maxConnections?: number;
  /**
   * A connection on which no command came for so long is closed, from 1 ms to 24 days, or up to a quarter of it later;
   * memcached's -o idle_timeout. Not amid the data of a command, and not one that watches. Default `'none'`: they stay.
   */
  readonly idleTimeout?: Span | 'none';
  /** Limit of all items together, in bytes with memcached's bookkeeping. Default 64 MiB. The oldest are evicted. */
  readonly memory?: number;
  /** Limit of one item, in bytes with its bookkeeping, memcached's -I. Default 1,048,576. */
  readonly itemSizeMax?: number;
  /** What counts against `itemSizeMax`. Default `'memcached'`; with login `'memcachier'` `'key-and-value'`. */
  readonly sizeRule?: SizeRule;
  /** Who may log in; the first one is the primary. `server.accounts` changes them later. Default: no login is asked for. */
  readonly accounts?: ServerCredentials | readonly ServerCredentials[];
  /** How they log in: as with memcached -S, as with memcached -Y, or in both ways of MemCachier. Default `'sasl'`. */
  readonly login?: LoginKind;
  /** Short for `accounts` with login `'sasl'`. */
  readonly sasl?: ServerCredentials | readonly ServerCredentials[];
  /**
   * A connection that is not logged in after this time is closed, from 1 ms to 24 days; `'none'`: never, as with
   * memcached. Default `'5s'` with login `'memcachier'`, otherwise `'none'`.
   */
  readonly loginTimeout?: Span | 'none';
  /**
   * What it does without: `'evictions'` (a full memory refuses what is new), `'cas'`, `'flush-all'`, `'dumping'`,
   * `'watch'`, as memcached's -M, -C, -F, -X and -W. Default: nothing.
   */
  readonly disabled?: readonly DisabledFeature[];
  /** memcached's -D: one character that ends the prefix of a key in `stats detail`, counted from the start. Default: `:`, counted when asked. */
  readonly prefixDelimiter?: string;
  /**
   * memcached's -A: called when a client sends `shutdown`; that connection ends. Usually closes the server and whatever
   * else must end. Default: the command is refused.
   */
  readonly onShutdown?: () => void;
  /**
   * The memcached it behaves like to the byte, and says it is: `'1.6.18'` or `'1.6.45'`. They differ in how they answer bad
   * requests and in how they count CAS values. Default `'1.6.18'`, which here serves the flags of 1.6.45 as well.
   */
  readonly version?: MemcachedVersion;
  /** Where the time comes from. Default: the system clock. */
  readonly clock?: ItemClock;
  /** How many of the last calls `server.calls` keeps, 0 to 1,000,000. Default 0: none, as a recorded call costs three. */
  readonly recordCalls?: number;
}

export interface ResolvedServerOptions {
  readonly place: ListeningPlace;
  readonly tls: TlsSettings | undefined;
  readonly maxConnections: number;
  /** `undefined`: no limit. */
  readonly idleTimeoutMs: number | undefined;
  readonly memory: number;
  readonly itemSizeMax: number;
  readonly sizeRule: SizeRule;
  readonly accounts: ResolvedAccounts;
  /** `undefined`: no limit. */
  readonly loginTimeoutMs: number | undefined;
  readonly disabled: ReadonlySet<DisabledFeature>;
  readonly prefixDelimiter: string | undefined;
  readonly onShutdown: (() => void) | undefined;
  readonly version: MemcachedVersion;
  readonly clock: ItemClock;
  readonly recordCalls: number;
}

const KNOWN_OPTIONS = [
  'port',
  'host',
  'unixSocket',
  'unixSocketMode',
  'tls',
  'maxConnections',
  'idleTimeout',
  'memory',
  'itemSizeMax',
  'sizeRule',
  'accounts',
  'login',
  'sasl',
  'loginTimeout',
  'disabled',
  'prefixDelimiter',
  'onShutdown',
  'version',
  'clock',
  'recordCalls',
] as const satisfies readonly (keyof ServerOptions)[];
const DEFAULT_MAX_CONNECTIONS = 1024;
const MOST_CONNECTIONS = 1_000_000;
/** A call takes some 300 bytes. */
const MOST_RECORDED_CALLS = 1_000_000;
const DEFAULT_MEMORY = 64 * 1024 * 1024;
/** Below this no item has room beside its bookkeeping. */
const LEAST_BYTES = 1024;
const SIZE_RULES: readonly SizeRule[] = ['memcached', 'key-and-value'];
/** MemCachier's documentation says "a few seconds". */
const MEMCACHIER_LOGIN_TIMEOUT = '5s';
/** memcached's own limit of -I. */
const MOST_ITEM_BYTES = 1024 * 1024 * 1024;

/** @throws `MEMCACHE_INVALID_OPTION` */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  assertKnownOptions(options, KNOWN_OPTIONS, 'createServer()');
  inRange(options.port ?? 0, 'port', 0, 65_535);
  const place = resolvePlace(options);
  const accounts = resolveAccounts(options);
  const isMemcachier = accounts.login === 'memcachier';
  return {
    place,
    tls: resolveTls(options.tls, place),
    maxConnections: inRange(options.maxConnections ?? DEFAULT_MAX_CONNECTIONS, 'maxConnections', 1, MOST_CONNECTIONS),
    idleTimeoutMs: resolveTimeout('idleTimeout', options.idleTimeout ?? 'none'),
    memory: inRange(options.memory ?? DEFAULT_MEMORY, 'memory', LEAST_BYTES, Number.MAX_SAFE_INTEGER),
    itemSizeMax: inRange(options.itemSizeMax ?? DEFAULT_ITEM_SIZE_MAX, 'itemSizeMax', LEAST_BYTES, MOST_ITEM_BYTES),
    sizeRule: oneOf(options.sizeRule ?? (isMemcachier ? 'key-and-value' : 'memcached'), 'sizeRule', SIZE_RULES),
    accounts,
    loginTimeoutMs: resolveTimeout(
      'loginTimeout',
      options.loginTimeout ?? (isMemcachier ? MEMCACHIER_LOGIN_TIMEOUT : 'none'),
    ),
    disabled: resolveDisabled(options.disabled ?? []),
    prefixDelimiter: resolveDelimiter(options.prefixDelimiter),
    onShutdown: resolveOnShutdown(options.onShutdown),
    version: oneOf(options.version ?? COMPATIBLE_VERSION, 'version', MEMCACHED_VERSIONS),
    clock: options.clock ?? systemClock,
    recordCalls: inRange(options.recordCalls ?? 0, 'recordCalls', 0, MOST_RECORDED_CALLS),
  };
}

function oneOf<Value extends string>(value: Value, name: string, allowed: readonly Value[]): Value {
  if (allowed.includes(value)) return value;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot create the server',
    detail: `${name} is ${JSON.stringify(value)}`,
    hint: `Give one of ${allowed.join(', ')}.`,
  });
}

/** A space or a control character cannot stand in a key. */
function resolveDelimiter(delimiter: string | undefined): string | undefined {
  if (delimiter === undefined || /^[!-~]$/.test(delimiter)) return delimiter;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot create the server',
    detail: `prefixDelimiter is ${JSON.stringify(delimiter)}`,
    hint: "Give one visible ASCII character, such as '/'.",
  });
}

function resolveOnShutdown(onShutdown: unknown): (() => void) | undefined {
  if (onShutdown === undefined) return undefined;
  // Whether it takes no arguments is the compiler's business.
  if (typeof onShutdown === 'function') return onShutdown as () => void;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot create the server',
    detail: `onShutdown is ${typeof onShutdown}`,
    hint: 'Give a function, such as () => server.close().',
  });
}

function resolveTimeout(name: 'idleTimeout' | 'loginTimeout', timeout: Span | 'none'): number | undefined {
  if (timeout === 'none') return undefined;
  const ms = parseSpan(timeout, `Cannot use option "${name}"`);
  return inRange(Math.ceil(ms), `${name} in milliseconds`, 1, LONGEST_TIMER_MS);
}

function inRange(value: number, name: string, least: number, most: number): number {
  if (Number.isSafeInteger(value) && value >= least && value <= most) return value;
  throw new MemcacheError('INVALID_OPTION', {
    action: 'Cannot create the server',
    detail: `${name} is ${String(value)}, not a whole number from ${String(least)} to ${String(most)}`,
  });
}
