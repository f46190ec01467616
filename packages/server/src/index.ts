export type { ListeningAddress } from './listening-port.js';
export { createServer, type MemcacheServer } from './memcache-server.js';
export type { ServerCredentials, ServerOptions } from './server-options.js';
export type { ItemClock } from './store/item-clock.js';
export type { Delay, FaultCommand, FaultPlan, FaultSentence } from './faults/fault-plan.js';
export type { ServerFailureMessage } from './telemetry/channels.js';
