import { MemcacheClient } from 'memcache-client';

export function open({ servers }) {
  const [first] = servers;
  const server =
    servers.length === 1 ? first : { servers: servers.map((name) => ({ server: name, maxConnections: 1 })) };
  const client = new MemcacheClient({ server });
  return {
    values: 'bytes',
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value),
    getMany: (keys) => client.get(keys),
    valueOf: (result) => result?.value,
    valueAt: (results, keys, at) => results[keys[at]]?.value,
  };
}
