// What every benchmark here shares: two clients of one real memcached take turns in one process, so that both meet the
// same machine, and the ratio is taken turn by turn. Ratios travel between machines, rates do not.
import { createMemcache } from '@memkit/core';
import { startMemcached } from '@memkit/testing';
import memjs from 'memjs';

const ROUNDS = Number(process.env.ROUNDS ?? 11);
export const IN_FLIGHT = 64;
export const KEYS = 1000;
export const value = Buffer.alloc(100, 'x');

const median = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

/** Calls per second with so many at a time. */
async function rate(call, calls, inFlight) {
  let left = calls;
  const started = performance.now();
  const worker = async () => {
    while (left-- > 0) await call(left);
  };
  await Promise.all(Array.from({ length: inFlight }, worker));
  return (calls / (performance.now() - started)) * 1000;
}

/**
 * Prints the median rate of each client and the median ratio.
 * @param ours a call of the memkit client, given the client and the number of the call; `theirs` the same for memjs
 */
export async function compare({ title, unit, calls, inFlight = IN_FLIGHT, ours, theirs }) {
  const server = await startMemcached();
  const memkit = createMemcache({ servers: server.address, environment: {} });
  const rival = memjs.Client.create(server.address, { timeout: 5, keepAlive: true });
  for (let i = 0; i < KEYS; i++) await memkit.set(`key:${i}`, value);

  const rounds = [];
  for (let round = -1; round < ROUNDS; round++) {
    const own = await rate((number) => ours(memkit, number), calls, inFlight);
    const other = await rate((number) => theirs(rival, number), calls, inFlight);
    if (round >= 0) rounds.push({ own, other, ratio: own / other }); // the first round warms up
  }
  const show = (perSecond) => `${Math.round(perSecond).toLocaleString('en-US').padStart(9)} ${unit}/s`;
  const ratios = rounds.map(({ ratio }) => ratio);
  console.log(`${title}, ${ROUNDS} rounds of ${calls}, Node ${process.version}`);
  console.log(`@memkit/core ${show(median(rounds.map(({ own }) => own)))}`);
  console.log(`memjs        ${show(median(rounds.map(({ other }) => other)))}`);
  console.log(
    `ratio        ${median(ratios).toFixed(2)} (${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  );
  await memkit.close();
  rival.close();
  await server.stop();
}
