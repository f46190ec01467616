import { MemcacheError, isMemcacheError } from '@memkit/protocol';
import { isTraced, traceOperation, type OperationMessage } from '../telemetry/operation-channel.js';

/**
 * One operation from its call to its result: arguments are checked synchronously, but every failure arrives as a rejection,
 * and whoever listens on the tracing channel learns of it.
 * @param start gets the message for the channel, `undefined` when nobody listens
 */
export function operate<Result>(
  command: string,
  key: string | undefined,
  keyCount: number,
  start: (trace: OperationMessage | undefined) => Promise<Result>,
): Promise<Result> {
  if (!isTraced()) return begin(start, undefined);
  const message: OperationMessage = { command, key, keyCount };
  return traceOperation(message, () => begin(start, message));
}

/** For the tracing channel, before the argument is checked. */
export function countOf(keys: unknown): number {
  return Array.isArray(keys) ? keys.length : 0;
}

function begin<Result>(
  start: (trace: OperationMessage | undefined) => Promise<Result>,
  trace: OperationMessage | undefined,
): Promise<Result> {
  try {
    return start(trace);
  } catch (error) {
    return rejection(error);
  }
}

/** What the caller gets when an operation could not begin. */
export function rejection(error: unknown): Promise<never> {
  return Promise.reject(
    isMemcacheError(error) ? error : new MemcacheError('UNEXPECTED_REPLY', { action: 'Cannot continue', cause: error }),
  );
}
