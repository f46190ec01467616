import type { FreshCasItem } from '@memkit/core';

/** What tells an item from every other one: a CAS token, and the connection on which it counts. */
export interface ItemToken {
  readonly cas: bigint;
  readonly connection: number;
}

/** `undefined` where a client of the application's own does not tell the connection: such a token may be of another item. */
export function tokenOfItem({ cas, connection }: FreshCasItem): ItemToken | undefined {
  return connection === undefined ? undefined : { cas, connection };
}
