import { adapters } from './adapters/index.mjs';
import { startLoops } from './closed-loop.mjs';
import { Meter } from './meter.mjs';
import { operationsOf } from './operations.mjs';

/** Stores the values through the client itself, each in its own format, and measures. */
export async function measureClient({ client: name, workload, servers, credentials, warmup, milliseconds }) {
  const { open } = await adapters[name].load();
  const client = await open({ servers, credentials });
  const meter = new Meter();
  const operations = operationsOf(workload, client, meter);
  await store(client, operations);
  startLoops(workload.inFlight, operations, meter, client.callsBack === true);
  return meter.measure(warmup, milliseconds);
}

async function store(client, { keys, values }) {
  const set = client.callsBack
    ? (key, value) =>
        new Promise((resolve, reject) =>
          client.set(key, value, (error) => (error ? reject(error) : resolve(undefined))),
        )
    : client.set;
  // A first one alone: some clients open a connection for each request made before the first is there.
  await set(keys[0], values[0]);
  let next = 0;
  const loop = async () => {
    for (let number = next++; number < keys.length; number = next++) await set(keys[number], values[number]);
  };
  await Promise.all(Array.from({ length: 16 }, loop));
}
