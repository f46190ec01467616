/**
 * The order in which servers take a key over: as they come, each once.
 * @param candidates servers, repeated as often as they come; read until all servers were named
 * @param servers how many there are; those that no candidate names follow at the end, in the order of the list
 */
export function takeoverOrder(candidates: Iterable<number>, servers: number): number[] {
  const order: number[] = [];
  const isNamed = new Uint8Array(servers);
  const name = (server: number): void => {
    if (isNamed[server] !== 0) return;
    isNamed[server] = 1;
    order.push(server);
  };
  for (const server of candidates) {
    name(server);
    if (order.length === servers) return order;
  }
  // A server of tiny weight may have no point at all; it still comes before giving up.
  for (let server = 0; server < servers; server += 1) name(server);
  return order;
}
