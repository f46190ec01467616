/**
 * One tracing channel for all operations of all clients: `memkit:core:operation`, with the five channels of
 * `tracingChannel`. Without subscribers an operation pays for one look whether there are any.
 */
import { tracingChannel } from 'node:diagnostics_channel';

/** What an operation tells its subscribers. Values never appear in it. */
export interface OperationMessage {
  /** API name: `get`, `getMany`, `increment`. */
  readonly command: string;
  /** As the caller gave it, without the prefix; `undefined` for several keys and for commands on whole servers. */
  readonly key: string | undefined;
  /** How many keys the operation is about. */
  readonly keyCount: number;
  /** Name of the server that was asked last; absent before that, and for several servers. */
  server?: string;
  /** From `asyncStart` on: how many keys were found, or stored, changed or deleted by a writing operation. */
  hits?: number;
  /** Why it rejected; on `error` and from `asyncStart` on. */
  error?: unknown;
}

const channels = tracingChannel<unknown, OperationMessage>('memkit:core:operation');

/** Whether anybody wants to know; asked before a message is made. */
export function isTraced(): boolean {
  return channels.hasSubscribers;
}

/**
 * Runs the operation in the subscribers' contexts and tells them how it went. Not `tracePromise`, which would hand
 * every value to them.
 * @param run starts the operation; rejects, never throws
 */
export function traceOperation<Result>(message: OperationMessage, run: () => Promise<Result>): Promise<Result> {
  const { start, end, asyncStart, asyncEnd, error: failed } = channels;
  const running = start.runStores(message, run);
  end.publish(message);
  return running.then(
    (result) => {
      message.hits = countHits(result);
      asyncStart.publish(message);
      asyncEnd.publish(message);
      return result;
    },
    (error: unknown) => {
      message.error = error;
      failed.publish(message);
      asyncStart.publish(message);
      asyncEnd.publish(message);
      throw error;
    },
  );
}

function countHits(result: unknown): number {
  if (result instanceof Map) return result.size;
  return result === undefined || result === false ? 0 : 1;
}
