/** The way to one server: its connections, what they share, and which of them a key uses. */
import type { Duplex } from 'node:stream';
import type { LinkRequest } from '../cluster/link-request.js';
import type { ServerLink } from '../cluster/server-link.js';
import type { ListedServer } from '../discovery/connection-url.js';
import { VersionCommand } from '../commands/server-commands.js';
import type { Sendable } from '../drivers/protocol-driver.js';
import type { ClientSettings } from '../options/client-settings.js';
import type { TlsOptions } from '../options/memcache-options.js';
import type { ServerAddress } from '../options/server-address.js';
import { publishConnection, publishWarning } from '../telemetry/channels.js';
import type { ServerCounters } from '../telemetry/server-counters.js';
import { itemLimits } from '../values/item-limits.js';
import { Connection } from './connection.js';
import type { ConnectionEvent } from './connection-options.js';
import { LinkCounters } from './link-counters.js';
import { ReplayJournal } from './replay-journal.js';
import { WayIn } from './way-in.js';

export interface ConnectServerOptions {
  /** How messages call the server. Default: its address. */
  readonly name?: string;
  /** Gives a stream to the server, connected or connecting. Default: what the server's address and `tls` say. */
  readonly openSocket?: () => Promise<Duplex> | Duplex;
}

/** Opens nothing: each connection connects with its first request. */
export function connectServer(
  server: ListedServer,
  settings: ClientSettings,
  options: ConnectServerOptions = {},
): ServerLink {
  return new PooledLink(server, settings, options);
}

class PooledLink implements ServerLink {
  readonly name: string;
  readonly address: ServerAddress;
  readonly limits: ServerLink['limits'];
  readonly counters: ServerCounters;
  readonly #first: Connection;
  readonly #connections: readonly Connection[];
  readonly #journal: ReplayJournal;

  constructor(server: ListedServer, settings: ClientSettings, options: ConnectServerOptions) {
    const tls = tlsFor(server, settings);
    const way = new WayIn({
      ...options,
      ...settings,
      server,
      auth: server.auth,
      servername: server.servername,
      tls,
      onEvent: (event) => {
        publish(event, way.name);
        // A server that comes back may have been started with another -I.
        if (event.type === 'disconnected') this.limits.isKnown = settings.itemSizeMax !== undefined;
      },
    });
    this.name = way.name;
    // Not the server itself, which may hold credentials.
    this.address = { host: server.host, port: server.port, path: server.path, ip: server.ip };
    this.limits = itemLimits(settings.itemSizeMax, server.sizeRule);
    this.#journal = new ReplayJournal(way.now, (key) => {
      publishWarning({ event: 'replay-lost', server: way.name, key });
    });
    const counters = new LinkCounters(() => this.#connections, this.#journal);
    this.counters = counters;
    const connect = (lane: number): Connection =>
      new Connection(way, settings, counters, {
        journal: this.#journal,
        number: lane,
        timeoutMs: settings.timeoutMs,
      });
    this.#first = connect(0);
    this.#connections = Array.from({ length: settings.pool }, (_, lane) => (lane === 0 ? this.#first : connect(lane)));
  }

  send<Reply>(command: Sendable<Reply>, deadlineAt: number, signal?: AbortSignal): Promise<Reply> {
    const sent = this.#owner(command).send(command, deadlineAt, signal);
    return command.name === 'version' && this.#connections.length > 1 ? this.#withAll(sent, deadlineAt, signal) : sent;
  }

  /** A server that is asked whether it is back has to get what each of its connections has to delete, idle ones too. */
  async #withAll<Reply>(first: Promise<Reply>, deadlineAt: number, signal?: AbortSignal): Promise<Reply> {
    const lanes = [...this.#journal.lanes].filter((lane) => lane > 0);
    const others = lanes.map((lane) => this.#connections[lane]?.send(new VersionCommand(), deadlineAt, signal));
    const [reply] = await Promise.all([first, ...others]);
    return reply;
  }

  request(request: LinkRequest<unknown>): void {
    this.#owner(request.command).request(request);
  }

  shares(keys: readonly string[]): readonly (readonly string[])[] {
    if (this.#connections.length === 1) return [keys];
    const shares = new Map<number, string[]>();
    for (const key of keys) {
      const lane = this.#lane(key);
      const share = shares.get(lane);
      if (share === undefined) shares.set(lane, [key]);
      else share.push(key);
    }
    return [...shares.values()];
  }

  invalidateLater(key: string): void {
    const lane = this.#lane(key);
    this.#journal.add(key, lane);
    this.#connections[lane]?.replay();
  }

  get missedKeys(): readonly string[] {
    return this.#journal.keys;
  }

  async close(drainMs?: number): Promise<void> {
    await Promise.all(this.#connections.map((connection) => connection.close(drainMs)));
  }

  #owner({ key, routeKey }: Sendable<unknown>): Connection {
    if (this.#connections.length === 1) return this.#first;
    const decisive = key === '' ? routeKey : key;
    return (decisive === undefined ? undefined : this.#connections[this.#lane(decisive)]) ?? this.#first;
  }

  /** One key always uses the same connection, so that what is asked of it is carried out in the order of the calls. */
  #lane(key: string): number {
    const { length } = this.#connections;
    if (length === 1) return 0;
    let hash = 0;
    for (let at = 0; at < key.length; at += 1) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) | 0;
    return (hash >>> 0) % length;
  }
}

/** The option wins over the URL. */
function tlsFor(server: ListedServer, settings: ClientSettings): TlsOptions | undefined {
  if (settings.tls === undefined) return server.tls ? {} : undefined;
  return settings.tls === false ? undefined : settings.tls;
}

function publish(event: ConnectionEvent, server: string): void {
  switch (event.type) {
    case 'connected':
      publishConnection({ event: 'connected', server });
      break;
    case 'disconnected':
      publishConnection({ event: 'disconnected', server, error: event.error });
      break;
    case 'authSkipped':
      publishConnection({ event: 'auth-skipped', server });
      break;
    case 'tlsUnverified':
      publishWarning({ event: 'tls-unverified', server });
      break;
  }
}
