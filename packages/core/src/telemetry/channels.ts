/**
 * What the client reports beside its results, on `node:diagnostics_channel`. Nobody needs to listen; a failure that was
 * swallowed is always published here.
 */
import { channel } from 'node:diagnostics_channel';

/** Published on `memkit:core:connection`. */
export interface ConnectionMessage {
  /** `auth-skipped`: credentials were given and the server has no authentication, so the client goes on without. */
  readonly event: 'connected' | 'disconnected' | 'auth-skipped';
  /** `host:port`. */
  readonly server: string;
  /** Why it ended; only with `disconnected`. */
  readonly error?: unknown;
}

/** Published on `memkit:core:warning`. */
export interface WarningMessage {
  readonly event: 'embedded-server' | 'server-down' | 'server-up' | 'failover' | 'retry';
  /** `host:port`, or `embedded`. */
  readonly server: string;
  /** The API name of the command concerned. */
  readonly command?: string;
  readonly error?: unknown;
}

const connectionChannel = channel('memkit:core:connection');
const warningChannel = channel('memkit:core:warning');

export function publishConnection(message: ConnectionMessage): void {
  if (connectionChannel.hasSubscribers) connectionChannel.publish(message);
}

export function publishWarning(message: WarningMessage): void {
  if (warningChannel.hasSubscribers) warningChannel.publish(message);
}
