/**
 * The client. Each method checks its arguments, makes a command and hands it to the dispatcher; it knows neither
 * bytes nor sockets. Methods are not `async`, because each layer of promises costs a tick in the hot path.
 */
import { inspect } from 'node:util';
import { MemcacheError, isMemcacheError } from '@memkit/protocol';
import { DEFAULT_ITEM_SIZE_MAX, assertKey, toExptime } from '@memkit/protocol/internal';
import type {
  CacheClient,
  CasItem,
  CounterOptions,
  OperationOptions,
  SetOptions,
  StoreOptions,
} from './cache-client.js';
import { gutterLimit } from './cluster/gutter-ttl.js';
import type { Router } from './cluster/router.js';
import { ArithmeticCommand, countOrCreate } from './commands/arithmetic.js';
import type { Command } from './commands/command.js';
import { DeleteCommand } from './commands/delete.js';
import { Dispatcher, type Deadline } from './commands/dispatcher.js';
import { GetCommand, GetsCommand } from './commands/get.js';
import { gather, throwPartialFailure } from './commands/gather.js';
import { StoreCommand } from './commands/store.js';
import { TouchCommand } from './commands/touch.js';
import { connectServers } from './cluster/connect-servers.js';
import { discoverServers } from './discovery/discover-servers.js';
import { explain, type Explanation } from './discovery/explain.js';
import { FlushCommand, StatsCommand, VersionCommand } from './commands/server-commands.js';
import type { ArithmeticInput, Sendable, StoreMode, WireItem } from './drivers/protocol-driver.js';
import type { Ttl } from './options/duration.js';
import type { MemcacheOptions } from './options/memcache-options.js';
import {
  assertKeyList,
  assertOperationOptions,
  badArgument,
  timeoutMsOf,
  ttlMsOf,
  unsigned64,
} from './options/operation-options.js';
import type { ClientSettings } from './options/client-settings.js';
import { assertOptions, resolveOptions } from './options/resolve-options.js';
import { assertFits } from './values/size-guard.js';
import { decodeValue, encodeValue } from './values/value-codec.js';

/** The clock of deadlines, which no change of the system's time moves. */
const now = (): number => performance.now();

const READ_OPTIONS = ['timeout'];
const STORE_OPTIONS = ['timeout', 'ttl'];
const SET_OPTIONS = ['timeout', 'ttl', 'cas'];
const COUNTER_OPTIONS = ['timeout', 'ttl', 'initial'];

/**
 * A client that finds its servers by itself and opens nothing until the first call.
 *
 * Without `servers` it reads `MEMCACHIER_SERVERS`, `MEMCACHE_SERVERS`, `MEMCACHED_URL` and `MEMCACHE_URL`, in this
 * order. Outside production, without any of them, it uses a server inside this process and says so once.
 * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_INVALID_TTL` for an option that is unknown or not allowed
 * @throws `MEMCACHE_NOT_CONFIGURED` in production when no server is configured
 * @example
 * const memcache = createMemcache({ servers: 'cache-1:11211,cache-2:11211', ttl: '10m' });
 * await memcache.set('user:42', { name: 'Ada' });
 * const user = await memcache.get('user:42');
 */
export function createMemcache(options: MemcacheOptions = {}): Memcache {
  return new Memcache(options);
}

/** One client for any number of servers. Create one per application and share it. */
export class Memcache implements CacheClient {
  readonly #settings: ClientSettings;
  readonly #explanation: Explanation;
  readonly #router: Router;
  readonly #dispatcher: Dispatcher;
  readonly #defaultExptime: number | undefined;
  #closing: Promise<void> | undefined;

  /** As `createMemcache`. */
  constructor(options: MemcacheOptions = {}) {
    assertOptions(options);
    const discovery = discoverServers(options, options.environment ?? process.env);
    const settings = resolveOptions({ ...discovery.options, ...withoutUndefined(options) });
    this.#settings = settings;
    this.#explanation = explain(discovery, settings.protocol);
    this.#router = connectServers(discovery, settings, now);
    this.#dispatcher = new Dispatcher(this.#router, now, gutterLimit(settings.failover));
    this.#defaultExptime = settings.ttlMs === Number.POSITIVE_INFINITY ? 0 : undefined;
  }

  /**
   * The value, or `undefined` when the key is absent. An outage rejects; it never looks like a miss.
   * @throws `MEMCACHE_INVALID_KEY`, `MEMCACHE_TIMEOUT`, `MEMCACHE_CONNECT_FAILED`, `MEMCACHE_CONNECTION_LOST`,
   *   `MEMCACHE_NO_SERVER_AVAILABLE`, `MEMCACHE_VALUE_CORRUPT`
   * @example
   * const user = (await memcache.get('user:42')) ?? (await loadUser(42));
   */
  get(key: string, options?: OperationOptions): Promise<unknown> {
    try {
      const deadline = this.#begin('get', options, READ_OPTIONS);
      return this.#dispatcher.run(new GetCommand(this.#wireKey(key, 'Cannot get'), decodeValue), deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * The values of the keys that are present, in the order of the keys; one round trip per server. Missing keys are not
   * in the map, repeated keys are read once, and an empty list asks nobody.
   * @throws `MEMCACHE_PARTIAL_FAILURE` (a `PartialFailureError` with `values` and `failures`) when some servers failed
   * @example
   * const users = await memcache.getMany(['user:1', 'user:2']);
   */
  getMany(keys: readonly string[], options?: OperationOptions): Promise<Map<string, unknown>> {
    try {
      const deadline = this.#begin('getMany', options, READ_OPTIONS);
      assertKeyList(keys, 'getMany');
      const names = [...new Set(keys)];
      // All keys are checked before the first one is sent.
      const wireKeys = names.map((key) => this.#wireKey(key, 'Cannot get'));
      return this.#dispatcher.getMany(wireKeys, deadline).then(({ items, failures }) => {
        const values = new Map<string, unknown>();
        const failed = new Map<string, MemcacheError>();
        for (const [place, key] of names.entries()) {
          const wireKey = wireKeys[place] ?? '';
          const item = items.get(wireKey);
          if (item !== undefined) values.set(key, decodeValue(item, wireKey));
          const failure = failures.get(wireKey);
          if (failure !== undefined) failed.set(key, failure);
        }
        return failed.size === 0 ? values : throwPartialFailure('get', 'keys', names.length, values, failed);
      });
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * The value with its CAS token, or `undefined` when the key is absent.
   * @throws as `get`
   * @example
   * const item = await memcache.gets('cart');
   * if (item) await memcache.set('cart', addTo(item.value), { cas: item.cas });
   */
  gets(key: string, options?: OperationOptions): Promise<CasItem | undefined> {
    try {
      const deadline = this.#begin('gets', options, READ_OPTIONS);
      return this.#dispatcher.run(new GetsCommand(this.#wireKey(key, 'Cannot get'), casItem), deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * `true` once the value is stored; `false` only when `cas` was given and the item changed or is gone. Strings and
   * bytes are stored as they are, everything else as JSON.
   * @throws `MEMCACHE_INVALID_KEY`, `MEMCACHE_INVALID_TTL`, `MEMCACHE_NOT_SERIALIZABLE`, `MEMCACHE_ITEM_TOO_LARGE`
   *   before anything is sent, and as `get`
   * @example
   * await memcache.set('user:42', { name: 'Ada' }, { ttl: '10m' });
   */
  set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    try {
      const deadline = this.#begin('set', options, SET_OPTIONS);
      const cas = options?.cas === undefined ? 0n : casToken(options.cas);
      return this.#store('set', key, value, options, cas, deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * Stores only if the key is absent: `true` when stored, `false` when the key is present.
   * @throws as `set`
   */
  add(key: string, value: unknown, options?: StoreOptions): Promise<boolean> {
    try {
      const deadline = this.#begin('add', options, STORE_OPTIONS);
      return this.#store('add', key, value, options, 0n, deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * Stores only if the key is present: `true` when stored, `false` when the key is absent.
   * @throws as `set`
   */
  replace(key: string, value: unknown, options?: StoreOptions): Promise<boolean> {
    try {
      const deadline = this.#begin('replace', options, STORE_OPTIONS);
      return this.#store('replace', key, value, options, 0n, deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * Whether the key was there; it is gone afterwards. After a lost connection the delete is repeated once, and then
   * `false` may mean that the first one worked.
   * @throws as `get`
   */
  delete(key: string, options?: OperationOptions): Promise<boolean> {
    try {
      const deadline = this.#begin('delete', options, READ_OPTIONS);
      return this.#dispatcher.run(new DeleteCommand(this.#wireKey(key, 'Cannot delete')), deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * Gives the item a new time to live; whether the key was there.
   * @throws `MEMCACHE_INVALID_TTL`, and as `get`
   * @example
   * await memcache.touch('session:1', '30m');
   */
  touch(key: string, ttl: Ttl, options?: OperationOptions): Promise<boolean> {
    try {
      const deadline = this.#begin('touch', options, READ_OPTIONS);
      const wireKey = this.#wireKey(key, 'Cannot touch');
      return this.#dispatcher.run(new TouchCommand(wireKey, toExptime(ttlMsOf(ttl, 'touch'), Date.now())), deadline);
    } catch (error) {
      return rejected(error);
    }
  }

  /**
   * The counter's new value, or `undefined` when it is absent and no `initial` was given. With `initial`, an absent
   * counter is created with that value and the `ttl`; one that exists keeps its time to live. Numbers above 2^53 - 1
   * come as `bigint`, and above 2^64 - 1 the count starts again at 0.
   * @param by 0 to 18446744073709551615; default 1
   * @throws `MEMCACHE_NOT_A_NUMBER` when the value is not a whole number from 0, and as `get`. It is never repeated
   *   after it was sent, so after `MEMCACHE_CONNECTION_LOST` or `MEMCACHE_TIMEOUT` it may or may not have counted.
   * @example
   * const visits = await memcache.increment('visits', 1, { initial: 1 });
   */
  increment(key: string, by?: number | bigint, options?: CounterOptions): Promise<number | bigint | undefined> {
    return this.#count('increment', key, by, options);
  }

  /**
   * As `increment`, downwards; stops at 0.
   * @throws as `increment`
   */
  decrement(key: string, by?: number | bigint, options?: CounterOptions): Promise<number | bigint | undefined> {
    return this.#count('decrement', key, by, options);
  }

  /**
   * The statistics of each server by its name, as the server writes them.
   * @param group one of the server's groups, such as `settings`, `items` or `slabs`; default: the general one
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed; `values` holds the others
   * @example
   * for (const [server, stats] of await memcache.stats()) showUptime(server, stats['uptime']);
   */
  stats(group = ''): Promise<Map<string, Record<string, string>>> {
    return this.#askAll('stats', () => {
      if (typeof group === 'string' && /^[\w ]*$/.test(group)) return new StatsCommand(group);
      throw badArgument('stats', 'the parameter "group" is not a name', "Give a name such as 'settings', or nothing.");
    });
  }

  /**
   * The version of each server by its name; the cheapest way to see whether all of them answer.
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed; `values` holds the others
   */
  version(): Promise<Map<string, string>> {
    return this.#askAll('version', () => new VersionCommand());
  }

  /**
   * Deletes every item on every server, whoever stored it.
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed
   */
  flush(): Promise<void> {
    return this.#askAll('flush', () => new FlushCommand()).then(() => undefined);
  }

  /**
   * Lets calls that are under way finish, for at most a second, and closes all connections. Later calls, and those that
   * are unanswered by then, reject with `MEMCACHE_CLIENT_CLOSED`. A process ends without it, too.
   */
  close(): Promise<void> {
    this.#closing ??= this.#router.close();
    return this.#closing;
  }

  /** Where the configuration came from, what was ignored and which protocol is used. Holds no credentials. */
  explain(): Explanation {
    return this.#explanation;
  }

  /** What `console.log(memcache)` shows: the explanation, and so no credentials. */
  [inspect.custom](): string {
    return `Memcache ${inspect({ ...this.#explanation })}`;
  }

  #store(
    mode: StoreMode,
    key: string,
    value: unknown,
    options: StoreOptions | undefined,
    cas: bigint,
    deadline: Deadline,
  ): Promise<boolean> {
    const wireKey = this.#wireKey(key, 'Cannot store');
    const { data, dataBytes, flags } = encodeValue(value, wireKey);
    const item = { data, dataBytes, flags, exptime: this.#exptime(options?.ttl, mode), cas };
    assertFits(wireKey, item, this.#settings.itemSizeMax ?? DEFAULT_ITEM_SIZE_MAX);
    return this.#dispatcher.run(new StoreCommand(mode, wireKey, item), deadline);
  }

  #count(
    direction: ArithmeticInput['direction'],
    key: string,
    by: number | bigint = 1n,
    options: CounterOptions | undefined,
  ): Promise<number | bigint | undefined> {
    try {
      const deadline = this.#begin(direction, options, COUNTER_OPTIONS);
      const wireKey = this.#wireKey(key, `Cannot ${direction}`);
      const input = {
        direction,
        by: unsigned64(by, 'by', direction),
        initial: undefined,
        exptime: this.#exptime(options?.ttl, direction),
      };
      if (options?.initial === undefined) return this.#dispatcher.run(new ArithmeticCommand(wireKey, input), deadline);
      const initial = unsigned64(options.initial, 'initial', direction);
      const run = <Reply, Result>(command: Command<Reply, Result>): Promise<Result> =>
        this.#dispatcher.run(command, deadline);
      return countOrCreate(wireKey, input, initial, run);
    } catch (error) {
      return rejected(error);
    }
  }

  #askAll<Answer>(command: string, make: () => Sendable<Answer>): Promise<Map<string, Answer>> {
    try {
      const { at } = this.#begin(command, undefined, []);
      const asked = this.#router.servers.map(({ link }) => ({ link, command: make() }));
      const names = asked.map(({ link }) => link.name);
      return gather(command, names, asked, (one) => one.link.send(one.command, at)).then(({ values, failures }) =>
        failures.size === 0 ? values : throwPartialFailure(command, 'servers', names.length, values, failures),
      );
    } catch (error) {
      return rejected(error);
    }
  }

  /** Checks what every operation has in common. @throws `MEMCACHE_CLIENT_CLOSED`, `MEMCACHE_INVALID_OPTION` */
  #begin(command: string, options: OperationOptions | undefined, known: readonly string[]): Deadline {
    if (this.#closing !== undefined) throw new MemcacheError('CLIENT_CLOSED', { action: `Cannot ${command}`, command });
    assertOperationOptions(options, known, command);
    const ms = options?.timeout === undefined ? this.#settings.timeoutMs : timeoutMsOf(options.timeout);
    return { at: now() + ms, isImpatient: ms < this.#settings.timeoutMs };
  }

  #exptime(ttl: Ttl | undefined, command: string): number {
    if (ttl !== undefined) return toExptime(ttlMsOf(ttl, command), Date.now());
    return this.#defaultExptime ?? toExptime(this.#settings.ttlMs, Date.now());
  }

  #wireKey(key: unknown, action: string): string {
    const prefix = this.#settings.keyPrefix;
    const wireKey = prefix !== '' && typeof key === 'string' && key !== '' ? prefix + key : key;
    assertKey(wireKey, action);
    return wireKey;
  }
}

function casItem(item: WireItem, key: string): CasItem {
  return { value: decodeValue(item, key), cas: item.cas, flags: item.flags };
}

function casToken(cas: unknown): bigint {
  if (typeof cas === 'bigint') return unsigned64(cas, 'cas', 'set', 1n);
  throw badArgument('set', `the parameter "cas" is of type ${typeof cas}`, 'Give the cas that gets() returned.');
}

/** Arguments are checked synchronously, but every failure arrives as a rejection. */
function rejected(error: unknown): Promise<never> {
  return Promise.reject(
    isMemcacheError(error) ? error : new MemcacheError('UNEXPECTED_REPLY', { action: 'Cannot continue', cause: error }),
  );
}

function withoutUndefined(options: MemcacheOptions): MemcacheOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
