import type { DriverSession } from './driver-session.js';

/**
 * Whether an item is the one that a CAS token is of. 0 is nobody's token: servers that were started without CAS (-C) give
 * it to every item.
 */
export function isSameItem(found: bigint, token: bigint): boolean {
  return token !== 0n && found === token;
}

/**
 * What there is to compare of a token that came over `connection`; 0n: nothing. Each server counts tokens from its start,
 * so one of another server, or of this one before it was started again, may be that of another item. Neither can answer
 * on the connection that the token came over. `undefined`: the caller does not mind.
 */
export function tokenOn(session: DriverSession, cas: bigint, connection: number | undefined): bigint {
  return connection === undefined || connection === session.connection ? cas : 0n;
}
