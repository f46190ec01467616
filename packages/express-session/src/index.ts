export { MemkitSessionStore } from './memkit-session-store.js';
export type { MemkitSessionStoreOptions } from './memkit-session-store-options.js';
export type { SessionConflictMessage, SessionDiscardedMessage, SessionTroubleMessage } from './telemetry/channels.js';
