import { createMemcache } from '@memkit/core';

export function open({ servers, credentials }) {
  const memcache = createMemcache({
    servers: servers.join(','),
    environment: {},
    ...(credentials && { auth: credentials }),
  });
  return {
    values: 'bytes',
    get: (key) => memcache.get(key),
    set: (key, value) => memcache.set(key, value),
    getMany: (keys) => memcache.getMany(keys),
    valueOf: (value) => value,
    valueAt: (values, keys, at) => values.get(keys[at]),
  };
}
