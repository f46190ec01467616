/** memkit's cache beside its peers: what a hit costs, how often a loader runs, who serves what in an outage. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startMemcached } from '@memkit/testing';
import { cacheAdapters } from './caches/adapters.mjs';
import { runMembers } from './caches/processes.mjs';
import { startRedis } from './caches/redis-server.mjs';
import { median } from './summary.mjs';

const USAGE = `npm run benchmark:cache -- [options]
  --caches a,b        of ${Object.keys(cacheAdapters).join(', ')} (all)
  --rounds N          how often hits are measured; the table shows medians (3)
  --milliseconds N    how long each of them counts (500)
  --help`;

const { values } = parseArgs({
  options: {
    caches: { type: 'string' },
    rounds: { type: 'string', default: '3' },
    milliseconds: { type: 'string', default: '500' },
    help: { type: 'boolean', default: false },
  },
});
const names = values.caches?.split(',') ?? Object.keys(cacheAdapters);
const stranger = names.find((name) => !(name in cacheAdapters));
if (values.help || stranger !== undefined) {
  console.log(stranger === undefined ? USAGE : `There is no cache "${stranger}".\n${USAGE}`);
  process.exit(stranger === undefined ? 0 : 1);
}

const LONG_TTL_MS = 600_000;
const SHORT_TTL_MS = 1000;

async function startBackend(needs) {
  if (needs === 'memcached') {
    const server = await startMemcached({ args: ['-m', '256'] });
    return { setup: { memcached: server.address }, stop: () => server.stop() };
  }
  if (needs === undefined) return { setup: {}, stop: async () => undefined };
  const redis = await startRedis();
  return redis && { setup: { redis: redis.port }, stop: () => redis.stop() };
}

/** Each measurement has a server of its own, which is empty. */
async function measure(adapter, count, work, ttlMs, endsServer = false) {
  const backend = await startBackend(cacheAdapters[adapter].needs);
  if (backend === undefined) return undefined;
  const setup = { ...backend.setup, ttlMs, milliseconds: Number(values.milliseconds) };
  try {
    return await runMembers(count, { adapter, work, setup }, endsServer ? () => backend.stop() : undefined);
  } finally {
    await backend.stop();
  }
}

const sum = (results, field) => results.reduce((total, result) => total + (result[field] ?? Number.NaN), 0);

async function measureAll(adapter) {
  const hits = [];
  for (let round = 0; round < Number(values.rounds); round += 1) {
    const results = await measure(adapter, 1, 'hit', LONG_TTL_MS);
    if (results === undefined) return { adapter, skipped: 'no redis-server is installed' };
    hits.push(results[0]);
  }
  const alone = await measure(adapter, 1, 'stampede', LONG_TTL_MS);
  const together = await measure(adapter, 8, 'stampede', LONG_TTL_MS);
  const loader = await measure(adapter, 1, 'outage', SHORT_TTL_MS);
  const isRemote = cacheAdapters[adapter].needs !== undefined;
  const both = isRemote ? await measure(adapter, 1, 'outage', SHORT_TTL_MS, true) : undefined;
  const errors = [...hits, ...alone, ...together, ...loader, ...(both ?? [])].flatMap(({ error }) => error ?? []);
  return {
    adapter,
    errors,
    hitMicros: median(hits.map(({ micros }) => micros)),
    cpuMicros: median(hits.map(({ cpuMicros }) => cpuMicros)),
    loadsAlone: sum(alone, 'loads'),
    loadsTogether: sum(together, 'loads'),
    failedLoader: sum(loader, 'failed'),
    failedBoth: both && sum(both, 'failed'),
    worstMs: both && Math.round(both[0].worstMs),
  };
}

const rows = [];
for (const name of names) {
  process.stderr.write(`${name} … `);
  rows.push(await measureAll(name));
}
process.stderr.write('\n');

const shown = (value, digits = 0) => (value === undefined ? '-' : Number.isNaN(value) ? '?' : value.toFixed(digits));
const cells = rows.map((row) => {
  const { label } = cacheAdapters[row.adapter];
  if (row.skipped !== undefined) return [label, `skipped: ${row.skipped}`, '', '', '', '', '', ''];
  const { hitMicros, cpuMicros, loadsAlone, loadsTogether, failedLoader, failedBoth, worstMs } = row;
  const times = [shown(hitMicros, 1), shown(cpuMicros, 1)];
  const counts = [loadsAlone, loadsTogether, failedLoader, failedBoth, worstMs].map((value) => shown(value));
  return [label, ...times, ...counts];
});
const head = [
  'cache',
  'hit µs',
  'CPU µs/hit, 64 at once',
  'loads: 200 callers',
  'loads: 8 processes × 200',
  'failed of 200: loader down',
  'failed of 200: loader and server down',
  'slowest of these, ms',
];
for (const row of [head, head.map(() => '---'), ...cells]) console.log(`| ${row.join(' | ')} |`);
for (const { adapter, errors = [] } of rows) for (const error of new Set(errors)) console.log(`${adapter}: ${error}`);

const out = join(import.meta.dirname, 'out');
mkdirSync(out, { recursive: true });
writeFileSync(join(out, 'cache-results.json'), JSON.stringify({ node: process.version, rows }, undefined, 2));
