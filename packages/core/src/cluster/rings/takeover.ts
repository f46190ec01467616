/**
 * The order in which servers take a key over.
 * @param candidates servers, repeated as often as they come; read until all servers were named
 * @param servers how many there are; those that no candidate names follow at the end, in the order of the list
 */
export function takeoverOrder(candidates: Iterable<number>, servers: number): number[] {
  const order = new Set<number>();
  for (const server of candidates) {
    order.add(server);
    if (order.size === servers) break;
  }
  for (let server = 0; server < servers && order.size < servers; server += 1) order.add(server);
  return [...order];
}
