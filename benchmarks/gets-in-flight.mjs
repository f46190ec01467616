// 64 gets in flight: @memkit/core and memjs against one real memcached, alternating in one process.
// Prints the median rate of each and the median of the ratios pair by pair; ratios travel between machines, rates do not.
//   npm run benchmark          (builds first; ROUNDS=11 OPERATIONS=60000 by default)
import { createMemcache } from '@memkit/core';
import { startMemcached } from '@memkit/testing';
import memjs from 'memjs';

const ROUNDS = Number(process.env.ROUNDS ?? 11);
const OPERATIONS = Number(process.env.OPERATIONS ?? 60_000);
const IN_FLIGHT = 64;
const value = Buffer.alloc(100, 'x');

async function rate(get) {
  let left = OPERATIONS;
  const started = performance.now();
  const worker = async () => {
    while (left-- > 0) await get(`key:${left % 1000}`);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, worker));
  return (OPERATIONS / (performance.now() - started)) * 1000;
}

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];
const show = (perSecond) => `${Math.round(perSecond).toLocaleString('en-US').padStart(9)} gets/s`;

const server = await startMemcached();
const ours = createMemcache({ servers: server.address, environment: {} });
const theirs = memjs.Client.create(server.address, { timeout: 5, keepAlive: true });
for (let i = 0; i < 1000; i++) await ours.set(`key:${i}`, value);

const rounds = [];
for (let round = -1; round < ROUNDS; round++) {
  const memkit = await rate((key) => ours.get(key));
  const rival = await rate((key) => theirs.get(key));
  if (round >= 0) rounds.push({ memkit, rival, ratio: memkit / rival }); // the first round warms up
}
const ratios = rounds.map(({ ratio }) => ratio);
console.log(`${IN_FLIGHT} gets in flight, 100-byte values, ${ROUNDS} rounds of ${OPERATIONS}, Node ${process.version}`);
console.log(`@memkit/core ${show(median(rounds.map(({ memkit }) => memkit)))}`);
console.log(`memjs        ${show(median(rounds.map(({ rival }) => rival)))}`);
console.log(
  `ratio        ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
);
await ours.close();
theirs.close();
await server.stop();
