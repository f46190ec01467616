import memjs from 'memjs';

export function open({ servers, credentials }) {
  const client = memjs.Client.create(servers.join(','), credentials);
  return {
    values: 'bytes',
    get: (key) => client.get(key),
    set: (key, value) => client.set(key, value, {}),
    // It has no call for many keys.
    getMany: (keys) => Promise.all(keys.map((key) => client.get(key))),
    valueOf: ({ value }) => value,
    valueAt: (results, keys, at) => results[at].value,
  };
}
