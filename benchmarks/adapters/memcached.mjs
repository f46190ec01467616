import Memcached from 'memcached';

export function open({ servers }) {
  const client = new Memcached(servers);
  return {
    values: 'text',
    callsBack: true,
    get: (key, done) => client.get(key, done),
    set: (key, value, done) => client.set(key, value, 0, done),
    getMany: (keys, done) => client.getMulti(keys, done),
    valueOf: (value) => value,
    valueAt: (values, keys, at) => values[keys[at]],
  };
}
