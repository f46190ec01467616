/** Rounds of both servers -> ratios, and the table people read (Markdown, so that it can be pasted). */
import { decimals, showTable, whole } from './report.mjs';
import { median } from './summary.mjs';

const COLUMNS = [
  ['workload', ({ title }) => title],
  ['memcached ops/s', ({ memcached }) => whole(memcached.opsPerSecond)],
  ['memkit ops/s', ({ memkit }) => whole(memkit.opsPerSecond)],
  ['ratio', ({ ratio }) => decimals(ratio, 2)],
  ['rounds', ({ least, most }) => `${decimals(least, 2)} to ${decimals(most, 2)}`],
  ['memcached CPU µs/op', ({ memcached }) => decimals(memcached.serverCpuMicros, 2)],
  ['memkit CPU µs/op', ({ memkit }) => decimals(memkit.serverCpuMicros, 2)],
  ['CPU ratio', ({ cpuRatio }) => decimals(cpuRatio, 2)],
  // Where it is far below 100 % the load was the bottleneck, and memcached could do more.
  ['memcached busy', ({ memcached }) => percent(memcached.serverBusyShare)],
  ['memkit busy', ({ memkit }) => percent(memkit.serverBusyShare)],
  ['target', ({ target, isMet, error }) => error ?? `≥ ${decimals(target, 2)}: ${isMet ? 'pass' : 'MISS'}`],
];

const NUMBERS = ['opsPerSecond', 'serverCpuMicros', 'serverBusyShare', 'cpuMicros', 'p50Ms', 'p99Ms'];

export function summarizeServers({ id, title, target }, { memcached, memkit }) {
  // Round by round, and then the median: what slows the machine for a while slows both.
  const ratios = memkit
    .map(({ opsPerSecond }, round) => opsPerSecond / memcached[round].opsPerSecond)
    .filter((ratio) => Number.isFinite(ratio));
  const ratio = ratios.length === 0 ? undefined : median(ratios);
  const [theirs, ours] = [medians(memcached), medians(memkit)];
  return {
    id,
    title,
    memcached: theirs,
    memkit: ours,
    ratio,
    // What the ratio would be if nothing but their own work held either of them up.
    cpuRatio: theirs.serverCpuMicros / ours.serverCpuMicros,
    least: ratio === undefined ? undefined : Math.min(...ratios),
    most: ratio === undefined ? undefined : Math.max(...ratios),
    target,
    isMet: ratio !== undefined && ratio >= target,
    error: [...memcached, ...memkit].find((result) => result.error !== undefined)?.error,
  };
}

export function showServers(summaries) {
  const met = summaries.filter(({ isMet }) => isMet).length;
  return `${showTable(COLUMNS, summaries)}\n\n${met} of ${summaries.length} targets met.`;
}

function medians(results) {
  const entries = NUMBERS.map((name) => {
    const numbers = results.map((result) => result[name]).filter((number) => typeof number === 'number');
    return [name, numbers.length === 0 ? undefined : median(numbers)];
  });
  return Object.fromEntries(entries);
}

function percent(share) {
  return share === undefined ? '' : `${Math.round(share * 100)} %`;
}
