import { MemcacheError } from '@memkit/protocol';
import type { WireRequest } from '../drivers/protocol-driver.js';
import { showServer } from '../options/server-address.js';
import type { ConnectionOptions } from './connection-options.js';
import type { ConnectionState } from './connection-state.js';

/** One pipelined connection to one server. Connects on the first request, reconnects on demand. */
export class Connection {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get state(): ConnectionState {
    return 'idle';
  }

  /** Requests whose promise is not settled. */
  get pendingCount(): number {
    return 0;
  }

  /**
   * Sends one request; the promise settles at `deadlineAt` at the latest.
   * @param deadlineAt on the clock of `performance.now()`, in milliseconds
   */
  send<Result>(request: WireRequest<Result>, deadlineAt: number): Promise<Result> {
    return Promise.reject(
      new MemcacheError('CONNECT_FAILED', {
        action: `Cannot ${request.command}`,
        key: request.key,
        server: showServer(this.#options.server),
        detail: `not connected at ${String(deadlineAt)}`,
      }),
    );
  }

  /** Refuses new requests, waits for those on their way, ends the connection. */
  close(drainMs = 1000): Promise<void> {
    void drainMs;
    return Promise.resolve();
  }
}
