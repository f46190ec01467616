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
  /**
   * `embedded-server`: no server is configured, so items live in this process. `server-down`, `server-up`: it failed too
   * often in a row, it answers again. `failover`: a command went to another server. `retry`: a command whose connection
   * was lost is sent once more. `value-skipped`: too large, and `onTooLarge` is `'skip'`. `limits-unknown`: the server did not tell its size limit.
   * `chunks-missing`: a chunked value is a miss because pieces of it are gone. `chunks-left`: pieces of a value that no
   * longer exists could not be deleted and stay until they expire.
   * `gutter`: a command went to the gutter. `replica-failed`: a copy could not be written and is deleted once its server
   * is back. `replay-lost`: too many keys wait for a server's return, so this one may show an old value then.
   * `tls-unverified`: `tls.rejectUnauthorized` is `false`, so anybody may pretend to be the server.
   * `servers-changed`: the list of servers is another one. `discovery-failed`: it could not be read, the last one stays.
   */
  readonly event:
    | 'embedded-server'
    | 'server-down'
    | 'server-up'
    | 'failover'
    | 'retry'
    | 'gutter'
    | 'replica-failed'
    | 'replay-lost'
    | 'tls-unverified'
    | 'servers-changed'
    | 'discovery-failed'
    | 'value-skipped'
    | 'limits-unknown'
    | 'chunks-missing'
    | 'chunks-left';
  /** `host:port`, or `embedded`. */
  readonly server: string;
  /** The API name of the command concerned. */
  readonly command?: string;
  /** The key concerned; only with `replica-failed` and `replay-lost`. */
  readonly key?: string;
  /** Names of the servers that are new and gone; only with `servers-changed`. */
  readonly added?: readonly string[];
  readonly removed?: readonly string[];
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
