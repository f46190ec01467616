/**
 * The states of a connection and the moves between them; every other move is a defect and is refused.
 *
 *              send                 socket open                 accepted, or no SASL
 *    idle ------------> connecting -------------> authenticating -------------> ready
 *     ^                  |      \__________________ no credentials ___________^   |
 *     |                  v                              |                         |
 *     +---- failed, timed out, closed, garbage ---------+-------------------------+
 *
 *    any of them -- close() --> closing -- drained, or out of time --> closed
 *
 * There is no state for waiting between two attempts: `idle` with a date before which nothing is tried says it all,
 * and needs no timer (reconnect-backoff.ts).
 */
export type ConnectionState = 'idle' | 'connecting' | 'authenticating' | 'ready' | 'closing' | 'closed';

const moves: Readonly<Record<ConnectionState, readonly ConnectionState[]>> = {
  idle: ['connecting', 'closing', 'closed'],
  connecting: ['authenticating', 'ready', 'idle', 'closing', 'closed'],
  authenticating: ['ready', 'idle', 'closing', 'closed'],
  ready: ['idle', 'closing', 'closed'],
  closing: ['closed'],
  closed: [],
};

export function canMove(from: ConnectionState, to: ConnectionState): boolean {
  return moves[from].includes(to);
}
