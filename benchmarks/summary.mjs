/** Rounds -> medians, shares of the ceiling, and whether the targets are met. */
import { rawAdapters } from './adapters/index.mjs';

/** @param {readonly number[]} numbers */
export function median(numbers) {
  const sorted = [...numbers].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

const NUMBERS = ['opsPerSecond', 'p50Ms', 'p99Ms', 'cpuMicros', 'rssMegabytes', 'micros'];
const SUMS = ['looked', 'wrong', 'missed', 'failed'];

/**
 * @param {import('./workloads.mjs').Workload} workload
 * @param {ReadonlyMap<string, readonly object[]>} rounds the results of each client, round by round
 */
export function summarize(workload, rounds) {
  const rows = [...rounds].map(([client, results]) => rowOf(client, results));
  const measured = rows.filter(({ opsPerSecond }) => opsPerSecond !== undefined);
  const raw = measured.filter(({ client }) => client in rawAdapters);
  const best = raw.reduce((a, b) => (a === undefined || b.opsPerSecond > a.opsPerSecond ? b : a), undefined);
  if (best !== undefined) for (const row of measured) Object.assign(row, shares(rounds, row.client, best.client));
  return { workload, bestRaw: best?.client, rows, verdicts: verdictsOf(workload, measured) };
}

function rowOf(client, results) {
  const good = results.filter((result) => result.error === undefined);
  const row = { client };
  const errors = results.map(({ error }) => error).filter((error) => error !== undefined);
  if (errors.length > 0) row.error = `${errors.length} of ${results.length} rounds: ${errors[0]}`;
  for (const name of NUMBERS) {
    const numbers = good.map((result) => result[name]).filter((number) => typeof number === 'number');
    if (numbers.length > 0) row[name] = median(numbers);
  }
  for (const name of SUMS) row[name] = good.reduce((sum, result) => sum + (result[name] ?? 0), 0);
  return row;
}

/** Round by round, and then the median: what slows the machine for a while slows both. */
function shares(rounds, client, ceiling) {
  const ceilings = rounds.get(ceiling);
  const ratios = rounds
    .get(client)
    .map(({ opsPerSecond }, round) => opsPerSecond / ceilings[round].opsPerSecond)
    .filter((ratio) => Number.isFinite(ratio));
  if (ratios.length === 0) return {};
  return { shareOfRaw: median(ratios), leastShare: Math.min(...ratios), mostShare: Math.max(...ratios) };
}

/** @returns {{ name: string, reached: number, wanted: number, isMet: boolean, range?: [number, number] }[]} */
function verdictsOf({ target }, rows) {
  const memkit = rows.find(({ client }) => client === 'memkit');
  if (memkit === undefined) return [];
  const verdicts = [];
  const atLeast = (name, reached, wanted) => verdicts.push({ name, reached, wanted, isMet: reached >= wanted });
  const atMost = (name, reached, wanted) => verdicts.push({ name, reached, wanted, isMet: reached <= wanted });
  if (target.shareOfRaw !== undefined && memkit.shareOfRaw !== undefined) {
    atLeast('share of raw', memkit.shareOfRaw, target.shareOfRaw);
    verdicts.at(-1).range = [memkit.leastShare, memkit.mostShare];
  }
  if (target.cpuMicros !== undefined) atMost('CPU µs/op', memkit.cpuMicros, target.cpuMicros);
  if (target.micros !== undefined) atMost('µs/op', memkit.micros, target.micros);
  const peers = rows.filter(({ client }) => client !== 'memkit' && !(client in rawAdapters));
  if (target.latency === 'best peer' && peers.length > 0) {
    atMost('p50 ms', memkit.p50Ms, Math.min(...peers.map(({ p50Ms }) => p50Ms)));
  }
  if (memkit.looked > 0) atMost('wrong or missed values', memkit.wrong + memkit.missed, 0);
  return verdicts;
}
