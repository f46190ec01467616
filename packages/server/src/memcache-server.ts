/** The server users see: a port, in-memory connections, faults and counters around one store. */
import { createServer as createTcpServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MemcacheError } from '@memkit/protocol';
import { collectStats } from './handlers/admin.js';
import { FaultPlan } from './faults/fault-plan.js';
import type { ServerFacts } from './server-facts.js';
import { resolveServerOptions, type ResolvedServerOptions, type ServerOptions } from './server-options.js';
import { ClientSession } from './sessions/client-session.js';
import { createDuplexPair } from './sessions/memory-duplex.js';
import { detectCodec } from './sessions/protocol-detector.js';
import { ItemStore } from './store/item-store.js';
import { ServerStats } from './store/server-stats.js';

/** Where a listening server can be reached. */
export interface ListeningAddress {
  readonly host: string;
  readonly port: number;
}

/** A memcached in this process, made by `createServer()`. */
export interface MemcacheServer {
  /**
   * Opens the port and gives its address. After `close()` it opens the same port again, with an empty store.
   * @throws `MEMCACHE_CONNECT_FAILED` when the port cannot be opened
   */
  listen(): Promise<ListeningAddress>;
  /** The address while listening; `undefined` otherwise. */
  readonly address: ListeningAddress | undefined;
  /** One end of a new connection inside this process, without a port. After `close()` it ends at once. */
  connect(): Duplex;
  /** Closes the port and every connection, and forgets all items. A closed server can `listen()` or `start()` again. */
  close(): Promise<void>;
  /** Accepts in-memory connections again after `close()`, without opening a port. */
  start(): void;
  /** Everything that shall go wrong. */
  readonly faults: FaultPlan;
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
  readonly faults = new FaultPlan();
  readonly #options: ResolvedServerOptions;
  readonly #stats = new ServerStats();
  readonly #store: ItemStore;
  readonly #startedAt: number;
  readonly #sessions = new Set<Duplex>();
  #tcp: Server | undefined;
  #address: ListeningAddress | undefined;
  /** The port of the first listen(), kept for the next one. */
  #port: number;
  #isAccepting = true;

  constructor(options: ResolvedServerOptions) {
    this.#options = options;
    this.#port = options.port;
    const { clock, memory, itemSizeMax } = options;
    this.#store = new ItemStore({ clock, memory, itemSizeMax, stats: this.#stats });
    this.#startedAt = this.#store.now();
  }

  get address(): ListeningAddress | undefined {
    return this.#address;
  }

  async listen(): Promise<ListeningAddress> {
    if (this.#address !== undefined) return this.#address;
    this.start();
    const tcp = createTcpServer((socket) => {
      this.#acceptSocket(socket);
    });
    this.#address = await openPort(tcp, this.#options.host, this.#port);
    this.#tcp = tcp;
    this.#port = this.#address.port;
    return this.#address;
  }

  connect(): Duplex {
    const [client, server] = createDuplexPair();
    this.#accept(server);
    return client;
  }

  start(): void {
    this.#isAccepting = true;
  }

  async close(): Promise<void> {
    this.#isAccepting = false;
    this.#address = undefined;
    const tcp = this.#tcp;
    this.#tcp = undefined;
    const closed = tcp === undefined ? undefined : new Promise((resolve) => tcp.close(resolve));
    for (const stream of this.#sessions) stream.destroy();
    this.#store.clear();
    await closed;
  }

  stats(): Readonly<Record<string, string>> {
    const stats = collectStats(this.#store, this.#facts(), '');
    return Array.isArray(stats) ? Object.fromEntries(stats) : {};
  }

  flush(): void {
    this.#store.clear();
  }

  #acceptSocket(socket: Socket): void {
    // Small replies leave at once; Nagle's algorithm would hold them back for the client's delayed ACK.
    socket.setNoDelay(true);
    this.#accept(socket);
  }

  #accept(stream: Duplex): void {
    if (!this.#isAccepting || this.faults.refusesConnections) {
      this.#stats.count('rejected_connections');
      stream.on('error', () => undefined);
      stream.destroy();
      return;
    }
    this.#stats.count('total_connections');
    this.#stats.currentConnections += 1;
    this.#sessions.add(stream);
    stream.once('close', () => {
      this.#sessions.delete(stream);
      this.#stats.currentConnections -= 1;
    });
    const context = { store: this.#store, facts: this.#facts() };
    new ClientSession({
      stream,
      stats: this.#stats,
      faults: this.faults,
      createCodec: (firstByte, onRequest) => detectCodec(context, this.#options.users, firstByte, onRequest),
    });
  }

  #facts(): ServerFacts {
    return {
      itemSizeMax: this.#options.itemSizeMax,
      startedAt: this.#startedAt,
      requiresLogin: this.#options.users.length > 0,
      port: this.#address?.port ?? 0,
    };
  }
}

function openPort(tcp: Server, host: string, port: number): Promise<ListeningAddress> {
  return new Promise((resolve, reject) => {
    // Stays for good: an error of accepting one connection must not end the process.
    tcp.on('error', (cause) => {
      reject(
        new MemcacheError('CONNECT_FAILED', {
          action: 'Cannot listen',
          server: `${host}:${String(port)}`,
          detail: cause.message,
          hint: 'Choose another port, or leave it out for a free one.',
          cause,
        }),
      );
    });
    tcp.listen(port, host, () => {
      const address = tcp.address();
      resolve({ host, port: typeof address === 'object' && address !== null ? address.port : port });
    });
  });
}
