// 64 gets in flight: @memkit/core and memjs.
//   npm run benchmark          (builds first; ROUNDS=11 OPERATIONS=60000 by default)
import { compare, IN_FLIGHT, KEYS } from './side-by-side.mjs';

await compare({
  title: `${IN_FLIGHT} gets in flight, 100-byte values`,
  unit: 'gets',
  calls: Number(process.env.OPERATIONS ?? 60_000),
  ours: (memkit, number) => memkit.get(`key:${number % KEYS}`),
  theirs: (memjs, number) => memjs.get(`key:${number % KEYS}`),
});
