export { freePort } from './free-port.js';
export { memcachedBuilds, type MemcachedBuild } from './memcached-builds.js';
export { startMemcached, type RealMemcached, type RealMemcachedOptions } from './real-memcached.js';
export { testCertificates, type TestCertificate, type TestCertificates } from './test-certificates.js';
