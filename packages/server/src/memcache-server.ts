/** The server users see: a port, in-memory connections, faults and counters around one store. */
import type { Duplex } from 'node:stream';
import { ByteWriter } from '@memkit/protocol/internal';
import { AccountList, type ServerAccounts } from './accounts/account-list.js';
import { ConnectionLogin } from './accounts/connection-login.js';
import { startLoginDeadline } from './accounts/login-deadline.js';
import { collectStats } from './handlers/stats/collect-stats.js';
import type { StatsContext } from './handlers/stats/stat.js';
import { FaultPlan } from './faults/fault-plan.js';
import { FaultTable } from './faults/fault-table.js';
import { SkewedClock } from './faults/skewed-clock.js';
import type { ListeningAddress } from './doors/listening-address.js';
import { environmentOf, type ServerEnvironment } from './doors/server-environment.js';
import { tooManyConnections } from './doors/too-many-connections.js';
import { ListeningPort } from './listening-port.js';
import { CallRecorder } from './recorder/call-recorder.js';
import type { ServerFacts } from './server-facts.js';
import { resolveServerOptions, type ResolvedServerOptions, type ServerOptions } from './server-options.js';
import { ClientSession } from './sessions/client-session.js';
import { ConnectionList } from './sessions/connection-list.js';
import { IdleKicker } from './sessions/idle-kicker.js';
import { LoopTurns } from './sessions/loop-turns.js';
import { createDuplexPair } from './sessions/memory-duplex.js';
import { detectCodec } from './sessions/protocol-detector.js';
import type { WatchContext } from './sessions/request-watch.js';
import { ItemStore } from './store/item-store.js';
import { ItemSweeper } from './store/item-sweeper.js';
import { ServerStats } from './store/server-stats.js';

/** A memcached in this process, made by `createServer()`. */
export interface MemcacheServer {
  /**
   * Opens the port or the unix socket and gives its address; called again, the same address. After `close()` it opens the
   * same one again, with an empty store.
   * @throws `MEMCACHE_CONNECT_FAILED` when it cannot be opened
   */
  listen(): Promise<ListeningAddress>;
  /** The address while listening; `undefined` otherwise. */
  readonly address: ListeningAddress | undefined;
  /**
   * The variables a client finds this server by, for `process.env` or a child process: `MEMCACHE_SERVERS`, and with
   * users `MEMCACHE_USERNAME` and `MEMCACHE_PASSWORD` of the first one, with MemCachier's login also `MEMCACHIER_…`.
   * `undefined` unless it is listening.
   */
  readonly environment: ServerEnvironment | undefined;
  /** With `tls: true` the certificate the server made, as PEM: what clients have to trust. Otherwise `undefined`. */
  readonly certificate: string | undefined;
  /** One end of a new connection inside this process, without a port. After `close()` it ends at once. */
  connect(): Duplex;
  /** Closes the port and every connection, and forgets all items. A closed server can `listen()` or `start()` again. */
  close(): Promise<void>;
  /** `close()`, for `await using server = createServer()`. */
  [Symbol.asyncDispose](): Promise<void>;
  /** Accepts in-memory connections again after `close()`, without opening a port. */
  start(): void;
  /** Who may log in; can be changed while clients are connected. */
  readonly accounts: ServerAccounts;
  /** Everything that shall go wrong. */
  readonly faults: FaultPlan;
  /** What was asked of it, with the option `recordCalls`. */
  readonly calls: CallRecorder;
  /** The counters of memcached's `stats`, by name. */
  stats(): Readonly<Record<string, string>>;
  /** Removes every item at once. */
  flush(): void;
}

/**
 * A memcached-compatible server in this process, for development and tests: text, meta and binary protocol, SASL,
 * expiry, eviction. It opens no port until `listen()`. Not a production cache: one thread, one process, no persistence.
 * @throws `MEMCACHE_INVALID_OPTION`
 * @example
 * const server = createServer();
 * const { host, port } = await server.listen();
 * // ... talk to host:port with any memcached client ...
 * await server.close();
 */
export function createServer(options: ServerOptions = {}): MemcacheServer {
  return new EmbeddedServer(resolveServerOptions(options));
}

class EmbeddedServer implements MemcacheServer {
  readonly accounts: AccountList;
  readonly faults: FaultPlan;
  readonly calls: CallRecorder;
  readonly #options: ResolvedServerOptions;
  readonly #stats = new ServerStats();
  readonly #turns = new LoopTurns();
  readonly #idleKicker: IdleKicker | undefined;
  readonly #writer = new ByteWriter();
  readonly #store: ItemStore;
  readonly #sweeper: ItemSweeper;
  readonly #watch: WatchContext;
  readonly #connections: ConnectionList;
  readonly #startedAt: number;
  readonly #sessions = new Set<Duplex>();
  readonly #port: ListeningPort;
  #isAccepting = true;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
    this.#idleKicker = options.idleTimeoutMs === undefined ? undefined : new IdleKicker(options.idleTimeoutMs);
    this.accounts = new AccountList(options.accounts.login, options.accounts.credentials);
    this.#port = new ListeningPort(options.place, options.tls?.options, (socket) => {
      this.#accept(socket);
    });
    const { disabled } = options;
    const clock = new SkewedClock(options.clock);
    this.#store = new ItemStore({
      ...options,
      clock,
      stats: this.#stats,
      mayEvict: !disabled.has('evictions'),
      hasCas: !disabled.has('cas'),
    });
    this.#sweeper = new ItemSweeper(this.#store);
    this.#connections = new ConnectionList(this.#store.log);
    this.#startedAt = this.#store.clock.now();
    const faults = new FaultTable();
    this.faults = new FaultPlan(faults, { clock, memory: this.#store.memory });
    this.calls = new CallRecorder(options.recordCalls);
    this.#watch = { faults, calls: this.calls, store: this.#store, scratch: new ByteWriter() };
  }

  get address(): ListeningAddress | undefined {
    return this.#port.address;
  }

  get environment(): ServerEnvironment | undefined {
    return this.address === undefined
      ? undefined
      : environmentOf(this.address, this.accounts.primary, this.accounts.login);
  }

  get certificate(): string | undefined {
    return this.#options.tls?.selfSigned;
  }

  listen(): Promise<ListeningAddress> {
    this.start();
    return this.#port.open();
  }

  connect(): Duplex {
    const [client, server] = createDuplexPair();
    this.#accept(server);
    return client;
  }

  start(): void {
    this.#isAccepting = true;
  }

  close(): Promise<void> {
    this.#isAccepting = false;
    for (const stream of this.#sessions) stream.destroy();
    this.#store.clear();
    this.#sweeper.stop();
    return this.#port.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  stats(): Readonly<Record<string, string>> {
    const stats = collectStats(this.#statsContext(), '');
    return Array.isArray(stats) ? Object.fromEntries(stats) : {};
  }

  flush(): void {
    this.#store.clear();
  }

  #accept(stream: Duplex): void {
    if (!this.#isAccepting || this.faults.refusesConnections) {
      this.#stats.count('rejected_connections');
      stream.on('error', () => undefined);
      stream.destroy();
      return;
    }
    if (this.#sessions.size >= this.#options.maxConnections) {
      this.#stats.count('rejected_connections');
      tooManyConnections(stream);
      return;
    }
    this.#stats.count('total_connections');
    this.#stats.currentConnections += 1;
    this.#sessions.add(stream);
    stream.once('close', () => {
      this.#sessions.delete(stream);
      this.#stats.currentConnections -= 1;
    });
    const connection = this.#connections.add(stream, this.#options.place);
    const context = { ...this.#statsContext(), connection };
    const login = this.#loginFor(stream);
    const session = new ClientSession({
      stream,
      stats: this.#stats,
      watch: this.#watch,
      connection: connection.id,
      turns: this.#turns,
      writer: this.#writer,
      createCodec: (firstByte, onRequest) => {
        const codec = detectCodec(context, login, firstByte, onRequest);
        connection.codec = codec;
        return codec;
      },
    });
    const forget = this.#idleKicker?.watch(session, () => {
      this.#stats.count('idle_kicks');
      connection.closeReason = 'idle_timeout';
      stream.destroy();
    });
    if (forget !== undefined) stream.once('close', forget);
  }

  /** `undefined` without accounts. */
  #loginFor(stream: Duplex): ConnectionLogin | undefined {
    if (this.accounts.login === undefined) return undefined;
    const login = new ConnectionLogin(this.accounts, () => void stream.destroy());
    const { loginTimeoutMs } = this.#options;
    const stopDeadline = loginTimeoutMs === undefined ? undefined : startLoginDeadline(login, loginTimeoutMs);
    stream.once('close', () => {
      stopDeadline?.();
      login.logOut();
    });
    return login;
  }

  #statsContext(): StatsContext {
    return { store: this.#store, facts: this.#facts(), connections: this.#connections };
  }

  #facts(): ServerFacts {
    return {
      itemSizeMax: this.#options.itemSizeMax,
      sizeRule: this.#options.sizeRule,
      version: this.#options.version,
      startedAt: this.#startedAt,
      login: this.accounts.login,
      maxConnections: this.#options.maxConnections,
      idleTimeoutMs: this.#options.idleTimeoutMs,
      disabled: this.#options.disabled,
      onShutdown: this.#options.onShutdown,
      place: this.#options.place,
      isTls: this.#options.tls !== undefined,
      port: this.#port.address?.port ?? 0,
    };
  }
}
