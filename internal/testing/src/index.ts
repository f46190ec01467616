export { freePort, startMemcached, type RealMemcached, type RealMemcachedOptions } from './real-memcached.js';
