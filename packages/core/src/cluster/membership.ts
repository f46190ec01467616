/**
 * Which servers a pool has: the configured ones, or those found behind their names, looked up again from time to time.
 * Nothing is looked up before the first operation, which waits for it within its deadline. A look that fails changes
 * nothing: each configured name keeps the servers it had.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { MemcacheError, isMemcacheError } from '@memkit/protocol';
import type { Deadline } from '../commands/operation.js';
import type { ListedServer } from '../discovery/connection-url.js';
import { showServer } from '../options/server-address.js';
import { publishWarning } from '../telemetry/channels.js';
import { beforeDeadline } from './before-deadline.js';
import type { ServerLookup } from './lookups/server-lookup.js';
import type { ServerPool } from './server-pool.js';

export interface MembershipParts {
  readonly pool: ServerPool;
  /** `undefined`: the configured servers are the servers. */
  readonly lookup: ServerLookup | undefined;
  readonly refreshMs: number;
  /** How long one look may take. */
  readonly timeoutMs: number;
  /** The clock of deadlines, in milliseconds. */
  readonly now: () => number;
}

/** After a look that failed the next one comes this soon, if the refresh is not sooner. */
const RETRY_MS = 5000;

export class Membership {
  readonly #parts: MembershipParts;
  /** What was found behind each configured server, by its name. */
  readonly #found = new Map<string, readonly ListedServer[]>();
  #configured: readonly ListedServer[] = [];
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(parts: MembershipParts, configured: readonly ListedServer[]) {
    this.#parts = parts;
    this.#configured = configured;
    if (parts.lookup === undefined) parts.pool.update(configured);
  }

  get pool(): ServerPool {
    return this.#parts.pool;
  }

  get isKnown(): boolean {
    return this.pool.members !== undefined;
  }

  /** @throws `MEMCACHE_CONNECT_FAILED` naming the host whose servers cannot be found, `MEMCACHE_TIMEOUT` */
  async whenKnown(deadline: Pick<Deadline, 'at' | 'signal'>): Promise<void> {
    if (this.isKnown) return;
    const hosts = this.#configured.map(showServer).join(', ');
    await beforeDeadline(this.#look(), deadline, this.#parts.now, () => {
      const detail = `looking up ${hosts} takes longer than the operation may`;
      return new MemcacheError('TIMEOUT', { action: 'Cannot find the servers', detail });
    });
  }

  /**
   * Takes other configured servers. Those that stay keep their connections, health and counters.
   * @param configured at least one, each once
   * @throws `MEMCACHE_CONNECT_FAILED` when they have to be looked up and none can be found; the last ones stay in use
   */
  async set(configured: readonly ListedServer[]): Promise<void> {
    const before = this.#configured;
    this.#configured = configured;
    if (this.#parts.lookup === undefined) {
      this.#use(configured);
      return;
    }
    // A look under way asks for the servers of before.
    await this.#looking?.catch(() => undefined);
    try {
      await this.#look();
    } catch (error) {
      this.#configured = before;
      throw error;
    }
  }

  /** @param drainMs longest wait for replies */
  async close(drainMs?: number): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await Promise.all([this.pool.close(drainMs), this.#parts.lookup?.close(drainMs)]);
  }

  /** One look at a time, whoever asks for it. */
  #look(): Promise<void> {
    this.#looking ??= this.#findAll().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #findAll(): Promise<void> {
    const configured = this.#configured;
    const failures = (await Promise.all(configured.map((server) => this.#find(server)))).filter(
      (failure) => failure !== undefined,
    );
    if (this.#isClosed) return;
    const servers = new Map<string, ListedServer>();
    for (const name of configured.map(showServer)) {
      for (const server of this.#found.get(name) ?? []) servers.set(showServer(server), server);
    }
    if (servers.size > 0) {
      this.#use([...servers.values()]);
      this.#lookLater(failures.length === 0 ? this.#parts.refreshMs : Math.min(RETRY_MS, this.#parts.refreshMs));
    }
    const [first] = failures;
    if (first === undefined) return;
    // Without any server the operations that wait get the reason themselves.
    if (servers.size === 0) throw first;
    for (const error of failures) {
      publishWarning({ event: 'discovery-failed', server: error.server ?? '', error });
    }
  }

  async #find(configured: ListedServer): Promise<MemcacheError | undefined> {
    const { lookup, now, timeoutMs } = this.#parts;
    try {
      this.#found.set(showServer(configured), (await lookup?.find(configured, now() + timeoutMs)) ?? []);
      return undefined;
    } catch (error) {
      if (isMemcacheError(error)) return error;
      const server = showServer(configured);
      return new MemcacheError('CONNECT_FAILED', { action: 'Cannot find the servers', server, cause: error });
    }
  }

  #use(servers: readonly ListedServer[]): void {
    const isFirst = !this.isKnown;
    const change = this.pool.update(servers);
    if (isFirst || change === undefined) return;
    const server = this.#configured.map(showServer).join(',');
    publishWarning({ event: 'servers-changed', server, ...change });
  }

  #lookLater(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      // Its failures are published.
      void this.#look().catch(() => undefined);
    }, delayMs);
    this.#timer.unref();
  }
}
