/**
 * The states of a connection and the moves between them; every other move is a defect and is refused.
 *
 *              request              logged in, protocol known         hung up without a byte
 *    idle ------------> connecting --------------------------> ready -----------------------> diagnosing
 *     ^                     |                                    |                                |
 *     +-- refused, closed --+-------- lost, garbage, silent -----+-------- reason known, or not --+
 *
 *    any of them -- close(): drained, or out of time --> closed
 *
 * There is no state for waiting between two attempts: `idle` with a date before which nothing is tried says it all,
 * and needs no timer (reconnect-backoff.ts). Draining is none either: replies arrive in every state during it. What
 * happens between connecting and ready is connect-attempt.ts' business.
 */
import { MemcacheError } from '@memkit/protocol';

export type ConnectionState = 'idle' | 'connecting' | 'ready' | 'diagnosing' | 'closed';

const moves: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['connecting', 'closed'],
  connecting: ['ready', 'idle', 'closed'],
  ready: ['diagnosing', 'idle', 'closed'],
  diagnosing: ['idle', 'closed'],
  closed: [],
};

export function canMove(from: ConnectionState, to: ConnectionState): boolean {
  return moves[from].includes(to);
}

/** @throws UNEXPECTED_REPLY when there is no such move */
export function assertCanMove(from: ConnectionState, to: ConnectionState, server: string): void {
  if (canMove(from, to)) return;
  throw new MemcacheError('UNEXPECTED_REPLY', {
    action: `Cannot move a connection from ${from} to ${to}`,
    server,
    detail: 'this is a defect of the client',
  });
}
