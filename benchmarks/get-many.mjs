// 100 keys at once, four times in flight: getMany of @memkit/core, and 100 gets of memjs, which has no call for many keys.
//   node benchmarks/get-many.mjs          (after npm run benchmark, which builds)
import { compare, KEYS } from './side-by-side.mjs';

const AT_ONCE = 100;
const lists = Array.from({ length: KEYS / AT_ONCE }, (_, list) =>
  Array.from({ length: AT_ONCE }, (_, place) => `key:${list * AT_ONCE + place}`),
);

await compare({
  title: `${AT_ONCE} keys at once, 4 times in flight, 100-byte values`,
  unit: 'lists',
  calls: Number(process.env.OPERATIONS ?? 60_000) / AT_ONCE,
  inFlight: 4,
  ours: (memkit, number) => memkit.getMany(lists[number % lists.length]),
  theirs: (memjs, number) => Promise.all(lists[number % lists.length].map((key) => memjs.get(key))),
});
