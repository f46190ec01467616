/** What the server reports beside its replies, on `node:diagnostics_channel`. Nobody needs to listen. */
import { channel } from 'node:diagnostics_channel';
import type { FaultCommand } from '../faults/fault-command.js';

/** Published on `memkit:server:failure` when carrying out a request threw, for instance because the `clock` did. */
export interface ServerFailureMessage {
  /** `undefined` when the bytes could not even be read as a request. */
  readonly command: FaultCommand | undefined;
  readonly error: unknown;
}

const failureChannel = channel('memkit:server:failure');

export function publishFailure(message: ServerFailureMessage): void {
  if (failureChannel.hasSubscribers) failureChannel.publish(message);
}
