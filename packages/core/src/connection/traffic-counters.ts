import type { ServerCounters } from '../telemetry/server-counters.js';

/** What connections count themselves; the rest of a server's counters is read from them. */
export type TrafficCounters = Omit<ServerCounters, 'pending' | 'queuedBytes' | 'pendingInvalidations'>;
