/**
 * The client. Each method checks its arguments and hands them on; it knows neither bytes nor sockets. Methods are not
 * `async`, because each layer of promises costs a tick in the hot path.
 */
import { inspect } from 'node:util';
import type {
  CacheClient,
  CasItem,
  CloseOptions,
  CounterOptions,
  FreshCasItem,
  GetIfChangedOptions,
  OperationOptions,
  SetOptions,
  StoreOptions,
} from './cache-client.js';
import { now } from './clock.js';
import { connectServers } from './cluster/connect-servers.js';
import { gutterLimit } from './cluster/gutter-ttl.js';
import type { Router } from './cluster/router.js';
import { ArithmeticCommand, countOrCreate } from './commands/arithmetic.js';
import { ChunkedValues } from './commands/chunked-values.js';
import { DeleteCommand } from './commands/delete.js';
import type { Deadline } from './cluster/deadline.js';
import { Dispatcher } from './commands/dispatcher.js';
import { complete, gather } from './commands/gather.js';
import { FlushCommand, StatsCommand, VersionCommand } from './commands/server-commands.js';
import { TouchCommand } from './commands/touch.js';
import type { ListedServer } from './discovery/connection-url.js';
import { discoverServers } from './discovery/discover-servers.js';
import { explain, type Explanation } from './discovery/explain.js';
import { shareAccess } from './discovery/share-access.js';
import type { ArithmeticInput, Sendable, StoreMode } from './drivers/protocol-driver.js';
import { chunkOperations } from './items/chunk-access.js';
import { ItemReader } from './items/item-reader.js';
import { ItemWriter } from './items/item-writer.js';
import { countOf, operate, rejection } from './items/operate.js';
import { exptimeOf, OperationStart } from './items/operation-start.js';
import { DEFAULT_DRAIN_MS } from './options/default-options.js';
import type { Ttl } from './options/duration.js';
import type { MemcacheOptions, ProtocolChoice } from './options/memcache-options.js';
import {
  assertKeyList,
  assertOperationOptions,
  casToken,
  statsGroup,
  storeEntries,
  unsigned64,
} from './options/operation-options.js';
import { timerDuration } from './options/option-checks.js';
import { assertOptions, resolveOptions } from './options/resolve-options.js';
import { isTraced, type OperationMessage } from './telemetry/operation-channel.js';
import { reportServers, type ServerReport } from './telemetry/server-report.js';
import { createValueCodec, type ValueCodec } from './values/value-codec.js';

const READ_OPTIONS = ['timeout', 'signal'];
const CHANGE_OPTIONS = [...READ_OPTIONS, 'connection'];
const STORE_OPTIONS = [...READ_OPTIONS, 'ttl'];
const SET_OPTIONS = [...STORE_OPTIONS, 'cas', 'flags'];
const COUNTER_OPTIONS = [...STORE_OPTIONS, 'initial'];
const CLOSE_OPTIONS = ['drain'];

/**
 * A client that finds its servers by itself and opens nothing until the first call.
 *
 * Without `servers` it looks at the variables of the platforms, in the order of docs/reference/environment.md. Outside
 * production, without any of them, it uses a server inside this process and says so once.
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
  readonly #options: MemcacheOptions;
  readonly #protocol: ProtocolChoice;
  #listed: readonly ListedServer[];
  #explanation: Explanation;
  readonly #router: Router;
  readonly #dispatcher: Dispatcher;
  readonly #codec: ValueCodec;
  readonly #start: OperationStart;
  readonly #reader: ItemReader;
  readonly #writer: ItemWriter;
  readonly #chunks: ChunkedValues;
  /** Values may be spread over several items. */
  readonly #hasChunks: boolean;
  #closing: Promise<void> | undefined;

  /** As `createMemcache`. */
  constructor(options: MemcacheOptions = {}) {
    assertOptions(options);
    const discovery = discoverServers(options, options.environment ?? process.env);
    const settings = resolveOptions({ ...discovery.options, ...withoutUndefined(options) });
    this.#options = options;
    this.#listed = discovery.servers;
    this.#protocol = settings.protocol;
    this.#explanation = explain(discovery, settings.protocol);
    this.#codec = createValueCodec(settings);
    this.#router = connectServers(discovery, settings, now);
    this.#dispatcher = new Dispatcher(this.#router, now, gutterLimit(settings.failover));
    this.#start = new OperationStart(settings);
    this.#chunks = new ChunkedValues(chunkOperations(this.#dispatcher, this.#start), settings.keyPrefix);
    this.#reader = new ItemReader(this.#dispatcher, this.#codec, this.#chunks);
    this.#writer = new ItemWriter(this.#dispatcher, this.#codec, this.#chunks, settings.onTooLarge);
    this.#hasChunks = settings.onTooLarge === 'chunk';
  }

  /**
   * The value, or `undefined` when the key is absent. An outage rejects; it never looks like a miss.
   * @throws `MEMCACHE_INVALID_KEY`, `MEMCACHE_INVALID_OPTION`, `MEMCACHE_CLIENT_CLOSED` before anything is sent
   * @throws `MEMCACHE_TIMEOUT`, `MEMCACHE_CONNECT_FAILED`, `MEMCACHE_CONNECTION_LOST`, `MEMCACHE_QUEUE_FULL`,
   *   `MEMCACHE_NO_SERVER_AVAILABLE`, `MEMCACHE_SERVER_ERROR`, `MEMCACHE_UNEXPECTED_REPLY` for an outage
   * @throws `MEMCACHE_AUTH_FAILED`, `MEMCACHE_NOT_PERMITTED`, `MEMCACHE_TLS_FAILED`, `MEMCACHE_WRONG_PROTOCOL` until the
   *   configuration is corrected
   * @throws `MEMCACHE_VALUE_CORRUPT` for bytes that are not what their flags say; the reason of `signal`
   * @example
   * const user = (await memcache.get('user:42')) ?? (await loadUser(42));
   */
  get(key: string, options?: OperationOptions): Promise<unknown> {
    // As operate(), without a closure: a get that makes none, here and below, costs 4 % less of the client's CPU.
    if (isTraced()) return operate('get', key, 1, this.#get.bind(this, key, options));
    try {
      return this.#get(key, options, undefined);
    } catch (error) {
      return rejection(error);
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
    return operate('getMany', undefined, countOf(keys), (trace) => {
      const deadline = this.#start.deadline('getMany', options, READ_OPTIONS, trace);
      assertKeyList(keys, 'getMany');
      const values = new Map<string, unknown>();
      for (const key of keys) values.set(key, undefined);
      // A copy: the caller may change the list while the answer is on its way.
      const names = values.size === keys.length ? keys.slice() : [...values.keys()];
      // All keys are checked before the first one is sent.
      return this.#reader.getMany(values, names, this.#start.wireKeys(names, 'Cannot get'), deadline);
    });
  }

  /**
   * The value with its CAS token, or `undefined` when the key is absent.
   * @throws as `get`
   * @example
   * const item = await memcache.gets('cart');
   * if (item) await memcache.set('cart', addTo(item.value), { cas: item.cas });
   */
  gets(key: string, options?: OperationOptions): Promise<CasItem | undefined> {
    return operate('gets', key, 1, (trace) => {
      const deadline = this.#start.deadline('gets', options, READ_OPTIONS, trace);
      return this.#reader.gets(this.#start.wireKey(key, 'Cannot get'), deadline);
    });
  }

  /**
   * What is new since `gets` returned this token: the value with its CAS token, `'unchanged'` when the item is still the
   * same, or `undefined` when the key is absent. From memcached 1.6.40 on, an unchanged value is not sent again; older
   * servers, text and binary send it, and it is not unpacked. Tokens are counted by each server since it was started: with
   * `connection`, as this call returned it, the value comes also where the token may be that of another one.
   * @throws `MEMCACHE_INVALID_OPTION` when `cas` is not a bigint from 0 to 18446744073709551615, and as `get`
   * @example
   * let copy = await memcache.getIfChanged('prices', 0n);
   * if (typeof copy === 'object') {
   *   const { cas, connection } = copy;
   *   const news = await memcache.getIfChanged('prices', cas, { connection });
   *   if (news !== 'unchanged') copy = news;
   * }
   */
  getIfChanged(
    key: string,
    cas: bigint,
    options?: GetIfChangedOptions,
  ): Promise<FreshCasItem | 'unchanged' | undefined> {
    return operate('getIfChanged', key, 1, (trace) => {
      const deadline = this.#start.deadline('getIfChanged', options, CHANGE_OPTIONS, trace);
      const known = unsigned64(cas, 'cas', 'getIfChanged');
      return this.#reader.getIfChanged(this.#start.wireKey(key, 'Cannot get'), known, options?.connection, deadline);
    });
  }

  /**
   * The value, which lives for another `ttl` from now on, or `undefined` when the key is absent.
   * @throws `MEMCACHE_INVALID_TTL`, and as `get`
   * @example
   * const session = await memcache.getAndTouch('session:1', '30m');
   */
  getAndTouch(key: string, ttl: Ttl, options?: OperationOptions): Promise<unknown> {
    return operate('getAndTouch', key, 1, (trace) => {
      const deadline = this.#start.deadline('getAndTouch', options, READ_OPTIONS, trace);
      const wireKey = this.#start.wireKey(key, 'Cannot get');
      return this.#reader.getAndTouch(wireKey, exptimeOf(ttl, 'getAndTouch'), deadline);
    });
  }

  /**
   * `true` once the value is stored; `false` only when `cas` was given and the item changed or is gone, or when the
   * value is too large and `onTooLarge` says `'skip'`. Strings and bytes are stored as they are, everything else as JSON.
   * @throws `MEMCACHE_INVALID_KEY`, `MEMCACHE_INVALID_TTL`, `MEMCACHE_NOT_SERIALIZABLE`, `MEMCACHE_ITEM_TOO_LARGE`
   *   before anything is sent, and as `get`
   * @example
   * await memcache.set('user:42', { name: 'Ada' }, { ttl: '10m' });
   */
  set(key: string, value: unknown, options?: SetOptions): Promise<boolean> {
    return this.#store('set', key, value, options, SET_OPTIONS);
  }

  /**
   * Stores only if the key is absent: `true` when stored, `false` when the key is present.
   * @throws as `set`
   */
  add(key: string, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#store('add', key, value, options, STORE_OPTIONS);
  }

  /**
   * Stores only if the key is present: `true` when stored, `false` when the key is absent.
   * @throws as `set`
   */
  replace(key: string, value: unknown, options?: StoreOptions): Promise<boolean> {
    return this.#store('replace', key, value, options, STORE_OPTIONS);
  }

  /**
   * Adds text or bytes behind what the key holds: `true` when added, `false` when the key is absent. The item keeps its
   * time to live. For items that hold text or bytes; it is never repeated after it was sent, so after
   * `MEMCACHE_CONNECTION_LOST` or `MEMCACHE_TIMEOUT` it may or may not have been added.
   * @throws `MEMCACHE_NOT_SERIALIZABLE` for anything but a string or bytes, `MEMCACHE_ITEM_TOO_LARGE`, and as `get`
   * @example
   * await memcache.append('log:today', 'user 42 logged in\n');
   */
  append(key: string, piece: string | Uint8Array, options?: OperationOptions): Promise<boolean> {
    return this.#store('append', key, piece, options, READ_OPTIONS);
  }

  /**
   * As `append`, in front.
   * @throws as `append`
   */
  prepend(key: string, piece: string | Uint8Array, options?: OperationOptions): Promise<boolean> {
    return this.#store('prepend', key, piece, options, READ_OPTIONS);
  }

  /**
   * Stores many values, in one round trip per server: what `set` answers for each key. All of them are checked before
   * the first one is sent.
   * @param items a Map, pairs of key and value, or an object
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed: `failures` names their keys; and as `set`
   * @example
   * await memcache.setMany({ 'user:1': ada, 'user:2': grace }, { ttl: '10m' });
   */
  setMany(
    items: Iterable<readonly [string, unknown]> | Readonly<Record<string, unknown>>,
    options?: StoreOptions,
  ): Promise<Map<string, boolean>> {
    return operate('setMany', undefined, 0, (trace) => {
      const deadline = this.#start.deadline('setMany', options, STORE_OPTIONS, trace);
      const entries = [...new Map(storeEntries(items))];
      const exptime = this.#start.exptime(options, 'setMany');
      const stores = entries.map(([name, value]) => {
        const key = this.#start.wireKey(name, 'Cannot store');
        return this.#writer.prepare({ mode: 'set', key, exptime, cas: 0n, deadline }, value);
      });
      const names = entries.map(([name]) => name);
      return gather('set', names, stores, (send) => send(), deadline.signal).then((gathered) =>
        complete('set', 'keys', gathered, names.length),
      );
    });
  }

  /**
   * Whether the key was there; it is gone afterwards. After a lost connection the delete is repeated once, and then
   * `false` may mean that the first one worked. One that fails because its server is down is kept and done before that
   * server is used again.
   * @throws as `get`
   */
  delete(key: string, options?: OperationOptions): Promise<boolean> {
    return operate('delete', key, 1, (trace) => {
      const deadline = this.#start.deadline('delete', options, READ_OPTIONS, trace);
      return this.#delete(this.#start.wireKey(key, 'Cannot delete'), deadline);
    });
  }

  /**
   * Deletes many keys, in one round trip per server: whether each of them was there.
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed: `failures` names their keys; and as `delete`
   * @example
   * await memcache.deleteMany(['user:1', 'user:2']);
   */
  deleteMany(keys: readonly string[], options?: OperationOptions): Promise<Map<string, boolean>> {
    return operate('deleteMany', undefined, countOf(keys), (trace) => {
      const deadline = this.#start.deadline('deleteMany', options, READ_OPTIONS, trace);
      assertKeyList(keys, 'deleteMany');
      const names = [...new Set(keys)];
      const wireKeys = names.map((key) => this.#start.wireKey(key, 'Cannot delete'));
      const run = (key: string): Promise<boolean> => this.#delete(key, deadline);
      return gather('delete', names, wireKeys, run, deadline.signal).then((gathered) =>
        complete('delete', 'keys', gathered, names.length),
      );
    });
  }

  /**
   * Gives the item a new time to live; whether the key was there. With `onTooLarge: 'chunk'` it reads the item, to find
   * those that belong to it.
   * @throws `MEMCACHE_INVALID_TTL`, and as `get`
   * @example
   * await memcache.touch('session:1', '30m');
   */
  touch(key: string, ttl: Ttl, options?: OperationOptions): Promise<boolean> {
    return operate('touch', key, 1, (trace) => {
      const deadline = this.#start.deadline('touch', options, READ_OPTIONS, trace);
      const wireKey = this.#start.wireKey(key, 'Cannot touch');
      const exptime = exptimeOf(ttl, 'touch');
      return this.#hasChunks
        ? this.#reader.touchWhole(wireKey, exptime, deadline)
        : this.#dispatcher.run(new TouchCommand(wireKey, exptime), deadline);
    });
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
  stats(group = '', options?: OperationOptions): Promise<Map<string, Record<string, string>>> {
    return this.#askAll('stats', options, () => new StatsCommand(statsGroup(group)));
  }

  /**
   * The version of each server by its name; the cheapest way to see whether all of them answer.
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed; `values` holds the others
   */
  version(options?: OperationOptions): Promise<Map<string, string>> {
    return this.#askAll('version', options, () => new VersionCommand());
  }

  /**
   * Deletes every item on every server, whoever stored it.
   * @throws `MEMCACHE_PARTIAL_FAILURE` when some servers failed
   */
  flush(options?: OperationOptions): Promise<void> {
    return this.#askAll('flush', options, () => new FlushCommand()).then(() => undefined);
  }

  /**
   * Takes another list of servers, in place of the one in use; resolves once it is. Servers that stay keep their
   * connections, and what is under way on those that go is finished. New ones without credentials or TLS of their own
   * are reached like those that are known. With a ring as `ring` only the keys of servers that
   * come or go change their place.
   * @param servers as the option `servers`
   * @throws `MEMCACHE_INVALID_OPTION`, `MEMCACHE_CLIENT_CLOSED`
   * @example
   * await memcache.setServers('cache-1:11211,cache-2:11211,cache-3:11211');
   */
  setServers(servers: string | readonly string[]): Promise<void> {
    return operate('setServers', undefined, 0, () => {
      this.#start.assertOpen('setServers');
      const discovery = discoverServers({ ...this.#options, servers }, this.#options.environment ?? process.env);
      const listed = shareAccess(discovery.servers, this.#listed);
      return this.#router.setServers(listed).then(() => {
        this.#listed = listed;
        this.#explanation = explain({ ...discovery, servers: listed }, this.#protocol);
      });
    });
  }

  /** What happened on the connections to each server so far, and whether it is down, by the server's name. */
  servers(): Map<string, ServerReport> {
    return reportServers(this.#router.servers);
  }

  /**
   * Lets calls that are under way finish, for at most `drain`, and closes all connections. Later calls, and those that
   * are unanswered by then, reject with `MEMCACHE_CLIENT_CLOSED`. A process ends without it, too.
   * @throws `MEMCACHE_INVALID_OPTION`, and the client stays open
   */
  async close(options?: CloseOptions): Promise<void> {
    assertOperationOptions(options, CLOSE_OPTIONS, 'close');
    const drainMs = timerDuration(options?.drain, 'drain') ?? DEFAULT_DRAIN_MS;
    this.#start.close();
    this.#closing ??= this.#drain(drainMs);
    return this.#closing;
  }

  async #drain(drainMs: number): Promise<void> {
    const { waiting } = this.#dispatcher;
    // What is packed has yet to be sent, and what is received may have to be unpacked.
    const endAt = now() + (await waiting.drain(drainMs));
    await this.#router.close(Math.max(0, endAt - now()));
    await waiting.drain(Math.max(0, endAt - now()));
    this.#codec.close();
  }

  /** Where the configuration came from, what was ignored and which protocol is used. Holds no credentials. */
  explain(): Explanation {
    return this.#explanation;
  }

  /** What `console.log(memcache)` shows: the explanation, and so no credentials. */
  [inspect.custom](): string {
    return `Memcache ${inspect({ ...this.#explanation })}`;
  }

  #get(key: string, options: OperationOptions | undefined, trace: OperationMessage | undefined): Promise<unknown> {
    const deadline = this.#start.deadline('get', options, READ_OPTIONS, trace);
    return this.#reader.get(this.#start.wireKey(key, 'Cannot get'), deadline);
  }

  #store(
    mode: StoreMode,
    key: string,
    value: unknown,
    options: SetOptions | undefined,
    known: readonly string[],
  ): Promise<boolean> {
    // As in get().
    if (isTraced()) return operate(mode, key, 1, this.#startStore.bind(this, mode, key, value, options, known));
    try {
      return this.#startStore(mode, key, value, options, known, undefined);
    } catch (error) {
      return rejection(error);
    }
  }

  #startStore(
    mode: StoreMode,
    key: string,
    value: unknown,
    options: SetOptions | undefined,
    known: readonly string[],
    trace: OperationMessage | undefined,
  ): Promise<boolean> {
    const deadline = this.#start.deadline(mode, options, known, trace);
    const cas = options?.cas === undefined ? 0n : casToken(options.cas);
    const wireKey = this.#start.wireKey(key, 'Cannot store');
    const exptime = this.#start.exptime(options, mode);
    return this.#writer.store({ mode, key: wireKey, exptime, cas, deadline }, value, options?.flags);
  }

  #count(
    direction: ArithmeticInput['direction'],
    key: string,
    by: number | bigint = 1n,
    options: CounterOptions | undefined,
  ): Promise<number | bigint | undefined> {
    return operate(direction, key, 1, (trace) => {
      const deadline = this.#start.deadline(direction, options, COUNTER_OPTIONS, trace);
      const wireKey = this.#start.wireKey(key, `Cannot ${direction}`);
      const exptime = this.#start.exptime(options, direction);
      const input = { direction, by: unsigned64(by, 'by', direction) };
      if (options?.initial === undefined) return this.#dispatcher.run(new ArithmeticCommand(wireKey, input), deadline);
      const initial = unsigned64(options.initial, 'initial', direction);
      const item = { ...this.#codec.encodeCounter(initial), exptime, cas: 0n };
      return countOrCreate(wireKey, input, initial, item, (command) => this.#dispatcher.run(command, deadline));
    });
  }

  #delete(wireKey: string, deadline: Deadline): Promise<boolean> {
    return this.#hasChunks
      ? this.#chunks.delete(wireKey, deadline)
      : this.#dispatcher.run(new DeleteCommand(wireKey), deadline);
  }

  #askAll<Answer>(
    command: string,
    options: OperationOptions | undefined,
    make: () => Sendable<Answer>,
  ): Promise<Map<string, Answer>> {
    return operate(command, undefined, 0, async (trace) => {
      const deadline = this.#start.deadline(command, options, READ_OPTIONS, trace);
      const { at, signal } = deadline;
      if (!this.#router.isKnown) await this.#router.whenKnown(deadline);
      const links = this.#router.servers.map(({ link }) => link);
      const names = links.map(({ name }) => name);
      const answers = await gather(command, names, links, (link) => link.send(make(), at, signal), signal);
      return complete(command, 'servers', answers, names.length);
    });
  }
}

function withoutUndefined(options: MemcacheOptions): MemcacheOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}
