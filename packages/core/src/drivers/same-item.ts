/**
 * Whether an item is the one that a CAS token is of. 0 is nobody's token: servers that were started without CAS (-C) give
 * it to every item.
 */
export function isSameItem(found: bigint, token: bigint): boolean {
  return token !== 0n && found === token;
}
