import { createMemcache } from '@memkit/core';
import { startMemcached } from '@memkit/testing';
const server = await startMemcached(); const c = createMemcache({ servers: server.address, environment: {} });
const value = Buffer.alloc(100, 'x'); for (let i = 0; i < 1000; i++) await c.set(`key:${i}`, value);
const N = 1_000_000;
for (const [name, f] of [['get', (k) => c.get(k)], ['set', (k) => c.set(k, value)]]) { let left = N; const t = performance.now(); await Promise.all(Array.from({ length: 64 }, async () => { while (left-- > 0) await f(`key:${left % 1000}`); })); console.log(name, Math.round(N / (performance.now() - t) * 1000)); }
await c.close(); await server.stop();
