export { MemkitStore, type MemkitStoreEntry } from './memkit-store.js';
export type { MemkitStoreOptions, WhenUnavailable } from './memkit-store-options.js';
export { createKeyv, type CreateKeyvOptions } from './create-keyv.js';
export type { StoreTroubleMessage } from './telemetry/channels.js';
