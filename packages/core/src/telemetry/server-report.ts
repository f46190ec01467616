import type { RoutedServer } from '../cluster/routed-server.js';
import type { ServerCounters } from './server-counters.js';

/** One server as the client sees it now. */
export interface ServerReport extends Readonly<ServerCounters> {
  /** Failed too often in a row; its keys go where the option `failover` says. */
  readonly isDown: boolean;
}

/** By the names of the servers. The numbers are copies, which later operations do not change. */
export function reportServers(servers: readonly RoutedServer[]): Map<string, ServerReport> {
  return new Map(servers.map(({ link, health }) => [link.name, { ...link.counters, isDown: health.isDown }] as const));
}
