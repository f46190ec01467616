import { createRing } from '@memkit/core/internal';
import { RING_SERVERS } from './workloads.mjs';
import { keysOf } from './workload-data.mjs';

/** Looks keys up, one after the other, in the client's default ring. */
export function measureRing({ workload, warmup, milliseconds }) {
  const servers = Array.from({ length: RING_SERVERS }, (_, number) => ({
    host: `10.0.${number >> 8}.${number & 255}`,
    port: 11211,
    weight: 1,
  }));
  const ring = createRing('ketama', servers);
  const keys = keysOf(workload);
  lookUp(ring, keys, warmup);
  const cpuBefore = process.cpuUsage();
  const { operations, seconds } = lookUp(ring, keys, milliseconds);
  const { user, system } = process.cpuUsage(cpuBefore);
  return {
    operations,
    opsPerSecond: operations / seconds,
    micros: (seconds / operations) * 1e6,
    cpuMicros: (user + system) / operations,
    rssMegabytes: process.resourceUsage().maxRSS / 1024,
  };
}

function lookUp(ring, keys, milliseconds) {
  const startedAt = performance.now();
  let operations = 0;
  let sum = 0;
  while (performance.now() - startedAt < milliseconds) {
    for (const key of keys) sum += ring.owner(key);
    operations += keys.length;
  }
  if (sum === 0) throw new Error('A ring of 1,000 servers gave every key to the first.');
  return { operations, seconds: (performance.now() - startedAt) / 1000 };
}
