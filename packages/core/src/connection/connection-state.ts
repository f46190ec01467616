/**
 * The states of a connection and the moves between them; every other move is a defect and is refused.
 *
 *              send                 socket open                 accepted, or no SASL
 *    idle ------------> connecting -------------> authenticating -------------> ready
 *     ^                  |      \_________________ no credentials ____________^   |
 *     |                  v                              v                         v
 *     +---- refused, timed out, closed, garbage --------+-------------------------+
 *
 *    any of them -- close(): drained, or out of time --> closed
 *
 * There is no state for waiting between two attempts: `idle` with a date before which nothing is tried says it all,
 * and needs no timer (reconnect-backoff.ts). Draining is none either: replies arrive in every state during it.
 */
export type ConnectionState = 'idle' | 'connecting' | 'authenticating' | 'ready' | 'closed';

const moves: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['connecting', 'closed'],
  connecting: ['authenticating', 'ready', 'idle', 'closed'],
  authenticating: ['ready', 'idle', 'closed'],
  ready: ['idle', 'closed'],
  closed: [],
};

export function canMove(from: ConnectionState, to: ConnectionState): boolean {
  return moves[from].includes(to);
}
