export { replyFrame, requestFrame, type FrameParts } from './binary-frames.js';
export { startFaultProxy, type Fault, type FaultProxy, type FaultProxyOptions } from './fault-proxy.js';
export { freePort } from './free-port.js';
export { memcachedBuilds, type MemcachedBuild } from './memcached-builds.js';
export { startMemcached, type RealMemcached, type RealMemcachedOptions } from './real-memcached.js';
export { startScriptedServer, type ScriptedServer, type ScriptedServerOptions } from './scripted-server.js';
export { fuzzSeed, SeededRandom } from './seeded-random.js';
export { testCertificates, type TestCertificate, type TestCertificates } from './test-certificates.js';
export { blackHole, refusedAddress, type BlackHole } from './unreachable-servers.js';
