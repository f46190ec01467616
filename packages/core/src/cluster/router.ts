/**
 * Which server gets a command, given the ring, the servers' health and the policies. Knows nothing of commands and
 * retries.
 *
 *   ring order of a key     A  B  C  D  E          gutter  x  y
 *   none                    A
 *   next                    A, else the first of B C D E that is up
 *   gutter                  A, else the first of x y that is up
 *   replicas: 1             A  B belong together: whichever of them is up comes before any policy
 */
import { isServerAnswer, isServerFailure } from '../commands/retry-policy.js';
import { VersionCommand } from '../commands/server-commands.js';
import type { Deadline } from './deadline.js';
import type { ListedServer } from '../discovery/connection-url.js';
import { publishWarning } from '../telemetry/channels.js';
import { FallbackCopies } from './fallback-copies.js';
import type { Membership } from './membership.js';
import { Probes } from './probes.js';
import type { RoutedServer } from './routed-server.js';
import type { ServerPool } from './server-pool.js';

export interface RouterSettings {
  /** Any server may take a key whose own servers are down. */
  readonly failsOverToNext: boolean;
  /** How many servers after the owner hold copies. */
  readonly replicas: number;
  /** How long a probe of a server that is down may take. */
  readonly probeTimeoutMs: number;
  /** The clock of deadlines, in milliseconds. */
  readonly now: () => number;
}

/** A server that stands in for the key's own. */
export interface Detour {
  readonly server: RoutedServer;
  /** Those that come before it in the key's order. */
  readonly passedOver: readonly RoutedServer[];
  /** It holds nothing longer than a short time. */
  readonly isGutter: boolean;
}

const NONE_TRIED: ReadonlySet<RoutedServer> = new Set();

export class Router {
  readonly #membership: Membership;
  readonly #pool: ServerPool;
  readonly #gutter: ServerPool | undefined;
  readonly #settings: RouterSettings;
  readonly #copies = new FallbackCopies();
  readonly #probes = new Probes({ probe: (server) => this.#probe(server) });

  /** @param gutter takes keys when nobody of the ring does */
  constructor(membership: Membership, gutter: ServerPool | undefined, settings: RouterSettings) {
    this.#membership = membership;
    this.#pool = membership.pool;
    this.#gutter = gutter;
    this.#settings = settings;
    this.#pool.whenRemoved((server) => {
      this.#takeBackFromOthers(server);
    });
  }

  /** Whether the servers are found; what there is to send waits for it with `whenKnown`. */
  get isKnown(): boolean {
    return this.#pool.members !== undefined;
  }

  /** @throws `MEMCACHE_CONNECT_FAILED` naming the host whose servers cannot be found, `MEMCACHE_TIMEOUT` */
  whenKnown(deadline: Pick<Deadline, 'at' | 'signal'>): Promise<void> {
    return this.#membership.whenKnown(deadline);
  }

  /**
   * Takes another list of servers; what is under way finishes where it was sent.
   * @param configured at least one, each once
   * @throws `MEMCACHE_CONNECT_FAILED` when they have to be looked up and none can be found; the last ones stay in use
   */
  setServers(configured: readonly ListedServer[]): Promise<void> {
    return this.#membership.set(configured);
  }

  /** Servers of the ring; those of the gutter are not among them. */
  get servers(): readonly RoutedServer[] {
    return this.#pool.servers;
  }

  /** The key's own server if it should be asked; `undefined` when it is down and another may stand in. */
  pick(key: string): RoutedServer | undefined {
    const { members } = this.#pool;
    if (members === undefined) return undefined;
    const owner = members.servers[members.ring.owner(key)];
    return owner?.health.isDown === true && this.#hasOthers(members.servers.length) ? undefined : owner;
  }

  /** The server that `pick` gives for every key; `undefined` when that depends on the key. */
  get only(): RoutedServer | undefined {
    const servers = this.#pool.servers;
    return servers.length === 1 ? this.pick('') : undefined;
  }

  /** The first server for the key that is up and not tried; `undefined` when there is none. */
  detour(key: string, tried: ReadonlySet<RoutedServer> = NONE_TRIED): Detour | undefined {
    const passedOver: RoutedServer[] = [];
    const free = (server: RoutedServer): boolean => {
      const isFree = !tried.has(server) && !server.health.isDown;
      if (!isFree) passedOver.push(server);
      return isFree;
    };
    const own = this.#candidates(key).find(free);
    if (own !== undefined) return { server: own, passedOver, isGutter: false };
    const standIn = this.#standIns(key).find(free);
    if (standIn !== undefined) return { server: standIn, passedOver, isGutter: true };
    // After a long outage of all servers nobody waits for the long pause between two probes to end.
    for (const server of passedOver) this.#probes.hurry(server);
    return undefined;
  }

  /** Whether another server may take a key of one that fails. */
  get failsOver(): boolean {
    return this.#hasOthers(this.servers.length);
  }

  get hasReplicas(): boolean {
    return this.#settings.replicas > 0;
  }

  /** Who has to get what `written` got: those behind it among the key's own servers. */
  replicasOf(key: string, written: RoutedServer): readonly RoutedServer[] {
    const own = this.#ownServers(key);
    const at = own.indexOf(written);
    return at < 0 ? [] : own.slice(at + 1);
  }

  /** The key was changed on the detour's server: whoever was passed over must not show what it had before. */
  changedElsewhere(key: string, { server: holder, passedOver }: Detour): void {
    // A replica's copy is kept up to date by every later write.
    const isReplica = this.hasReplicas && this.#ownServers(key).includes(holder);
    for (const server of passedOver) {
      this.forget(key, server);
      if (!isReplica) this.#copies.remember(server, holder, key);
      // It may have come back while the write was under way.
      if (!server.health.isTroubled) this.#takeBack(server);
    }
  }

  /**
   * A change of the key failed: neither those that may have missed it nor the replicas may show what they had before.
   * @param servers `undefined`: all that could hold the key
   */
  changeFailed(key: string, servers: readonly RoutedServer[] | undefined): void {
    const replicas = this.hasReplicas ? this.#ownServers(key) : [];
    for (const server of new Set([...(servers ?? this.#everywhere(key)), ...replicas])) this.forget(key, server);
  }

  /** Nobody knows whether the key was changed on this server, so other copies of it may be old and must not be shown. */
  changeGivenUp(key: string, server: RoutedServer, detour: Detour | undefined): void {
    if (detour !== undefined) this.changedElsewhere(key, detour);
    if (this.hasReplicas) for (const replica of this.replicasOf(key, server)) this.forget(key, replica);
  }

  /** The key's item on this server is deleted before the server is asked for anything else. */
  forget(key: string, server: RoutedServer): void {
    server.link.invalidateLater(key);
    this.#probes.watch(server);
  }

  reportSuccess(server: RoutedServer): void {
    if (server.health.succeeded()) publishWarning({ event: 'server-up', server: server.link.name });
    this.#takeBack(server);
  }

  reportFailure(server: RoutedServer, error: unknown): void {
    if (server.health.failed()) {
      publishWarning({ event: 'server-down', server: server.link.name, error });
      this.#membership.lookSoon();
    }
    if (server.health.isDown) this.#probes.watch(server);
  }

  /** @param drainMs longest wait for replies */
  async close(drainMs?: number): Promise<void> {
    this.#probes.stop();
    await Promise.all([this.#membership.close(drainMs), this.#gutter?.close(drainMs)]);
  }

  #hasOthers(servers: number): boolean {
    const { failsOverToNext, replicas } = this.#settings;
    return this.#gutter !== undefined || (servers > 1 && (failsOverToNext || replicas > 0));
  }

  /** Those that may take the key, the owner first. */
  #candidates(key: string): readonly RoutedServer[] {
    return this.#settings.failsOverToNext ? inOrder(this.#pool, key) : this.#ownServers(key);
  }

  #everywhere(key: string): readonly RoutedServer[] {
    return [...this.#candidates(key), ...this.#standIns(key)];
  }

  /**
   * The servers of the gutter. One that is in the ring as well is that server: a second link to it would have a health and
   * a journal of its own, and delete what the first one has stored since.
   */
  #standIns(key: string): readonly RoutedServer[] {
    if (this.#gutter === undefined) return [];
    const { servers } = this.#pool;
    return inOrder(this.#gutter, key).map(
      (standIn) => servers.find((server) => isSamePlace(server.listed, standIn.listed)) ?? standIn,
    );
  }

  /** The owner and its replicas. */
  #ownServers(key: string): readonly RoutedServer[] {
    return inOrder(this.#pool, key).slice(0, this.#settings.replicas + 1);
  }

  #takeBack(server: RoutedServer): void {
    this.#copies.takeBack(server, (key, holder) => {
      this.forget(key, holder);
    });
  }

  /** A server that left for good does not come back for its keys: their copies are old once others own them. */
  #takeBackFromOthers(left: RoutedServer): void {
    this.#copies.takeBack(left, (key, holder) => {
      if (this.#ownServers(key)[0] !== holder) this.forget(key, holder);
    });
  }

  async #probe(server: RoutedServer): Promise<boolean> {
    const { now, probeTimeoutMs } = this.#settings;
    try {
      await server.link.send(new VersionCommand(), now() + probeTimeoutMs);
    } catch (error) {
      if (!isServerAnswer(error)) {
        server.health.probeFailed();
        if (isServerFailure(error)) this.reportFailure(server, error);
        return false;
      }
    }
    this.reportSuccess(server);
    return true;
  }
}

/** ElastiCache names its nodes and gives their addresses, by which a gutter may call them. */
function isSamePlace(one: ListedServer, other: ListedServer): boolean {
  return one.port === other.port && (one.host === other.host || one.ip === other.host);
}

function inOrder({ members }: ServerPool, key: string): readonly RoutedServer[] {
  const servers: RoutedServer[] = [];
  for (const index of members?.ring.order(key) ?? []) {
    const server = members?.servers[index];
    if (server !== undefined) servers.push(server);
  }
  return servers;
}
