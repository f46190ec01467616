import type { ListedServer } from '../../discovery/connection-url.js';

/** What a configured server stands for now: the servers behind its name. Used again at every refresh. */
export interface ServerLookup {
  /** Whether the configured server stands for others; if not, it is the server. */
  concerns(configured: ListedServer): boolean;
  /**
   * @param deadlineAt a time of the client's clock
   * @returns at least one
   * @throws `MEMCACHE_CONNECT_FAILED` naming the configured host
   */
  find(configured: ListedServer, deadlineAt: number): Promise<readonly ListedServer[]>;
  /** Only these are asked for from now on. Absent where nothing is kept between two looks. */
  retain?(configured: readonly ListedServer[]): void;
  /** @param drainMs longest wait for replies */
  close(drainMs?: number): Promise<void>;
}
