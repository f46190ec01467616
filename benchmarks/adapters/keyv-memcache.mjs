import { KeyvMemcache } from '@keyv/memcache';
import { Keyv } from 'keyv';

export function open({ servers, credentials }) {
  const keyv = new Keyv({ store: new KeyvMemcache(servers.join(','), credentials) });
  return {
    values: 'text',
    get: (key) => keyv.get(key),
    set: (key, value) => keyv.set(key, value),
    getMany: (keys) => keyv.getMany(keys),
    valueOf: (value) => value,
    valueAt: (values, keys, at) => values[at],
  };
}
