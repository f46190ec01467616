/**
 * The servers of one ring, which may change while operations run. The list and its ring are replaced together, so an
 * operation sees either the old ones or the new ones.
 */
import { isDeepStrictEqual } from 'node:util';
import type { ListedServer } from '../discovery/connection-url.js';
import { createRing, type KeyRing, type RingPreset } from './key-ring.js';
import { RoutedServer } from './routed-server.js';
import type { ServerHealth } from './server-health.js';
import type { ServerLink } from './server-link.js';

/** Servers and the ring made of them, in the same order. Never changed, only replaced. */
export interface Members {
  readonly servers: readonly RoutedServer[];
  readonly ring: KeyRing;
}

export interface PoolParts {
  readonly ring: RingPreset;
  readonly connect: (listed: ListedServer) => ServerLink;
  readonly createHealth: () => ServerHealth;
}

export interface MembersChange {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

/** Removed servers whose missed deletes are kept for their return. */
const MOST_REMOVED = 16;
/** Only bounds a defect: what is under way on a removed server ends by its own deadline. */
const DRAIN_MS = 60_000;

export class ServerPool {
  readonly #parts: PoolParts;
  readonly #leaving = new Set<ServerLink>();
  /** By name, those that left with deletes they missed: a DNS leaves out whoever is ill, and names it again later. */
  readonly #left = new Map<string, ServerLink>();
  #onRemoved: ((server: RoutedServer) => void) | undefined;
  #members: Members | undefined;

  constructor(parts: PoolParts) {
    this.#parts = parts;
  }

  /** `undefined` until the first `update`. */
  get members(): Members | undefined {
    return this.#members;
  }

  get servers(): readonly RoutedServer[] {
    return this.#members?.servers ?? [];
  }

  /** @param listener told of each server that is no longer in the list, once the new list is in use */
  whenRemoved(listener: (server: RoutedServer) => void): void {
    this.#onRemoved = listener;
  }

  /**
   * Takes another list: servers that stay keep their connections, health and counters; those that are gone finish what
   * was sent to them.
   * @param list at least one, each once
   * @returns `undefined` when the list is the one in use
   */
  update(list: readonly ListedServer[]): MembersChange | undefined {
    const before = this.servers;
    if (before.length === list.length && before.every(({ listed }, at) => isDeepStrictEqual(listed, list[at]))) {
      return undefined;
    }
    const servers = list.map((listed) => this.#stayingOr(listed));
    this.#members = { servers, ring: createRing(this.#parts.ring, list) };
    const removed = before.filter((server) => !servers.includes(server));
    for (const server of removed) this.#drain(server);
    return { added: names(servers.filter((server) => !before.includes(server))), removed: names(removed) };
  }

  /** @param drainMs longest wait for replies, those of removed servers included */
  async close(drainMs?: number): Promise<void> {
    const links = [...this.servers.map(({ link }) => link), ...this.#leaving];
    await Promise.all(links.map(async (link) => link.close(drainMs)));
  }

  #stayingOr(listed: ListedServer): RoutedServer {
    const { connect, createHealth } = this.#parts;
    const staying = this.servers.find((server) => isSameServer(server.listed, listed));
    if (staying === undefined) return new RoutedServer(listed, this.#returning(connect(listed)), createHealth());
    // The weight concerns the ring alone.
    staying.listed = listed;
    return staying;
  }

  /** What the server missed before it left, it still has to delete. */
  #returning(link: ServerLink): ServerLink {
    for (const key of this.#left.get(link.name)?.missedKeys ?? []) link.invalidateLater(key);
    this.#left.delete(link.name);
    return link;
  }

  #drain(server: RoutedServer): void {
    const { link } = server;
    server.isRemoved = true;
    this.#leaving.add(link);
    this.#left.set(link.name, link);
    const [first] = this.#left.keys();
    if (this.#left.size > MOST_REMOVED && first !== undefined) this.#left.delete(first);
    void link.close(DRAIN_MS).finally(() => {
      this.#leaving.delete(link);
      if (link.missedKeys.length === 0 && this.#left.get(link.name) === link) this.#left.delete(link.name);
    });
    this.#onRemoved?.(server);
  }
}

function isSameServer(one: ListedServer, other: ListedServer): boolean {
  return isDeepStrictEqual({ ...one, weight: 1 }, { ...other, weight: 1 });
}

function names(servers: readonly RoutedServer[]): string[] {
  return servers.map(({ link }) => link.name);
}
