import type { RoutedServer } from '../cluster/routed-server.js';
import type { ServerCounters } from './server-counters.js';

/** One server as the client sees it now. */
export interface ServerReport extends Readonly<ServerCounters> {
  /** Failed too often in a row; its keys go where the option `failover` says. */
  readonly isDown: boolean;
}

/** By the names of the servers. The numbers are copies, which later operations do not change. */
export function reportServers(servers: readonly RoutedServer[]): Map<string, ServerReport> {
  return new Map(servers.map((server) => [server.link.name, report(server)] as const));
}

/** Field by field: some counters are read from the connections and would be lost in a spread. */
function report({ link: { counters }, health }: RoutedServer): ServerReport {
  return {
    isDown: health.isDown,
    connects: counters.connects,
    connectFailures: counters.connectFailures,
    disconnects: counters.disconnects,
    requests: counters.requests,
    replies: counters.replies,
    failures: counters.failures,
    timeouts: counters.timeouts,
    bytesWritten: counters.bytesWritten,
    bytesRead: counters.bytesRead,
    pending: counters.pending,
    queuedBytes: counters.queuedBytes,
    pendingInvalidations: counters.pendingInvalidations,
  };
}
