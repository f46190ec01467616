/** The door for sibling packages. Not covered by semantic versioning. */
export { assertKnownOptions } from '@memkit/protocol/internal';
export type { ConnectionMessage, WarningMessage } from './telemetry/channels.js';
