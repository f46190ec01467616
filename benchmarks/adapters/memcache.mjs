import { Memcache } from 'memcache';

export async function open({ servers, credentials }) {
  const client = new Memcache({ nodes: [...servers], ...(credentials && { sasl: credentials }) });
  // Without it, requests made at once open a connection each.
  await client.connect();
  // After a SASL login its client goes on with text, which such a server never answers; its nodes can speak binary.
  const node = credentials && client.nodes[0];
  return {
    values: 'text',
    get: node ? (key) => node.binaryGet(key) : (key) => client.get(key),
    set: node ? (key, value) => node.binarySet(key, value) : (key, value) => client.set(key, value),
    getMany: (keys) => client.gets(keys),
    valueOf: (value) => value,
    valueAt: (values, keys, at) => values.get(keys[at]),
  };
}
