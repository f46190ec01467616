// 64 sets in flight, each with a time to live: @memkit/core and memjs.
//   node benchmarks/sets-in-flight.mjs          (after npm run benchmark, which builds)
import { compare, IN_FLIGHT, KEYS, value } from './side-by-side.mjs';

await compare({
  title: `${IN_FLIGHT} sets in flight, 100-byte values`,
  unit: 'sets',
  calls: Number(process.env.OPERATIONS ?? 60_000),
  ours: (memkit, number) => memkit.set(`key:${number % KEYS}`, value, { ttl: '10m' }),
  theirs: (memjs, number) => memjs.set(`key:${number % KEYS}`, value, { expires: 600 }),
});
