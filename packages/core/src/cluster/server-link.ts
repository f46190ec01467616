import type { Sendable } from '../drivers/protocol-driver.js';
import type { ServerAddress } from '../options/server-address.js';
import type { ServerCounters } from '../telemetry/server-counters.js';
import type { ItemLimits } from '../values/item-limits.js';
import type { LinkRequest } from './link-request.js';

/** The way to one server. */
export interface ServerLink {
  /** `host:port`, the path of a Unix socket, or `embedded`. */
  readonly name: string;
  readonly address: ServerAddress;
  /** What the server stores at most; learned from it. */
  readonly limits: ItemLimits;
  readonly counters: ServerCounters;
  /**
   * Settles until `deadlineAt`, a time of the client's clock.
   * @param signal rejects with its reason once it is aborted; what is not sent by then never is
   */
  send<Reply>(command: Sendable<Reply>, deadlineAt: number, signal?: AbortSignal): Promise<Reply>;
  /** As `send` without a promise of its own, since each one costs the hot path a tick; refusals reach the receiver too. */
  request<Reply>(request: LinkRequest<Reply>): void;
  /** The keys in groups that may travel in one request, because one key always uses the same connection. */
  shares(keys: readonly string[]): readonly (readonly string[])[];
  /** Remembers that the key's item on this server may be out of date: it is deleted there before anything else is sent. */
  invalidateLater(key: string): void;
  /** Keys whose deletes are not done. */
  readonly missedKeys: readonly string[];
  /** @param drainMs longest wait for replies */
  close(drainMs?: number): Promise<void>;
}
