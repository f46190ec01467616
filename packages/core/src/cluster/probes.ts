/**
 * Asks servers in trouble whether they are back, in the background: no caller pays for it, and a client that is idle
 * still brings a returned server up to date. One timer per server, which does not keep the process alive.
 */
import { clearTimeout, setTimeout } from 'node:timers';
import type { RoutedServer } from './routed-server.js';

export interface ProbeSettings {
  /** Sends the probe and reports its outcome; whether the server answered. */
  readonly probe: (server: RoutedServer) => Promise<boolean>;
}

export class Probes {
  readonly #probe: ProbeSettings['probe'];
  readonly #timers = new Map<RoutedServer, NodeJS.Timeout | undefined>();
  #isStopped = false;

  constructor({ probe }: ProbeSettings) {
    this.#probe = probe;
  }

  /** Sees to it that the server is probed until it answers. */
  watch(server: RoutedServer): void {
    if (this.#isStopped || this.#timers.has(server)) return;
    const timer = setTimeout(() => {
      void this.#ask(server);
    }, server.health.waitMs);
    timer.unref();
    this.#timers.set(server, timer);
  }

  stop(): void {
    this.#isStopped = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  async #ask(server: RoutedServer): Promise<void> {
    const isOver = server.isRemoved || (await this.#probe(server));
    this.#timers.delete(server);
    if (!isOver) this.watch(server);
  }
}
