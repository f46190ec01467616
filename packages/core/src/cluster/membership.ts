/**
 * Which servers a pool has: the configured ones, or those found behind their names, looked up again from time to time.
 * Nothing is looked up before the first operation, which waits for it within its deadline. A look that fails changes
 * nothing: each configured name keeps the servers it had.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import { MemcacheError, isMemcacheError } from '@memkit/protocol';
import type { Deadline } from './deadline.js';
import { showMs } from '../connection/connection-errors.js';
import type { ListedServer } from '../discovery/connection-url.js';
import { showServer } from '../options/server-address.js';
import { publishWarning } from '../telemetry/channels.js';
import { beforeDeadline } from './before-deadline.js';
import type { ServerLookup } from './lookups/server-lookup.js';
import type { ServerPool } from './server-pool.js';

export interface MembershipParts {
  readonly pool: ServerPool;
  readonly lookup: ServerLookup;
  readonly refreshMs: number;
  /** How long one look may take. */
  readonly timeoutMs: number;
  /** The clock of deadlines, in milliseconds. */
  readonly now: () => number;
}

/** After a look that failed the next one comes this soon, if the refresh is not sooner. */
const RETRY_MS = 5000;
const SOON_MS = 1000;

export class Membership {
  readonly #parts: MembershipParts;
  /** What was found behind each configured server, by its name. */
  readonly #found = new Map<string, readonly ListedServer[]>();
  #configured: readonly ListedServer[] = [];
  #looking: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  readonly #closing = new AbortController();

  constructor(parts: MembershipParts, configured: readonly ListedServer[]) {
    this.#parts = parts;
    this.#configured = configured;
    if (!this.#needsLookup(configured)) parts.pool.update(configured);
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
    const late = (): Error => {
      const detail = `looking up ${hosts} takes longer than the operation may`;
      return new MemcacheError('TIMEOUT', { action: 'Cannot find the servers', detail });
    };
    const signals = deadline.signal === undefined ? [] : [deadline.signal];
    const signal = AbortSignal.any([this.#closing.signal, ...signals]);
    await beforeDeadline(this.#look(), { at: deadline.at, signal }, this.#parts.now, late, true);
  }

  /**
   * Takes other configured servers. Those that stay keep their connections, health and counters.
   * @param configured at least one, each once
   * @throws `MEMCACHE_CONNECT_FAILED` when they have to be looked up and none can be found; the last ones stay in use
   */
  async set(configured: readonly ListedServer[]): Promise<void> {
    // A look under way asks for the servers of before; of several calls each has its own.
    while (this.#looking !== undefined) await this.#looking.catch(() => undefined);
    this.#closing.signal.throwIfAborted();
    const before = this.#configured;
    this.#configured = configured;
    try {
      if (this.#needsLookup(configured)) {
        await this.#look();
      } else {
        this.#stopLooking();
        this.#use(configured);
      }
    } catch (error) {
      this.#configured = before;
      throw error;
    } finally {
      this.#forgetOthers();
    }
  }

  /** What was found behind names that are no longer configured. */
  #forgetOthers(): void {
    const names = new Set(this.#configured.map(showServer));
    for (const name of [...this.#found.keys()]) if (!names.has(name)) this.#found.delete(name);
    this.#parts.lookup.retain?.(this.#configured);
  }

  /** A server went down: perhaps because it is no longer one of them. */
  lookSoon(): void {
    if (this.#timer !== undefined) this.#lookLater(Math.min(SOON_MS, this.#parts.refreshMs));
  }

  /** @param drainMs longest wait for replies */
  async close(drainMs?: number): Promise<void> {
    this.#closing.abort(new MemcacheError('CLIENT_CLOSED', { action: 'Cannot find the servers' }));
    this.#stopLooking();
    await Promise.all([this.pool.close(drainMs), this.#parts.lookup.close(drainMs)]);
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
    this.#closing.signal.throwIfAborted();
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

  #needsLookup(configured: readonly ListedServer[]): boolean {
    return configured.some((server) => this.#parts.lookup.concerns(server));
  }

  /** @returns why it failed */
  async #find(configured: ListedServer): Promise<MemcacheError | undefined> {
    const { lookup, now, timeoutMs } = this.#parts;
    const server = showServer(configured);
    const failure = (detail: string | undefined, cause: unknown): MemcacheError =>
      new MemcacheError('CONNECT_FAILED', { action: 'Cannot find the servers', server, detail, cause });
    try {
      const at = now() + timeoutMs;
      const finding = lookup.concerns(configured) ? lookup.find(configured, at) : Promise.resolve([configured]);
      const late = (): Error => failure(`no answer within ${showMs(timeoutMs)}`, undefined);
      this.#found.set(server, await beforeDeadline(finding, { at }, now, late, false));
      return undefined;
    } catch (error) {
      return isMemcacheError(error) ? error : failure(undefined, error);
    }
  }

  #use(servers: readonly ListedServer[]): void {
    const isFirst = !this.isKnown;
    const change = this.pool.update(servers);
    if (isFirst || change === undefined) return;
    const server = this.#configured.map(showServer).join(',');
    publishWarning({ event: 'servers-changed', server, ...change });
  }

  #stopLooking(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
