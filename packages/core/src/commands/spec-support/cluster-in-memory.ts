/** The dispatcher and the router over servers in memory. */
import { MemcacheError } from '@memkit/protocol';
import { cappedExptime } from '../../cluster/gutter-ttl.js';
import { chooseLookup } from '../../cluster/lookups/choose-lookup.js';
import { systemResolver } from '../../cluster/lookups/dns-lookups.js';
import { Membership } from '../../cluster/membership.js';
import { Router } from '../../cluster/router.js';
import { ServerHealth } from '../../cluster/server-health.js';
import { ServerPool } from '../../cluster/server-pool.js';
import type { ListedServer } from '../../discovery/connection-url.js';
import type { Command } from '../command.js';
import type { Deadline } from '../../cluster/deadline.js';
import { Dispatcher } from '../dispatcher.js';
import { ServerInMemory, type Clock } from './server-in-memory.js';

export const TIMEOUT_MS = 1000;
export const GUTTER_TTL_SECONDS = 10;

export interface Setup {
  readonly servers?: number;
  readonly failsOverToNext?: boolean;
  readonly replicas?: number;
  readonly hasGutter?: boolean;
}

export function listed(name: string): ListedServer {
  return { host: name, port: 11_211, weight: 1, auth: undefined, tls: false, sizeRule: 'memcached' };
}

export class ClusterInMemory {
  readonly dispatcher: Dispatcher;
  readonly router: Router;
  readonly gutter: ServerInMemory | undefined;
  readonly #pool: ServerPool;
  readonly #clock: Clock = { nowMs: 0 };
  readonly #servers = new Map<string, ServerInMemory>();

  constructor({ servers = 3, failsOverToNext = false, replicas = 0, hasGutter = false }: Setup = {}) {
    const now = (): number => this.#clock.nowMs;
    this.#pool = this.#createPool();
    const membership = new Membership(
      {
        pool: this.#pool,
        lookup: chooseLookup('static', systemResolver, () => new ServerInMemory('', this.#clock)),
        refreshMs: 60_000,
        timeoutMs: TIMEOUT_MS,
        now,
      },
      Array.from({ length: servers }, (_, at) => listed(`server-${String(at)}`)),
    );
    const gutter = hasGutter ? this.#createPool() : undefined;
    gutter?.update([listed('gutter')]);
    this.gutter = this.#servers.get('gutter');
    this.router = new Router(membership, gutter, { failsOverToNext, replicas, probeTimeoutMs: TIMEOUT_MS, now });
    this.dispatcher = new Dispatcher(this.router, now, (exptime) =>
      cappedExptime(exptime, GUTTER_TTL_SECONDS * 1000, 0),
    );
  }

  deadline(): Deadline {
    return { at: this.#clock.nowMs + TIMEOUT_MS, isImpatient: false };
  }

  run<Reply, Result>(command: Command<Reply, Result>): Promise<Result> {
    return this.dispatcher.run(command, this.deadline());
  }

  /** The servers of a key in the order in which they take it. */
  order(key: string): ServerInMemory[] {
    const { servers = [], ring } = this.#pool.members ?? {};
    return (ring?.order(key) ?? []).map((index) => this.server(servers[index]?.link.name ?? ''));
  }

  /** @param name `server-0`, `server-1` … */
  server(name: string): ServerInMemory {
    const server = this.#servers.get(name);
    if (server === undefined) throw new RangeError(`There is no server ${name}.`);
    return server;
  }

  setServers(...names: string[]): Promise<void> {
    return this.router.setServers(names.map(listed));
  }

  /** Every request fails from now on, and the router knows it. */
  takeDown(server: ServerInMemory): void {
    server.failure = 'CONNECT_FAILED';
    const error = new MemcacheError('CONNECT_FAILED', { action: 'Cannot connect' });
    const routed = this.router.servers.find(({ link }) => link === server);
    for (let failures = 0; failures < 3 && routed !== undefined; failures += 1)
      this.router.reportFailure(routed, error);
  }

  /** Requests are answered again, and a probe has shown it. */
  bringUp(server: ServerInMemory): void {
    server.failure = undefined;
    const routed = this.router.servers.find(({ link }) => link === server);
    if (routed !== undefined) this.router.reportSuccess(routed);
  }

  #createPool(): ServerPool {
    return new ServerPool({
      ring: 'ketama',
      connect: ({ host }) => {
        const link = new ServerInMemory(host, this.#clock);
        this.#servers.set(host, link);
        return link;
      },
      createHealth: () => new ServerHealth({ failures: 3, downTimeMs: 60_000, maxDownTimeMs: 60_000 }, () => 0),
    });
  }
}
