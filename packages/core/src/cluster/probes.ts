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

interface Planned {
  readonly timer: NodeJS.Timeout;
  readonly delayMs: number;
}

export class Probes {
  readonly #probe: ProbeSettings['probe'];
  readonly #planned = new Map<RoutedServer, Planned>();
  readonly #underWay = new Set<RoutedServer>();
  #isStopped = false;

  constructor({ probe }: ProbeSettings) {
    this.#probe = probe;
  }

  /** Sees to it that the server is probed until it answers. */
  watch(server: RoutedServer): void {
    if (this.#planned.has(server) || this.#underWay.has(server)) return;
    this.#plan(server, server.health.waitMs);
  }

  /** Somebody waits for the server, so the next probe comes after the shortest wait. */
  hurry(server: RoutedServer): void {
    const { shortestWaitMs } = server.health;
    const planned = this.#planned.get(server);
    if (planned === undefined || planned.delayMs <= shortestWaitMs) return;
    clearTimeout(planned.timer);
    this.#plan(server, shortestWaitMs);
  }

  stop(): void {
    this.#isStopped = true;
    for (const { timer } of this.#planned.values()) clearTimeout(timer);
    this.#planned.clear();
  }

  #plan(server: RoutedServer, delayMs: number): void {
    if (this.#isStopped) return;
    const timer = setTimeout(() => {
      void this.#ask(server);
    }, delayMs);
    timer.unref();
    this.#planned.set(server, { timer, delayMs });
  }

  async #ask(server: RoutedServer): Promise<void> {
    this.#planned.delete(server);
    if (server.isRemoved) return;
    this.#underWay.add(server);
    const hasAnswered = await this.#probe(server);
    this.#underWay.delete(server);
    if (!hasAnswered) this.watch(server);
  }
}
