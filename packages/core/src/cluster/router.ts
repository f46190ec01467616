/** Which server gets a command, given the ring and the servers' health. Knows nothing of commands and retries. */
import { VersionCommand } from '../commands/server-commands.js';
import type { ClientSettings } from '../options/client-settings.js';
import type { WeightedServer } from '../options/server-address.js';
import { publishWarning } from '../telemetry/channels.js';
import { createRing, type KeyRing } from './key-ring.js';
import { ServerHealth } from './server-health.js';
import type { ServerLink } from './server-link.js';

export interface RoutedServer {
  readonly link: ServerLink;
  readonly health: ServerHealth;
}

export interface RouterSettings {
  readonly failover: ClientSettings['failover'];
  /** How long a probe of a server that is down may take. */
  readonly probeTimeoutMs: number;
  /** The clock of deadlines, in milliseconds. */
  readonly now: () => number;
}

export class Router {
  readonly servers: readonly RoutedServer[];
  readonly #ring: KeyRing;
  readonly #settings: RouterSettings;
  readonly #failsOver: boolean;

  /** @param links one per server, in the same order */
  constructor(servers: readonly WeightedServer[], links: readonly ServerLink[], settings: RouterSettings) {
    this.servers = links.map((link) => ({ link, health: new ServerHealth(settings.now) }));
    this.#ring = createRing('ketama', servers);
    this.#settings = settings;
    this.#failsOver = settings.failover === 'next' && links.length > 1;
  }

  /** The server to ask first; `undefined` when all that could hold the key are down. */
  pick(key: string): RoutedServer | undefined {
    const owner = this.servers[this.#ring.owner(key)];
    if (!this.#failsOver || !owner?.health.isDown) return owner;
    return this.next(key, NONE_TRIED);
  }

  /** The next server on the ring that was not tried and is up; `undefined` without failover or when there is none. */
  next(key: string, tried: ReadonlySet<RoutedServer>): RoutedServer | undefined {
    if (!this.#failsOver) return undefined;
    for (const index of this.#ring.order(key)) {
      const server = this.servers[index];
      if (server === undefined || tried.has(server)) continue;
      if (!server.health.isDown) return server;
      if (server.health.takeProbe()) this.#probe(server);
    }
    return undefined;
  }

  /** Whether another server takes the keys of one that is down. */
  get failsOver(): boolean {
    return this.#failsOver;
  }

  reportSuccess({ link, health }: RoutedServer): void {
    if (health.succeeded()) publishWarning({ event: 'server-up', server: link.name });
  }

  reportFailure({ link, health }: RoutedServer, error: unknown): void {
    if (health.failed()) publishWarning({ event: 'server-down', server: link.name, error });
  }

  /** Asks in the background, so that no caller pays for a server that is still down. */
  #probe(server: RoutedServer): void {
    const { link } = server;
    link.send(new VersionCommand(), this.#settings.now() + this.#settings.probeTimeoutMs).then(
      () => {
        this.reportSuccess(server);
      },
      (error: unknown) => {
        this.reportFailure(server, error);
      },
    );
  }
}

const NONE_TRIED: ReadonlySet<RoutedServer> = new Set();
