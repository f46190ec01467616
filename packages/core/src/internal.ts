/** The door for sibling packages. Not covered by semantic versioning. */
export { assertKnownOptions, LONGEST_TIMER_MS } from '@memkit/protocol/internal';
export { assertClientOption, resolveClient, type ResolvedClient } from './options/client-option.js';
export type { ConnectionMessage, WarningMessage } from './telemetry/channels.js';

// The wire: one connection, and the drivers that speak for it.
export { Connection } from './connection/connection.js';
export { connectServer } from './connection/connect-server.js';
export { defaultSettings } from './options/default-options.js';
export { WayIn } from './connection/way-in.js';
export type { ConnectionEvent, ConnectionLimits, WayInOptions } from './connection/connection-options.js';
export type { ConnectionState } from './connection/connection-state.js';
export { createDriver } from './drivers/create-driver.js';
export { parseVersion, speaks, versionGates, type VersionGate } from './drivers/version-gates.js';
export * from './drivers/protocol-driver.js';

// Where keys go.
export { createRing, ringPresets, type KeyRing, type RingPreset } from './cluster/key-ring.js';
